/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/tiny_generator.h - the smallest CA2-SIS in training with every loss that there is,
 * on any backend: its recipe, the files that this names, a batch of three faces, and what a step
 * gives. Whatever fails, fails the running test. */
#ifndef IDI_TESTS_TINY_GENERATOR_H
#define IDI_TESTS_TINY_GENERATOR_H

#include "train/generator_step.h"

typedef struct idi_tiny_generator {
    idi_recipe recipe;
    idi_batch batch;
    uint8_t *rgb, *labels;
} idi_tiny_generator;

/* `name` makes the files' names; random, by the seed. */
void idi_tiny_generator_open(idi_memory *memory, const char *name, uint64_t seed,
                             idi_tiny_generator *tiny_out);
void idi_tiny_generator_close(idi_tiny_generator *tiny);

/* Of a first step, which moves next to nothing. */
typedef struct idi_tiny_outcome {
    double loss, terms[IDI_TERM_COUNT];
    double *gradients; /* [count] of generator and discriminator, in the order of the store */
    int64_t count;
    int64_t roundings; /* nodes whose outputs are the backend's reals */
} idi_tiny_outcome;

/* The caller frees the gradients. */
idi_tiny_outcome idi_tiny_generator_step(const idi_tiny_generator *tiny, idi_backend *backend);

#endif
