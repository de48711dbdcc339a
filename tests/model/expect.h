/* SPDX-License-Identifier: Apache-2.0 */
/* model/expect.h - what the tests of files and settings share. */
#ifndef IDI_TESTS_MODEL_EXPECT_H
#define IDI_TESTS_MODEL_EXPECT_H

#include "model/config.h"

/* This thread's error holds `words`; `what` is the case, for the failure's text. */
void expect_sentence(const char *what, const char *words);

/* The same, and the sentence begins with a safetensors file's name. */
void expect_file_sentence(const char *what, const char *words);

/* A tensor of rank 1. */
idi_safetensor tensor1(const char *name, idi_dtype dtype, int64_t count, const void *data);

/* Every member. */
void expect_same_generator(const idi_ca2sis_config *got, const idi_ca2sis_config *want);
void expect_same_config(const idi_model_config *got, const idi_model_config *want);

/* A small generator that differs from the published one in every member. */
idi_model_config odd_generator(void);

#endif
