/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/grouped_linear.c - cases of ops/grouped_linear.h. */
#include "ops/grouped_linear.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_grouped_linear(graph, in[0], in[1], in[2], (idi_act)c->p[0]);
}

static const idi_op_case cases[] = {
    /* Positive: a lone sum that cancels is all rounding. */
    {.name = "one",
     .in = {{{3, {1, 1, 1}}, IDI_FILL_POSITIVE},
            {{2, {1, 1}}, IDI_FILL_POSITIVE},
            {{1, {1}}, IDI_FILL_POSITIVE}},
     .build = build},
    {.name = "ragged",
     .in = {{{3, {3, 5, 7}}}, {{2, {55, 7}}}, {{1, {55}}}},
     .reduction = 11,
     .build = build},
    {.name = "tanh, one sample",
     .in = {{{3, {1, 19, 4}}}, {{2, {19 * 16, 4}}}, {{1, {19 * 16}}}},
     .p = {IDI_ACT_TANH},
     .reduction = 16,
     .condition = 2,
     .build = build},
    {.name = "relu",
     .in = {{{3, {2, 3, 33}}}, {{2, {3 * 65, 33}}}, {{1, {3 * 65}}}},
     .p = {IDI_ACT_RELU},
     .reduction = 65,
     .build = build},
    {.name = "leaky relu, one group",
     .in = {{{3, {4, 1, 13}}}, {{2, {5, 13}}}, {{1, {5}}}},
     .p = {IDI_ACT_LEAKY_RELU},
     .reduction = 13,
     .build = build},
    {.name = "only dx",
     .in = {{{3, {2, 3, 4}}},
            {{2, {6, 4}}, IDI_FILL_UNIFORM, 0, true},
            {{1, {6}}, IDI_FILL_UNIFORM, 0, true}},
     .reduction = 4,
     .build = build},
    {.name = "only dbias",
     .in = {{{3, {5, 3, 4}}, IDI_FILL_UNIFORM, 0, true},
            {{2, {6, 4}}, IDI_FILL_UNIFORM, 0, true},
            {{1, {6}}}},
     .reduction = 5,
     .build = build},
    {.name = "wide, large values",
     .in = {{{3, {2, 7, 256}}, IDI_FILL_LARGE}, {{2, {7 * 64, 256}}}, {{1, {7 * 64}}}},
     .reduction = 256,
     .build = build},
};
IDI_SUITE(grouped_linear, cases);

static void plain(idi_graph *graph, const idi_value *in)
{
    (void)idi_grouped_linear(graph, in[0], in[1], in[2], IDI_ACT_NONE);
}

static void gelu(idi_graph *graph, const idi_value *in)
{
    (void)idi_grouped_linear(graph, in[0], in[1], in[2], IDI_ACT_GELU);
}

Test(grouped_linear, refusals)
{
    static const idi_shape fits[] = {{3, {2, 5, 3}}, {2, {20, 3}}, {1, {20}}, {0}};
    static const idi_shape rank[] = {{2, {5, 3}}, {2, {20, 3}}, {1, {20}}, {0}};
    static const idi_shape groups[] = {{3, {2, 5, 3}}, {2, {21, 3}}, {1, {21}}, {0}};
    static const idi_shape inner[] = {{3, {2, 5, 3}}, {2, {20, 4}}, {1, {20}}, {0}};
    static const idi_shape bias[] = {{3, {2, 5, 3}}, {2, {20, 3}}, {1, {4}}, {0}};
    static const idi_shape absent[] = {{3, {2, 5, 3}}, {2, {20, 3}}, {0}};
    idi_expect_refusal(plain, rank, "grouped_linear: x [5, 3], want [N, G, K]");
    idi_expect_refusal(plain, groups, "grouped_linear: weight [21, 3], want [5*P, 3]");
    idi_expect_refusal(plain, inner, "grouped_linear: weight [20, 4], want [5*P, 3]");
    idi_expect_refusal(plain, bias, "grouped_linear: bias [4], want [20]");
    idi_expect_refusal(plain, absent, "grouped_linear: bias [], want [20]");
    idi_expect_refusal(gelu, fits, "grouped_linear: activation 6 cannot be fused here");
}
