/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/group_norm.c - cases of ops/group_norm.h. */
#include "ops/group_norm.h"
#include "ops/add.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

/* p[0] groups, p[1] activation; in[3]: added to x before. */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value x = in[3] == IDI_NONE ? in[0] : idi_add(graph, in[0], in[3]);
    return idi_group_norm(graph, x, in[1], in[2], c->p[0], 1e-5, (idi_act)c->p[1]);
}

#define X(n, h, w, c)                                                                              \
    {                                                                                              \
        {                                                                                          \
            {                                                                                      \
                4,                                                                                 \
                {                                                                                  \
                    n, h, w, c                                                                     \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
#define AFFINE(n, h, w, c)                                                                         \
    {                                                                                              \
        {{4, {n, h, w, c}}}, {{1, {c}}},                                                           \
        {                                                                                          \
            {                                                                                      \
                1,                                                                                 \
                {                                                                                  \
                    c                                                                              \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

static const idi_op_case cases[] = {
    {.name = "one", .in = AFFINE(1, 1, 1, 1), .p = {1}, .condition = 4, .build = build},
    {.name = "one without affine", .in = X(1, 1, 1, 1), .p = {1}, .build = build},
    {.name = "groups",
     .in = AFFINE(2, 3, 5, 6),
     .p = {3},
     .reduction = 30,
     .condition = 8,
     .build = build},
    {.name = "without affine",
     .in = X(3, 5, 3, 10),
     .p = {2},
     .reduction = 75,
     .condition = 4,
     .build = build},
    {.name = "instance norm",
     .in = AFFINE(2, 7, 3, 13),
     .p = {13, IDI_ACT_SILU},
     .reduction = 21,
     .condition = 8,
     .build = build},
    {.name = "one group",
     .in = AFFINE(2, 3, 3, 7),
     .p = {1, IDI_ACT_GELU},
     .reduction = 63,
     .condition = 8,
     .build = build},
    {.name = "tanh",
     .in = AFFINE(1, 5, 5, 4),
     .p = {2, IDI_ACT_TANH},
     .reduction = 50,
     .condition = 8,
     .build = build},
    {.name = "sigmoid",
     .in = AFFINE(1, 5, 5, 4),
     .p = {4, IDI_ACT_SIGMOID},
     .reduction = 25,
     .condition = 8,
     .build = build},
    {.name = "relu", /* few numbers: differences must not meet the kink */
     .in = AFFINE(1, 1, 2, 2),
     .p = {1, IDI_ACT_RELU},
     .reduction = 4,
     .condition = 16,
     .build = build},
    {.name = "leaky relu",
     .in = AFFINE(1, 2, 1, 2),
     .p = {1, IDI_ACT_LEAKY_RELU},
     .reduction = 4,
     .condition = 16,
     .build = build},
    {.name = "large relu",
     .in = {{{4, {2, 3, 7, 12}}, IDI_FILL_LARGE}, {{1, {12}}}, {{1, {12}}}},
     .p = {4, IDI_ACT_RELU},
     .reduction = 63,
     .condition = 4,
     .build = build,
     .is_not_differentiable = true},
    {.name = "only dx",
     .in = {{{4, {1, 3, 2, 4}}}, {{1, {4}}, .is_constant = true}, {{1, {4}}, .is_constant = true}},
     .p = {2, IDI_ACT_SILU},
     .reduction = 12,
     .condition = 16,
     .build = build},
    {.name = "only dbeta",
     .in = {{{4, {1, 3, 2, 4}}, .is_constant = true}, {{1, {4}}, .is_constant = true}, {{1, {4}}}},
     .p = {2},
     .reduction = 12,
     .condition = 16,
     .build = build},
    {.name = "near-constant", /* 1000 +- 1: mean/deviation is 1732, and x itself is rounded */
     .in = {{{4, {2, 4, 5, 6}}, IDI_FILL_CONSTANT}, {{1, {6}}}, {{1, {6}}}},
     .p = {3},
     .reduction = 40,
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "near-constant gradient",
     .in = {{{4, {1, 4, 5, 6}}},
            {{1, {6}}},
            {{1, {6}}},
            {{4, {1, 4, 5, 6}}, IDI_FILL_CONSTANT, .is_constant = true}},
     .p = {2},
     .reduction = 60,
     .condition = 4000,
     .stored_condition = 1732, /* 16-bit formats store x + 1000 in steps of a half or one */
     .build = build},
    {.name = "constant", /* y = beta */
     .in = {{{4, {1, 3, 3, 4}}, IDI_FILL_ZERO}, {{1, {4}}}, {{1, {4}}}},
     .p = {2},
     .build = build,
     .is_not_differentiable = true},
    {.name = "several chunks", /* 1024 pixels of 32 channels each, the last one short */
     .in = AFFINE(2, 43, 31, 32),
     .p = {32, IDI_ACT_SILU},
     .reduction = 1333,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "chunk edge",
     .in = AFFINE(1, 32, 64, 32),
     .p = {8},
     .reduction = 8192,
     .build = build,
     .is_not_differentiable = true},
    {.name = "near-constant chunks",
     .in = {{{4, {1, 61, 37, 16}}, IDI_FILL_CONSTANT}, {{1, {16}}}, {{1, {16}}}},
     .p = {4},
     .reduction = 9028,
     .build = build,
     .is_not_differentiable = true},
    {.name = "more channels than a chunk holds", /* and as many pixels as chunks, and one */
     .in = X(1, 5, 13, 33003),
     .p = {3},
     .reduction = 65,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "packs of channels", /* and several chunks */
     .in = AFFINE(2, 33, 17, 16),
     .p = {4, IDI_ACT_SILU},
     .reduction = 2244,
     .condition = 2,
     .build = build},
    {.name = "a group of each channel in a pack",
     .in = AFFINE(1, 5, 7, 8),
     .p = {8, IDI_ACT_SIGMOID},
     .reduction = 35,
     .condition = 8,
     .build = build},
    {.name = "several tiles of channels",
     .in = AFFINE(1, 3, 5, 2056),
     .p = {8, IDI_ACT_TANH},
     .reduction = 3855,
     .condition = 2,
     .build = build},
};
IDI_SUITE(group_norm, cases);

static idi_value input(idi_graph *graph, const char *name, idi_shape shape)
{
    return shape.rank ? idi_graph_input(graph, name, IDI_REAL, shape, IDI_RATE_IMAGE) : IDI_NONE;
}

static void expect_refused(idi_shape x, idi_shape gamma, idi_shape beta, int64_t groups, double eps,
                           const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value y = idi_group_norm(graph, input(graph, "x", x), input(graph, "gamma", gamma),
                                       input(graph, "beta", beta), groups, eps, IDI_ACT_NONE);
    cr_expect_eq(y, IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), words), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(group_norm, refuses_what_does_not_fit)
{
    const idi_shape x = idi_shape4(1, 2, 3, 6);
    const idi_shape c = idi_shape1(6);
    const idi_shape none = {0, {1, 1, 1, 1}};
    expect_refused(idi_shape3(2, 3, 6), c, c, 2, 1e-5, "x [2, 3, 6], want [N, H, W, C]");
    expect_refused(x, c, c, 4, 1e-5, "4 groups do not divide");
    expect_refused(x, c, c, 0, 1e-5, "0 groups do not divide");
    expect_refused(x, c, none, 2, 1e-5, "gamma without beta");
    expect_refused(x, none, c, 2, 1e-5, "beta without gamma");
    expect_refused(x, idi_shape1(5), c, 2, 1e-5, "gamma [5] and beta [6], want [6] each");
    expect_refused(x, c, idi_shape2(1, 6), 2, 1e-5, "beta [1, 6], want [6] each");
    expect_refused(x, c, c, 2, 0.0, "eps 0, want more than 0");
}
