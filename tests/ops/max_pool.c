/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/max_pool.c - cases of ops/max_pool.h, and what its builder refuses. */
#include "ops/max_pool.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: kernel, stride */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_max_pool(graph, in[0], c->p[0], c->p[1]);
}

/* The gradient, in[1] being dy: where x has equals, and differences find a kink. */
static idi_value build_gradient(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    idi_value gradient = IDI_NONE;
    const idi_value y = idi_max_pool(graph, in[0], c->p[0], c->p[1]);
    cr_assert_eq(idi_backward(graph, y, in[1], &in[0], 1, &gradient), IDI_OK);
    return gradient;
}

#define CASE(title, n, h, w, channels, ...)                                                        \
    {                                                                                              \
        .name = title, .in = {{{4, {n, h, w, channels}}}}, .p = {__VA_ARGS__}, .build = build      \
    }

static const idi_op_case cases[] = {
    CASE("one", 1, 1, 1, 1, 1, 1),
    CASE("even sides, packs of channels", 2, 6, 8, 16, 2, 2),
    CASE("odd sides, packs of channels", 2, 7, 5, 8, 2, 2),
    CASE("odd sides, channels one by one", 2, 5, 9, 7, 2, 2),
    CASE("windows that overlap", 2, 8, 10, 3, 3, 2),
    CASE("windows that overlap, packs", 2, 7, 9, 16, 3, 2),
    CASE("windows apart", 1, 11, 5, 8, 2, 4),
    CASE("every place a window", 1, 5, 6, 4, 3, 1),
    {.name = "several blocks",
     .in = {{{4, {1, 67, 41, 24}}, IDI_FILL_LARGE}},
     .p = {2, 1},
     .build = build,
     .is_not_differentiable = true},
    {.name = "equals",
     .in = {{{4, {1, 4, 5, 3}}, IDI_FILL_ZERO}, {{4, {1, 2, 2, 3}}}},
     .p = {2, 2},
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "equals in packs of windows that overlap",
     .in = {{{4, {2, 5, 5, 8}}, IDI_FILL_ZERO}, {{4, {2, 2, 2, 8}}}},
     .p = {3, 2},
     .is_not_differentiable = true,
     .build = build_gradient},
};
IDI_SUITE(max_pool, cases);

static void three(idi_graph *graph, const idi_value *in)
{
    (void)idi_max_pool(graph, in[0], 3, 2);
}

static void nothing(idi_graph *graph, const idi_value *in)
{
    (void)idi_max_pool(graph, in[0], 0, 2);
}

Test(max_pool, refusals)
{
    static const idi_shape small[] = {{4, {2, 5, 2, 6}}, {0}};
    static const idi_shape fits[] = {{4, {2, 5, 5, 6}}, {0}};
    static const idi_shape rank[] = {{3, {5, 5, 3}}, {0}};
    idi_expect_refusal(three, small, "max_pool: x [2, 5, 2, 6], want [N, H, W, C] with sides from");
    idi_expect_refusal(three, rank, "max_pool: x [5, 5, 3], want [N, H, W, C]");
    idi_expect_refusal(nothing, fits, "max_pool: kernel 0 and stride 2, want 1 or more");
}
