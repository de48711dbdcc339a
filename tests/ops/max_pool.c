/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/max_pool.c - cases of ops/max_pool.h, and what its builder refuses. */
#include "ops/max_pool.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_max_pool(graph, in[0]);
}

/* The gradient, in[1] being dy: where x has equals, and differences find a kink. */
static idi_value build_gradient(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    idi_value gradient = IDI_NONE;
    const idi_value y = idi_max_pool(graph, in[0]);
    cr_assert_eq(idi_backward(graph, y, in[1], &in[0], 1, &gradient), IDI_OK);
    return gradient;
}

#define CASE(title, n, h, w, channels)                                                             \
    {                                                                                              \
        .name = title, .in = {{{4, {n, h, w, channels}}}}, .build = build                          \
    }

static const idi_op_case cases[] = {
    CASE("one", 1, 2, 2, 1),
    CASE("even sides, packs of channels", 2, 6, 8, 16),
    CASE("odd sides, packs of channels", 2, 7, 5, 8),
    CASE("odd sides, channels one by one", 2, 5, 9, 7),
    CASE("one window high", 1, 3, 13, 3),
    {.name = "equals",
     .in = {{{4, {1, 4, 5, 3}}, IDI_FILL_ZERO}, {{4, {1, 2, 2, 3}}}},
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "equals in packs",
     .in = {{{4, {2, 4, 4, 8}}, IDI_FILL_ZERO}, {{4, {2, 2, 2, 8}}}},
     .is_not_differentiable = true,
     .build = build_gradient},
};
IDI_SUITE(max_pool, cases);

static void pool(idi_graph *graph, const idi_value *in)
{
    (void)idi_max_pool(graph, in[0]);
}

Test(max_pool, refusals)
{
    static const idi_shape rank[] = {{3, {5, 5, 3}}, {0}};
    static const idi_shape low[] = {{4, {1, 1, 5, 3}}, {0}};
    static const idi_shape narrow[] = {{4, {1, 5, 1, 3}}, {0}};
    idi_expect_refusal(pool, rank, "max_pool: x is [5, 5, 3], want [N, H, W, C]");
    idi_expect_refusal(pool, low, "max_pool: x is [1, 1, 5, 3]");
    idi_expect_refusal(pool, narrow, "max_pool: x is [1, 5, 1, 3]");
}
