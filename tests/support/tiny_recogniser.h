/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/tiny_recogniser.h - the smallest IResNet in training, on any backend: all that a
 * training has, in a hundredth of a second a step. Whatever fails, fails the running test.
 * tests/reference/training.py trains the same. */
#ifndef IDI_TESTS_TINY_RECOGNISER_H
#define IDI_TESTS_TINY_RECOGNISER_H

#include "train/optimiser.h"

enum { IDI_TINY_BATCH = 6, IDI_TINY_SIDE = 16, IDI_TINY_CLASSES = 3 };
enum { IDI_TINY_CLIP_NORM = 30 }; /* some steps are clipped, others not */

/* The network's setting, as a model file has it. */
extern const char idi_tiny_config[];

typedef struct idi_tiny_training {
    idi_backend *backend;
    idi_graph *graph;
    idi_store *store;
    idi_graph_session *session;
    idi_optimiser optimiser;
    idi_value images, classes;
} idi_tiny_training;

/* Weights from the seed. */
void idi_tiny_training_open(idi_tiny_training *t, idi_backend *backend, uint64_t seed);
void idi_tiny_training_close(idi_tiny_training *t);
/* Golden weights in place of the seed's (support/golden.h). */
void idi_tiny_training_set_golden(idi_tiny_training *t);

/* Three people, each a pattern of its own under noise that differs from step to step. */
void idi_tiny_training_set_people(idi_tiny_training *t, int64_t step);
/* The golden tensor "input<step>", for people 0, 1, 2, 0, 1, 2. */
void idi_tiny_training_set_golden_batch(idi_tiny_training *t, int64_t step);
/* A step on the batch that was set. */
idi_step_report idi_tiny_training_step(idi_tiny_training *t, int64_t step);

/* A tensor of the store, in the graph's order; the caller frees it. */
float *idi_tiny_training_get(const idi_tiny_training *t, int64_t index);

#endif
