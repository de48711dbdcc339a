/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/fold_norm.c - cases of ops/fold_norm.h. */
#include "ops/fold_norm.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_fold_norm(graph, in[0], in[1]);
}

#define CASE(title, o, d)                                                                          \
    .name = title, .in = {{{2, {o, d}}}, {{1, {d}}}}, .reduction = d, .build = build,              \
    .is_not_differentiable = true

static const idi_op_case cases[] = {
    {CASE("two", 1, 2)},
    {CASE("odd", 7, 13)},
    {CASE("wide", 5, 512)},
    /* A thousand times the mean's distance goes; one row. */
    {.name = "near-constant",
     .in = {{{2, {9, 33}}, IDI_FILL_CONSTANT}, {{1, {33}}, IDI_FILL_POSITIVE}},
     .reduction = 33,
     .condition = 4,
     .build = build,
     .is_not_differentiable = true},
};
IDI_SUITE(fold_norm, cases);
