/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/color_mix.c - cases of ops/color_mix.h, and what its builder refuses. */
#include "ops/color_mix.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>
#include <string.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_color_mix(graph, in[0], in[1]);
}

#define CASE(title, n, h, w, ...)                                                                  \
    {                                                                                              \
        .name = title,                                                                             \
        .in = {{{4, {n, h, w, 3}}, __VA_ARGS__}, {{3, {n, 3, 4}}, IDI_FILL_UNIFORM, 0, true}},     \
        .reduction = 4, .build = build                                                             \
    }

static const idi_op_case cases[] = {
    CASE("one pixel", 1, 1, 1, IDI_FILL_UNIFORM),
    CASE("ragged: pixel by pixel", 3, 5, 7, IDI_FILL_UNIFORM),
    CASE("packs of four pixels, not of eight", 2, 3, 4, IDI_FILL_UNIFORM),
    CASE("packs of eight pixels", 3, 4, 6, IDI_FILL_UNIFORM),
    CASE("several blocks", 2, 33, 40, IDI_FILL_UNIFORM),
    CASE("several blocks, pixel by pixel", 2, 29, 31, IDI_FILL_UNIFORM),
    CASE("large", 2, 4, 4, IDI_FILL_LARGE),
};
IDI_SUITE(color_mix, cases);

static void mix(idi_graph *graph, const idi_value *in)
{
    (void)idi_color_mix(graph, in[0], in[1]);
}

Test(color_mix, refusals)
{
    static const idi_shape rank[] = {{3, {5, 5, 3}}, {3, {5, 3, 4}}, {0}};
    static const idi_shape channels[] = {{4, {2, 5, 5, 4}}, {3, {2, 3, 4}}, {0}};
    static const idi_shape samples[] = {{4, {2, 5, 5, 3}}, {3, {1, 3, 4}}, {0}};
    static const idi_shape square[] = {{4, {2, 5, 5, 3}}, {3, {2, 3, 3}}, {0}};
    idi_expect_refusal(mix, rank, "color_mix: x is [5, 5, 3], want [N, H, W, 3]");
    idi_expect_refusal(mix, channels, "color_mix: x is [2, 5, 5, 4], want [N, H, W, 3]");
    idi_expect_refusal(mix, samples, "color_mix: matrix is [1, 3, 4], want [2, 3, 4]");
    idi_expect_refusal(mix, square, "color_mix: matrix is [2, 3, 3], want [2, 3, 4]");
}
