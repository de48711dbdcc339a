/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/l2_normalize.c - cases of ops/l2_normalize.h. */
#include "ops/l2_normalize.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_l2_normalize(graph, in[0]);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{1, {1}}}}, .build = build, .is_not_differentiable = true},
    {.name = "ragged", .in = {{{3, {2, 5, 13}}}}, .reduction = 13, .condition = 4, .build = build},
    {.name = "wide", .in = {{{2, {3, 515}}}}, .reduction = 515, .condition = 2, .build = build},
    {.name = "near-constant", /* the gradient is what is left of dy across x */
     .in = {{{2, {3, 31}}, IDI_FILL_CONSTANT}},
     .reduction = 31,
     .condition = 4,
     .build = build},
    {.name = "large", .in = {{{2, {4, 64}}, IDI_FILL_LARGE}}, .reduction = 64, .build = build},
    {.name = "zero", /* 0, not NaN */
     .in = {{{2, {3, 9}}, IDI_FILL_ZERO}},
     .build = build,
     .is_not_differentiable = true},
    {.name = "two packs a lane",
     .in = {{{2, {11, 132}}}},
     .reduction = 132,
     .condition = 4,
     .build = build},
    {.name = "four packs a lane",
     .in = {{{2, {9, 512}}}},
     .reduction = 512,
     .condition = 2,
     .build = build},
    {.name = "rows of a block", .in = {{{2, {3, 1029}}}}, .reduction = 1029, .build = build},
};
IDI_SUITE(l2_normalize, cases);

Test(l2_normalize, refuses_no_tensor)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    cr_expect_eq(idi_l2_normalize(graph, IDI_NONE), IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), "l2_normalize: x"), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}
