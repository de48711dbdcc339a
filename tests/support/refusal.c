/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/refusal.c - see refusal.h. */
#include "support/refusal.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* As refusal.h marks it in the last, unused dimension. */
static idi_dtype dtype_of(const idi_shape *shape)
{
    if (shape->rank == 3 && shape->dim[3] == -1) return IDI_U8;
    return shape->rank == 1 && shape->dim[3] == -2 ? IDI_I32 : IDI_REAL;
}

void idi_expect_refusal(void (*build)(idi_graph *graph, const idi_value *in),
                        const idi_shape *shapes, const char *sentence)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    idi_value in[IDI_REFUSAL_INPUTS];
    for (int i = 0; i < IDI_REFUSAL_INPUTS; i++)
        in[i] = IDI_NONE;
    for (int i = 0; i < IDI_REFUSAL_INPUTS && shapes[i].rank > 0; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "in%d", i);
        idi_shape shape = shapes[i];
        for (int d = shape.rank; d < IDI_MAX_RANK; d++)
            shape.dim[d] = 1;
        in[i] = idi_graph_input(graph, name, dtype_of(&shapes[i]), shape, IDI_RATE_IMAGE);
    }
    cr_assert_eq(idi_graph_status(graph), IDI_OK);
    build(graph, in);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE, "was not refused: %s", sentence);
    cr_expect_eq(strncmp(idi_last_error(), sentence, strlen(sentence)), 0,
                 "the sentence is \"%s\", want \"%s...\"", idi_last_error(), sentence);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}
