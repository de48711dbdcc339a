/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/mask_embed.c - cases of ops/mask_embed.h. */
#include "ops/mask_embed.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_mask_embed(graph, in[0], in[1], in[2], c->p[0], c->p[1]);
}

#define LABELS(n, h, w, classes)                                                                   \
    {                                                                                              \
        {3, {n, h, w}}, IDI_FILL_LABELS, classes                                                   \
    }

static const idi_op_case cases[] = {
    {.name = "one",
     .in = {LABELS(1, 1, 1, 1), {{2, {1, 1}}}, {{1, {1}}}},
     .p = {0, 1},
     .build = build},
    {.name = "ragged",
     .in = {LABELS(2, 7, 7, 5), {{2, {49, 13}}}, {{1, {13}}}},
     .p = {1, 4},
     .reduction = 49,
     .build = build},
    {.name = "long runs of one class",
     .in = {LABELS(1, 11, 11, 1), {{2, {121, 9}}}, {{1, {9}}}},
     .p = {0, 2},
     .reduction = 121,
     .build = build},
    {.name = "labels are larger",
     .in = {LABELS(1, 20, 31, 4), {{2, {64, 5}}}, {{1, {5}}}},
     .p = {1, 3},
     .reduction = 64,
     .build = build},
    {.name = "labels are smaller",
     .in = {LABELS(3, 3, 5, 4), {{2, {81, 5}}}, {{1, {5}}}},
     .p = {0, 4},
     .reduction = 81,
     .build = build},
    {.name = "no pixel of any part",
     .in = {LABELS(1, 4, 4, 3), {{2, {16, 3}}, IDI_FILL_UNIFORM, 0, true}, {{1, {3}}}},
     .p = {200, 56},
     .reduction = 56,
     .build = build},
    {.name = "one pixel more than a block",
     .in = {LABELS(1, 33, 33, 6), {{2, {1089, 3}}}, {{1, {3}}}},
     .p = {2, 3},
     .reduction = 1089,
     .build = build},
    {.name = "a block exactly",
     .in = {LABELS(2, 32, 32, 3), {{2, {1024, 4}}}, {{1, {4}}}},
     .p = {0, 3},
     .reduction = 1024,
     .build = build},
    {.name = "only dweight",
     .in = {LABELS(2, 5, 5, 3), {{2, {25, 2}}}, {{1, {2}}, IDI_FILL_UNIFORM, 0, true}},
     .p = {0, 3},
     .reduction = 25,
     .build = build},
    {.name = "blocks",
     .in = {LABELS(2, 256, 256, 19), {{2, {64 * 64, 67}}}, {{1, {67}}}},
     .p = {1, 18},
     .reduction = 4096,
     .build = build,
     .is_not_differentiable = true},
    /* 128 classes: with 19, sums of 216 weights of 1000 are beyond what f16 holds */
    {.name = "blocks, near-constant weights",
     .in = {LABELS(2, 256, 256, 128), {{2, {64 * 64, 67}}, IDI_FILL_CONSTANT}, {{1, {67}}}},
     .p = {1, 18},
     .reduction = 4096,
     .build = build,
     .is_not_differentiable = true},
    {.name = "columns of three blocks, in pairs",
     .in = {LABELS(2, 15, 15, 4), {{2, {225, 130}}}, {{1, {130}}}},
     .p = {1, 3},
     .reduction = 225,
     .build = build},
    {.name = "whole packs",
     .in = {LABELS(3, 12, 10, 4), {{2, {144, 16}}}, {{1, {16}}}},
     .p = {0, 3},
     .reduction = 144,
     .build = build},
    {.name = "tables of one narrow walker",
     .in = {LABELS(1, 5, 5, 256), {{2, {25, 66}}}, {{1, {66}}}},
     .p = {0, 256},
     .reduction = 256,
     .build = build},
};
IDI_SUITE(mask_embed, cases);

static void all_parts(idi_graph *graph, const idi_value *in)
{
    (void)idi_mask_embed(graph, in[0], in[1], in[2], 1, 18);
}

static void too_many_parts(idi_graph *graph, const idi_value *in)
{
    (void)idi_mask_embed(graph, in[0], in[1], in[2], 250, 7);
}

static void no_parts(idi_graph *graph, const idi_value *in)
{
    (void)idi_mask_embed(graph, in[0], in[1], in[2], 1, 0);
}

Test(mask_embed, refusals)
{
    static const idi_shape fits[] = {IDI_LABEL_SHAPE(2, 5, 5), {2, {25, 4}}, {1, {4}}, {0}};
    static const idi_shape square[] = {IDI_LABEL_SHAPE(2, 5, 5), {2, {24, 4}}, {1, {4}}, {0}};
    static const idi_shape rank[] = {IDI_LABEL_SHAPE(2, 5, 5), {1, {25}}, {1, {4}}, {0}};
    static const idi_shape bias[] = {IDI_LABEL_SHAPE(2, 5, 5), {2, {25, 4}}, {1, {25}}, {0}};
    static const idi_shape labels[] = {{3, {2, 5, 5}}, {2, {25, 4}}, {1, {4}}, {0}};
    idi_expect_refusal(all_parts, square, "mask_embed: weight [24, 4], want [side*side, E]");
    idi_expect_refusal(all_parts, rank, "mask_embed: weight [25], want [side*side, E]");
    idi_expect_refusal(all_parts, bias, "mask_embed: bias [25], want [4]");
    idi_expect_refusal(all_parts, labels, "mask_embed: labels are real [2, 5, 5]");
    idi_expect_refusal(too_many_parts, fits,
                       "mask_embed: 7 classes from 250 on, want classes 0 to 255");
    idi_expect_refusal(no_parts, fits, "mask_embed: 0 classes from 1 on");
}
