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
};
IDI_SUITE(linear, cases);
