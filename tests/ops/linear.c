/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/linear.c - cases of ops/linear.h. */
#include "ops/linear.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_linear(graph, in[0], in[1], in[2], in[3], (idi_act)c->p[0]);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{2, {1, 1}}}, {{2, {1, 1}}}}, .build = build},
    {.name = "ragged",
     .in = {{{2, {7, 13}}}, {{2, {5, 13}}}, {{1, {5}}}},
     .reduction = 13,
     .build = build},
    {.name = "residual",
     .in = {{{4, {2, 3, 5, 17}}}, {{2, {31, 17}}}, {{1, {31}}}, {{4, {2, 3, 5, 31}}}},
     .reduction = 17,
     .build = build},
    {.name = "residual without bias",
     .in = {{{2, {11, 17}}}, {{2, {3, 17}}}, {{0}}, {{2, {11, 3}}}},
     .reduction = 17,
     .build = build},
    {.name = "tanh",
     .in = {{{3, {2, 19, 33}}}, {{2, {65, 33}}}, {{1, {65}}}},
     .p = {IDI_ACT_TANH},
     .reduction = 33,
     .condition = 2,
     .build = build},
    {.name = "relu",
     .in = {{{2, {64, 127}}}, {{2, {129, 127}}}, {{1, {129}}}},
     .p = {IDI_ACT_RELU},
     .reduction = 129,
     .build = build},
    {.name = "large",
     .in = {{{2, {33, 512}}, IDI_FILL_LARGE}, {{2, {64, 512}}}},
     .reduction = 512,
     .build = build},
    /* CUDA: the activation's pass in packs and number by number; bias by that pass; row_sum over
     * several chunks of rows, in packs and number by number. */
    {.name = "leaky relu, packs",
     .in = {{{2, {11, 20}}}, {{2, {64, 20}}}, {{1, {64}}}},
     .p = {IDI_ACT_LEAKY_RELU},
     .reduction = 64,
     .build = build},
    {.name = "sigmoid, odd width",
     .in = {{{2, {9, 4}}}, {{2, {37, 4}}}, {{1, {37}}}},
     .p = {IDI_ACT_SIGMOID},
     .reduction = 37,
     .condition = 2,
     .build = build},
    {.name = "one column",
     .in = {{{2, {19, 24}}}, {{2, {1, 24}}}, {{1, {1}}}, {{2, {19, 1}}}},
     .reduction = 24,
     .build = build},
    {.name = "many rows, packs",
     .in = {{{2, {2500, 2}}}, {{2, {16, 2}}}, {{1, {16}}}},
     .reduction = 2500,
     .build = build},
    {.name = "many rows, odd width",
     .in = {{{2, {2500, 2}}}, {{2, {3, 2}}}, {{1, {3}}}},
     .reduction = 2500,
     .build = build},
};
IDI_SUITE(linear, cases);
