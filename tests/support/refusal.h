/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/refusal.h - a builder must refuse what does not fit, with a sentence. */
#ifndef IDI_TESTS_REFUSAL_H
#define IDI_TESTS_REFUSAL_H

#include "graph/graph.h"

enum { IDI_REFUSAL_INPUTS = 4 };

/* The shape of an input that is a u8 label map. */
#define IDI_LABEL_SHAPE(n, h, w)                                                                   \
    {                                                                                              \
        3,                                                                                         \
        {                                                                                          \
            n, h, w, -1                                                                            \
        }                                                                                          \
    }

/* Calls `build` with one input for each of `shapes` (at most IDI_REFUSAL_INPUTS; the list
 * ends with rank 0), and fails the test unless the graph fails with IDI_ERR_SHAPE and a sentence
 * that begins with `sentence`. */
void idi_expect_refusal(void (*build)(idi_graph *graph, const idi_value *in),
                        const idi_shape *shapes, const char *sentence);

#endif
