/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/layer_norm.c - cases of ops/layer_norm.h. */
#include "ops/layer_norm.h"
#include "ops/add.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

/* in[3]: added to x before. */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    const idi_value x = in[3] == IDI_NONE ? in[0] : idi_add(graph, in[0], in[3]);
    return idi_layer_norm(graph, x, in[1], in[2], 1e-5);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{1, {1}}}, {{1, {1}}}, {{1, {1}}}}, .condition = 4, .build = build},
    {.name = "ragged",
     .in = {{{3, {2, 5, 13}}}, {{1, {13}}}, {{1, {13}}}},
     .reduction = 13,
     .condition = 8,
     .build = build},
    {.name = "wide",
     .in = {{{2, {3, 131}}}, {{1, {131}}}, {{1, {131}}}},
     .reduction = 131,
     .condition = 4,
     .build = build},
    {.name = "rank 4",
     .in = {{{4, {2, 3, 2, 17}}}, {{1, {17}}}, {{1, {17}}}},
     .reduction = 17,
     .condition = 8,
     .build = build},
    {.name = "several chunks", /* 16 rows each in the gradient */
     .in = {{{2, {49, 5}}}, {{1, {5}}}, {{1, {5}}}},
     .reduction = 49,
     .condition = 16,
     .build = build},
    {.name = "long chunks", /* 17 rows each */
     .in = {{{3, {3, 347, 6}}}, {{1, {6}}}, {{1, {6}}}},
     .reduction = 1041,
     .condition = 16,
     .build = build},
    {.name = "only dgamma",
     .in = {{{2, {5, 7}}, .is_constant = true}, {{1, {7}}}, {{1, {7}}, .is_constant = true}},
     .reduction = 7,
     .condition = 16,
     .build = build},
    {.name = "only dx",
     .in = {{{2, {5, 7}}}, {{1, {7}}, .is_constant = true}, {{1, {7}}, .is_constant = true}},
     .reduction = 7,
     .condition = 16,
     .build = build},
    {.name = "near-constant",
     .in = {{{2, {7, 67}}, IDI_FILL_CONSTANT}, {{1, {67}}}, {{1, {67}}}},
     .reduction = 67,
     .condition = 4,
     .build = build,
     .is_not_differentiable = true},
    {.name = "near-constant gradient", /* 1000 +- 1: mean/deviation is 1732, x + 1000 is rounded */
     .in = {{{2, {3, 31}}},
            {{1, {31}}},
            {{1, {31}}},
            {{2, {3, 31}}, IDI_FILL_CONSTANT, .is_constant = true}},
     .reduction = 31,
     .condition = 4000,
     .stored_condition = 1732, /* 16-bit formats store x + 1000 in steps of a half or one */
     .build = build},
    {.name = "large",
     .in = {{{2, {5, 512}}, IDI_FILL_LARGE}, {{1, {512}}}, {{1, {512}}}},
     .reduction = 512,
     .build = build,
     .is_not_differentiable = true},
    {.name = "constant", /* y = beta */
     .in = {{{2, {3, 8}}, IDI_FILL_ZERO}, {{1, {8}}}, {{1, {8}}}},
     .build = build,
     .is_not_differentiable = true},
    {.name = "long rows",
     .in = {{{2, {3, 20011}}, IDI_FILL_CONSTANT}, {{1, {20011}}}, {{1, {20011}}}},
     .reduction = 20011,
     .build = build,
     .is_not_differentiable = true},
    {.name = "one pack a lane",
     .in = {{{2, {19, 128}}}, {{1, {128}}}, {{1, {128}}}},
     .reduction = 128,
     .condition = 4,
     .build = build},
    {.name = "two packs a lane",
     .in = {{{2, {17, 132}}}, {{1, {132}}}, {{1, {132}}}},
     .reduction = 132,
     .condition = 4,
     .build = build},
    {.name = "four packs a lane",
     .in = {{{2, {9, 512}}}, {{1, {512}}}, {{1, {512}}}},
     .reduction = 512,
     .condition = 4,
     .build = build},
    {.name = "eight packs a lane", /* the gradient: a block a row */
     .in = {{{2, {9, 1024}}}, {{1, {1024}}}, {{1, {1024}}}},
     .reduction = 1024,
     .condition = 4,
     .build = build},
    {.name = "ragged rows of a block",
     .in = {{{2, {5, 1029}}}, {{1, {1029}}}, {{1, {1029}}}},
     .reduction = 1029,
     .condition = 4,
     .build = build},
};
IDI_SUITE(layer_norm, cases);

static void expect_refused(idi_shape x, idi_shape gamma, idi_shape beta, double eps,
                           const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value y =
        idi_layer_norm(graph, idi_graph_input(graph, "x", IDI_REAL, x, IDI_RATE_IMAGE),
                       idi_graph_input(graph, "gamma", IDI_REAL, gamma, IDI_RATE_IMAGE),
                       idi_graph_input(graph, "beta", IDI_REAL, beta, IDI_RATE_IMAGE), eps);
    cr_expect_eq(y, IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), words), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(layer_norm, refuses_what_does_not_fit)
{
    const idi_shape x = idi_shape3(2, 3, 6);
    const idi_shape d = idi_shape1(6);
    expect_refused(x, idi_shape1(3), d, 1e-5,
                   "gamma [3] and beta [6], want [6] each for x [2, 3, 6]");
    expect_refused(x, d, idi_shape2(1, 6), 1e-5, "beta [1, 6], want [6] each");
    expect_refused(x, d, d, 0.0, "eps 0, want more than 0");
}
