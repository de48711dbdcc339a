/* SPDX-License-Identifier: Apache-2.0 */
/* nets/fixture.h - a file of the reference's outputs, and our outputs against it. What the files
 * hold stands in tests/reference/README.md. */
#ifndef IDI_TESTS_NETS_FIXTURE_H
#define IDI_TESTS_NETS_FIXTURE_H

#include "model/config.h"
#include "model/safetensors.h"

typedef struct idi_fixture {
    const char *name;
    const char *backend; /* for sentences */
    double bound;        /* of ||ours - reference|| / ||reference|| */
    idi_memory *memory;
    idi_safetensors *file;
} idi_fixture;

void idi_fixture_open(idi_fixture *fixture, const char *name, idi_memory *memory);
void idi_fixture_close(idi_fixture *fixture);

/* A number of the metadata. */
int64_t idi_fixture_number(const idi_fixture *fixture, const char *key);
idi_model_config idi_fixture_config(const idi_fixture *fixture);

/* Every step-th pixel of our map [N, H, W, C] against the fixture's [N, C, h, w]. Returns the
 * difference by the fixture's norm. */
double idi_fixture_expect_map(const idi_fixture *fixture, const char *key, const double *ours,
                              const idi_shape *shape, int64_t step);
/* Every step-th element of our rows against the fixture's. */
void idi_fixture_expect_rows(const idi_fixture *fixture, const char *key, const double *ours,
                             const idi_shape *shape, int64_t step);
/* The graph's parameters, names and file shapes, are the reference's: none more, none fewer. */
void idi_fixture_expect_parameters(const idi_fixture *fixture, const idi_graph *graph);

#endif
