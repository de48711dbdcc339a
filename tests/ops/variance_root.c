/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/variance_root.c - cases of ops/variance_root.h, and what the root is for: the length of
 * root z is the deviation of z B, also where rows of B repeat. */
#include "ops/variance_root.h"
#include "ops/concat.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_variance_root(graph, in[0], in[1]);
}

/* The first rows again: pivots that are rounding errors, and rows of zeros. */
static idi_value repeated(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    const idi_value pair[2] = {in[0], in[0]};
    return idi_variance_root(graph, idi_concat(graph, pair, 2, 0), in[1]);
}

/* Few rows for their length, so that no pivot is small by chance. */
static const idi_op_case cases[] = {
    {.name = "one",
     .in = {{{2, {1, 3}}}},
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "model",
     .in = {{{2, {9, 64}}}},
     .reduction = 64,
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "model and reference",
     .in = {{{2, {5, 61}}}, {{3, {3, 11, 61}}}},
     .reduction = 61,
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "large",
     .in = {{{2, {33, 512}}}, {{3, {2, 80, 512}}}},
     .reduction = 512,
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "more rows than threads",
     .in = {{{2, {17, 700}}}, {{3, {1, 520, 700}}}},
     .reduction = 700,
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "repeated rows",
     .in = {{{2, {6, 64}}}, {{3, {2, 7, 64}}}},
     .reduction = 64,
     .condition = 8,
     .build = repeated,
     .is_not_differentiable = true},
};
IDI_SUITE(variance_root, cases);
