/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/geglu.c - cases of ops/geglu.h. */
#include "ops/geglu.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_geglu(graph, in[0]);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{1, {2}}}}, .condition = 4, .build = build},
    {.name = "ragged", .in = {{{3, {2, 5, 26}}}}, .condition = 2, .build = build},
    {.name = "wide", .in = {{{2, {3, 262}}}}, .condition = 2, .build = build},
    {.name = "half in packs", .in = {{{3, {2, 5, 48}}}}, .condition = 2, .build = build},
    {.name = "positive", .in = {{{2, {7, 34}}, IDI_FILL_POSITIVE}}, .condition = 2, .build = build},
    {.name = "zero", .in = {{{2, {2, 8}}, IDI_FILL_ZERO}}, .build = build},
    {.name = "large",
     .in = {{{4, {2, 3, 5, 66}}, IDI_FILL_LARGE}},
     .build = build,
     .is_not_differentiable = true},
};
IDI_SUITE(geglu, cases);

Test(geglu, refuses_an_odd_width)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(4, 7), IDI_RATE_IMAGE);
    cr_expect_eq(idi_geglu(graph, x), IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), "geglu: x [4, 7]"), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}
