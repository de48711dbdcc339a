/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/spade_modulate.c - cases of ops/spade_modulate.h. */
#include "ops/spade_modulate.h"
#include "ops/add.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

/* p[0] groups, p[1] activation; in[3]: added to x before. */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value x = in[3] == IDI_NONE ? in[0] : idi_add(graph, in[0], in[3]);
    return idi_spade_modulate(graph, x, in[1], in[2], c->p[0], 1e-5, (idi_act)c->p[1]);
}

#define MAPS(n, h, w, c)                                                                           \
    {                                                                                              \
        {{4, {n, h, w, c}}}, {{4, {n, h, w, c}}},                                                  \
        {                                                                                          \
            {                                                                                      \
                4,                                                                                 \
                {                                                                                  \
                    n, h, w, c                                                                     \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

static const idi_op_case cases[] = {
    {.name = "one", .in = MAPS(1, 1, 1, 1), .p = {1}, .condition = 4, .build = build},
    {.name = "groups",
     .in = MAPS(2, 3, 5, 6),
     .p = {3},
     .reduction = 30,
     .condition = 8,
     .build = build},
    {.name = "instance norm",
     .in = MAPS(2, 5, 3, 7),
     .p = {7, IDI_ACT_SILU},
     .reduction = 15,
     .condition = 8,
     .build = build},
    {.name = "one group",
     .in = MAPS(1, 5, 5, 3),
     .p = {1, IDI_ACT_TANH},
     .reduction = 75,
     .condition = 8,
     .build = build},
    {.name = "leaky relu", /* few numbers: differences must not meet the kink */
     .in = MAPS(1, 1, 2, 2),
     .p = {1, IDI_ACT_LEAKY_RELU},
     .reduction = 4,
     .condition = 16,
     .build = build},
    {.name = "only dgamma",
     .in = {{{4, {1, 3, 2, 4}}, .is_constant = true},
            {{4, {1, 3, 2, 4}}},
            {{4, {1, 3, 2, 4}}, .is_constant = true}},
     .p = {2},
     .reduction = 12,
     .condition = 16,
     .build = build},
    {.name = "large leaky relu",
     .in = {{{4, {2, 3, 7, 12}}, IDI_FILL_LARGE},
            {{4, {2, 3, 7, 12}}},
            {{4, {2, 3, 7, 12}}, IDI_FILL_LARGE}},
     .p = {4, IDI_ACT_LEAKY_RELU},
     .reduction = 63,
     .build = build,
     .is_not_differentiable = true},
    {.name = "near-constant",
     .in = {{{4, {2, 4, 5, 6}}, IDI_FILL_CONSTANT}, {{4, {2, 4, 5, 6}}}, {{4, {2, 4, 5, 6}}}},
     .p = {3},
     .reduction = 40,
     .condition = 8,
     .build = build,
     .is_not_differentiable = true},
    {.name = "near-constant gradient", /* 1000 +- 1: mean/deviation is 1732 */
     .in = {{{4, {1, 4, 5, 6}}},
            {{4, {1, 4, 5, 6}}},
            {{4, {1, 4, 5, 6}}},
            {{4, {1, 4, 5, 6}}, IDI_FILL_CONSTANT, .is_constant = true}},
     .p = {2},
     .reduction = 60,
     .condition = 4000,
     .stored_condition = 1732, /* 16-bit formats store x + 1000 in steps of a half or one */
     .build = build},
    {.name = "several chunks",
     .in = MAPS(2, 43, 31, 32),
     .p = {32, IDI_ACT_SILU},
     .reduction = 1333,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "wide", /* a strip is one pixel */
     .in = MAPS(1, 3, 5, 2051),
     .p = {1, IDI_ACT_RELU},
     .reduction = 15,
     .condition = 4,
     .build = build,
     .is_not_differentiable = true},
    {.name = "packs of channels", /* and several chunks */
     .in = MAPS(2, 33, 17, 16),
     .p = {4, IDI_ACT_SILU},
     .reduction = 2244,
     .condition = 2,
     .build = build},
    {.name = "several tiles of channels",
     .in = MAPS(1, 3, 5, 2056),
     .p = {8},
     .reduction = 3855,
     .condition = 2,
     .build = build},
};
IDI_SUITE(spade_modulate, cases);

static void expect_refused(idi_shape x, idi_shape gamma, idi_shape beta, int64_t groups, double eps,
                           const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value y = idi_spade_modulate(
        graph, idi_graph_input(graph, "x", IDI_REAL, x, IDI_RATE_IMAGE),
        idi_graph_input(graph, "gamma", IDI_REAL, gamma, IDI_RATE_IMAGE),
        idi_graph_input(graph, "beta", IDI_REAL, beta, IDI_RATE_IMAGE), groups, eps, IDI_ACT_NONE);
    cr_expect_eq(y, IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), words), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(spade_modulate, refuses_what_does_not_fit)
{
    const idi_shape x = idi_shape4(1, 2, 3, 6);
    const idi_shape flat = idi_shape2(6, 6);
    expect_refused(flat, flat, flat, 2, 1e-5, "x [6, 6], want [N, H, W, C]");
    expect_refused(x, idi_shape1(6), x, 2, 1e-5, "gamma [6]");
    expect_refused(x, x, idi_shape4(1, 2, 3, 5), 2, 1e-5, "beta [1, 2, 3, 5], want x's shape");
    expect_refused(x, x, x, 4, 1e-5, "4 groups do not divide");
    expect_refused(x, x, x, 2, -1.0, "eps -1, want more than 0");
}
