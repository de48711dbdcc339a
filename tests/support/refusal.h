/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/refusal.h - a builder must refuse what does not fit, with a sentence. */
#ifndef IDI_TESTS_REFUSAL_H
#define IDI_TESTS_REFUSAL_H

#include "graph/graph.h"

enum { IDI_REFUSAL_INPUTS = 5 };

/* The shape of an input that is a u8 label map. */
#define IDI_LABEL_SHAPE(n, h, w)                                                                   \
    {                                                                                              \
        3,                                                                                         \
        {                                                                                          \
            n, h, w, -1                                                                            \
        }                                                                                          \
    }

/* The shape of an input that is i32 [n]. */
#define IDI_I32_SHAPE(n)                                                                           \
    {                                                                                              \
        1,                                                                                         \
        {                                                                                          \
            n, 1, 1, -2                                                                            \
        }                                                                                          \
    }

/* Calls `build` with one input for each of `shapes` (IDI_REFUSAL_INPUTS of them, or fewer and rank
 * 0 at the end), and fails the test unless the graph fails with IDI_ERR_SHAPE and a sentence that
 * begins with `sentence`. */
void idi_expect_refusal(void (*build)(idi_graph *graph, const idi_value *in),
                        const idi_shape *shapes, const char *sentence);

#endif
