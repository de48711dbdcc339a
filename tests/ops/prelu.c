/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/prelu.c - cases of ops/prelu.h, and what its builder refuses. */
#include "ops/prelu.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_prelu(graph, in[0], in[1]);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{1, {1}}}, {{1, {1}}}}, .build = build},
    {.name = "image",
     .in = {{{4, {2, 3, 5, 7}}}, {{1, {7}}}},
     .reduction = 30,
     .condition = 2,
     .build = build},
    {.name = "wide", .in = {{{2, {3, 67}}}, {{1, {67}}}}, .reduction = 3, .build = build},
    {.name = "channels in packs",
     .in = {{{4, {2, 5, 7, 48}}}, {{1, {48}}}},
     .reduction = 70,
     .condition = 2,
     .build = build},
    {.name = "rows enough for all partial sums",
     .in = {{{2, {1031, 3}}}, {{1, {3}}}},
     .reduction = 1031,
     .condition = 2,
     .build = build},
    {.name = "at the kink",
     .in = {{{2, {5, 3}}, IDI_FILL_ZERO}, {{1, {3}}}},
     .is_not_differentiable = true,
     .build = build},
    {.name = "slope alone",
     .in = {{{2, {66, 5}}, .is_constant = true}, {{1, {5}}}},
     .reduction = 66,
     .condition = 2,
     .build = build},
    {.name = "x alone", .in = {{{2, {66, 5}}}, {{1, {5}}, .is_constant = true}}, .build = build},
    {.name = "x alone, channels in packs",
     .in = {{{2, {66, 40}}}, {{1, {40}}, .is_constant = true}},
     .build = build},
};
IDI_SUITE(prelu, cases);

static void expect_failure(idi_shape x, idi_shape slope, const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value a = idi_graph_input(graph, "x", IDI_REAL, x, IDI_RATE_IMAGE);
    const idi_value b = idi_graph_input(graph, "slope", IDI_REAL, slope, IDI_RATE_IMAGE);
    cr_assert_eq(idi_prelu(graph, a, b), IDI_NONE, "wanted a failure with: %s", words);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(prelu, refuses_what_does_not_fit)
{
    expect_failure(idi_shape2(3, 7), idi_shape1(6), "slope [6], want [7]");
    expect_failure(idi_shape2(3, 7), idi_shape1(1), "slope [1], want [7]");
    expect_failure(idi_shape2(3, 7), idi_shape2(1, 7), "slope [1, 7], want [7]");
}
