/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/region_pool.c - cases of ops/region_pool.h and ops/region_gate.h. */
#include "ops/region_pool.h"
#include "ops/region_gate.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build_pool(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_region_pool(graph, in[0], in[1], c->p[0]);
}

static idi_value build_gate(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_region_gate(graph, in[0], in[1]);
}

#define LABELS(n, h, w, classes)                                                                   \
    {                                                                                              \
        {3, {n, h, w}}, IDI_FILL_LABELS, classes                                                   \
    }

static const idi_op_case pool_cases[] = {
    {.name = "one", .in = {{{4, {1, 1, 1, 1}}}, LABELS(1, 1, 1, 1)}, .p = {1}, .build = build_pool},
    {.name = "ragged, two row blocks",
     .in = {{{4, {2, 13, 7, 15}}}, LABELS(2, 13, 7, 5)},
     .p = {5},
     .reduction = 91,
     .build = build_pool},
    {.name = "one row block exactly",
     .in = {{{4, {1, 8, 3, 6}}}, LABELS(1, 8, 3, 2)},
     .p = {2},
     .reduction = 24,
     .build = build_pool},
    {.name = "labels are larger",
     .in = {{{4, {1, 9, 5, 12}}}, LABELS(1, 31, 22, 3)},
     .p = {3},
     .reduction = 45,
     .build = build_pool},
    {.name = "labels are smaller",
     .in = {{{4, {2, 17, 10, 6}}}, LABELS(2, 5, 3, 3)},
     .p = {3},
     .reduction = 170,
     .build = build_pool},
    {.name = "absent classes",
     .in = {{{4, {1, 5, 5, 21}}}, LABELS(1, 5, 5, 2)},
     .p = {7},
     .reduction = 25,
     .build = build_pool},
    {.name = "labels beyond the last class",
     .in = {{{4, {1, 10, 6, 4}}}, LABELS(1, 10, 6, 9)},
     .p = {4},
     .reduction = 60,
     .build = build_pool},
    {.name = "only labels beyond the last class",
     .in = {{{4, {1, 2, 2, 1}}, IDI_FILL_ZERO}, LABELS(1, 2, 2, 256)},
     .p = {1},
     .build = build_pool},
    {.name = "near-constant",
     .in = {{{4, {1, 24, 19, 8}}, IDI_FILL_CONSTANT}, LABELS(1, 24, 19, 4)},
     .p = {4},
     .reduction = 456,
     .build = build_pool},
    {.name = "large map",
     .in = {{{4, {1, 64, 61, 38}}, IDI_FILL_LARGE}, LABELS(1, 128, 128, 19)},
     .p = {19},
     .reduction = 3904,
     .build = build_pool,
     .is_not_differentiable = true},
    {.name = "several blocks a sample",
     .in = {{{4, {2, 17, 16, 128}}}, LABELS(2, 17, 16, 3)},
     .p = {2},
     .reduction = 272,
     .build = build_pool},
    {.name = "channels of two blocks, in pairs",
     .in = {{{4, {1, 5, 7, 140}}}, LABELS(1, 5, 7, 2)},
     .p = {2},
     .reduction = 35,
     .build = build_pool},
    {.name = "channels of two blocks, one by one",
     .in = {{{4, {1, 5, 7, 66}}}, LABELS(1, 5, 7, 2)},
     .p = {2},
     .reduction = 35,
     .build = build_pool},
    {.name = "tables of few walkers",
     .in = {{{4, {1, 6, 6, 256 * 8}}}, LABELS(1, 6, 6, 256)},
     .p = {256},
     .reduction = 36,
     .build = build_pool},
    {.name = "tables of one narrow walker, pixels of two blocks",
     .in = {{{4, {1, 4, 5, 256 * 64}}}, LABELS(1, 4, 5, 256)},
     .p = {256},
     .reduction = 20,
     .build = build_pool},
    {.name = "two blocks that count",
     .in = {{{4, {1, 47, 45, 4}}}, LABELS(1, 47, 45, 3)},
     .p = {2},
     .reduction = 2115,
     .build = build_pool},
    {.name = "more pixels than a block keeps labels of",
     .in = {{{4, {264, 65, 64, 1}}}, LABELS(264, 13, 16, 2)},
     .p = {1},
     .reduction = 4160,
     .build = build_pool,
     .is_not_differentiable = true},
};
IDI_SUITE(region_pool, pool_cases);

static const idi_op_case gate_cases[] = {
    {.name = "one", .in = {{{3, {1, 1, 1}}}, LABELS(1, 1, 1, 1)}, .build = build_gate},
    {.name = "all closed but one",
     .in = {{{3, {2, 7, 5}}}, LABELS(2, 3, 5, 1)},
     .build = build_gate},
    {.name = "ragged", .in = {{{3, {3, 11, 13}}}, LABELS(3, 4, 7, 11)}, .build = build_gate},
    {.name = "labels beyond the last token",
     .in = {{{3, {2, 3, 2}}}, LABELS(2, 9, 9, 256)},
     .build = build_gate},
    {.name = "map of whole packs, wide tokens",
     .in = {{{3, {2, 5, 515}}}, LABELS(2, 4, 12, 5)},
     .build = build_gate},
    {.name = "map of several packs a thread",
     .in = {{{3, {1, 19, 24}}}, LABELS(1, 96, 96, 12)},
     .build = build_gate},
};
IDI_SUITE(region_gate, gate_cases);

static void pool_three(idi_graph *graph, const idi_value *in)
{
    (void)idi_region_pool(graph, in[0], in[1], 3);
}

static void pool_none(idi_graph *graph, const idi_value *in)
{
    (void)idi_region_pool(graph, in[0], in[1], 0);
}

Test(region_pool, refusals)
{
    static const idi_shape fits[] = {{4, {2, 5, 5, 6}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape channels[] = {{4, {2, 5, 5, 7}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape samples[] = {{4, {2, 5, 5, 6}}, IDI_LABEL_SHAPE(3, 5, 5), {0}};
    static const idi_shape reals[] = {{4, {2, 5, 5, 6}}, {3, {2, 5, 5}}, {0}};
    static const idi_shape absent[] = {{4, {2, 5, 5, 6}}, {0}};
    idi_expect_refusal(pool_none, fits, "region_pool: 0 regions, want 1 to 256");
    idi_expect_refusal(pool_three, channels, "region_pool: x [2, 5, 5, 7], want [N, H, W, 3*K]");
    idi_expect_refusal(pool_three, samples,
                       "region_pool: labels [3, 5, 5] are of 3 samples, want 2");
    idi_expect_refusal(pool_three, reals,
                       "region_pool: labels are real [2, 5, 5], want u8 [N, Hm, Wm]");
    idi_expect_refusal(pool_three, absent, "region_pool: labels are u8 [], want u8 [N, Hm, Wm]");
}

static void gate(idi_graph *graph, const idi_value *in)
{
    (void)idi_region_gate(graph, in[0], in[1]);
}

Test(region_gate, refusals)
{
    static const idi_shape rank[] = {{2, {2, 5}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape samples[] = {{3, {2, 5, 5}}, IDI_LABEL_SHAPE(1, 5, 5), {0}};
    static const idi_shape reals[] = {{3, {2, 5, 6}}, {3, {2, 5, 5}}, {0}};
    idi_expect_refusal(gate, rank, "region_gate: x [2, 5], want [N, R, D]");
    idi_expect_refusal(gate, samples, "region_gate: labels [1, 5, 5] are of 1 samples, want 2");
    idi_expect_refusal(gate, reals, "region_gate: labels are real [2, 5, 5]");
}
