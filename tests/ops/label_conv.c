/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/label_conv.c - cases of ops/label_conv.h. */
#include "ops/label_conv.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_label_conv(graph, in[0], in[1], in[2], c->p[0], c->p[1], (idi_act)c->p[2]);
}

#define LABELS(n, h, w, classes)                                                                   \
    {                                                                                              \
        {3, {n, h, w}}, IDI_FILL_LABELS, classes                                                   \
    }

static const idi_op_case cases[] = {
    {.name = "one",
     .in = {LABELS(1, 1, 1, 1), {{4, {1, 3, 3, 1}}}, {{1, {1}}}},
     .p = {1, 1},
     .reduction = 9,
     .build = build},
    {.name = "ragged",
     .in = {LABELS(2, 5, 7, 4), {{4, {13, 3, 3, 4}}}, {{1, {13}}}},
     .p = {5, 7},
     .reduction = 70,
     .build = build},
    {.name = "one row",
     .in = {LABELS(1, 1, 19, 3), {{4, {5, 3, 3, 3}}}, {{1, {5}}}},
     .p = {1, 19},
     .reduction = 19,
     .build = build},
    {.name = "one column",
     .in = {LABELS(1, 17, 1, 3), {{4, {5, 3, 3, 3}}}, {{1, {5}}}},
     .p = {17, 1},
     .reduction = 17,
     .build = build},
    {.name = "one class everywhere: copied rows",
     .in = {LABELS(1, 9, 23, 1), {{4, {8, 3, 3, 2}}}, {{1, {8}}}},
     .p = {9, 23, IDI_ACT_LEAKY_RELU},
     .reduction = 207,
     .build = build},
    {.name = "labels beyond the last class",
     .in = {LABELS(2, 6, 6, 9), {{4, {3, 3, 3, 4}}}, {{1, {3}}}},
     .p = {6, 6},
     .reduction = 72,
     .build = build},
    {.name = "labels are larger",
     .in = {LABELS(1, 22, 40, 5), {{4, {7, 3, 3, 5}}}, {{1, {7}}}},
     .p = {7, 9, IDI_ACT_TANH},
     .reduction = 63,
     .condition = 2,
     .build = build},
    {.name = "labels are smaller",
     .in = {LABELS(2, 4, 3, 5), {{4, {6, 3, 3, 5}}}, {{1, {6}}}},
     .p = {11, 13, IDI_ACT_RELU},
     .reduction = 286,
     .build = build},
    {.name = "only dbias",
     .in = {LABELS(1, 5, 5, 2), {{4, {3, 3, 3, 2}}, IDI_FILL_UNIFORM, 0, true}, {{1, {3}}}},
     .p = {5, 5},
     .reduction = 25,
     .build = build},
    {.name = "only dweight",
     .in = {LABELS(1, 5, 5, 2), {{4, {3, 3, 3, 2}}}, {{1, {3}}, IDI_FILL_UNIFORM, 0, true}},
     .p = {5, 5},
     .reduction = 25,
     .build = build},
    {.name = "two gradient blocks",
     .in = {LABELS(2, 16, 16, 3), {{4, {5, 3, 3, 3}}}, {{1, {5}}}},
     .p = {41, 29},
     .reduction = 2378,
     .build = build},
    {.name = "all 256 classes",
     .in = {LABELS(1, 32, 32, 256), {{4, {2, 3, 3, 256}}}, {{1, {2}}}},
     .p = {32, 32},
     .reduction = 1024,
     .build = build,
     .is_not_differentiable = true},
    {.name = "large map",
     .in = {LABELS(1, 128, 128, 19), {{4, {67, 3, 3, 19}}, IDI_FILL_LARGE}, {{1, {67}}}},
     .p = {64, 64, IDI_ACT_RELU},
     .reduction = 9,
     .build = build,
     .is_not_differentiable = true},
    {.name = "two tiles across, channels of two blocks",
     .in = {LABELS(2, 3, 15, 5), {{4, {40, 3, 3, 5}}}, {{1, {40}}}},
     .p = {6, 45},
     .reduction = 540,
     .build = build},
    {.name = "channels of many blocks, one by one",
     .in = {LABELS(1, 3, 5, 3), {{4, {259, 3, 3, 3}}}, {{1, {259}}}},
     .p = {3, 5},
     .reduction = 15,
     .build = build},
    {.name = "tables of few channels",
     .in = {LABELS(1, 9, 9, 256), {{4, {6, 3, 3, 256}}}, {{1, {6}}}},
     .p = {9, 9},
     .reduction = 81,
     .build = build},
    {.name = "weights of a sample",
     .in = {LABELS(2, 5, 7, 4), {{3, {2, 117, 4}}}, {{1, {13}}}},
     .p = {5, 7},
     .reduction = 9,
     .build = build,
     .is_not_differentiable = true},
    {.name = "weights of a sample: packs, labels are larger",
     .in = {LABELS(3, 22, 70, 5), {{3, {3, 144, 5}}}, {{1, {16}}}},
     .p = {11, 35, IDI_ACT_RELU},
     .reduction = 9,
     .build = build,
     .is_not_differentiable = true},
    {.name = "more tiles than gradient blocks",
     .in = {LABELS(1, 1070, 2, 4), {{4, {3, 3, 3, 4}}}, {{1, {3}}}},
     .p = {1070, 1},
     .reduction = 1070,
     .build = build},
};
IDI_SUITE(label_conv, cases);

static void square(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_conv(graph, in[0], in[1], in[2], 8, 8, IDI_ACT_RELU);
}

static void empty(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_conv(graph, in[0], in[1], in[2], 8, 0, IDI_ACT_RELU);
}

static void silu(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_conv(graph, in[0], in[1], in[2], 8, 8, IDI_ACT_SILU);
}

Test(label_conv, refusals)
{
    static const idi_shape fits[] = {IDI_LABEL_SHAPE(2, 5, 5), {4, {6, 3, 3, 19}}, {1, {6}}, {0}};
    static const idi_shape kernel[] = {IDI_LABEL_SHAPE(2, 5, 5), {4, {6, 3, 1, 19}}, {1, {6}}, {0}};
    static const idi_shape classes[] = {
        IDI_LABEL_SHAPE(2, 5, 5), {4, {6, 3, 3, 257}}, {1, {6}}, {0}};
    static const idi_shape bias[] = {IDI_LABEL_SHAPE(2, 5, 5), {4, {6, 3, 3, 19}}, {1, {19}}, {0}};
    static const idi_shape labels[] = {{3, {2, 5, 5}}, {4, {6, 3, 3, 19}}, {1, {6}}, {0}};
    static const idi_shape own[] = {IDI_LABEL_SHAPE(2, 5, 5), {3, {3, 54, 19}}, {1, {6}}, {0}};
    idi_expect_refusal(square, own,
                       "label_conv: weight [3, 54, 19], want [O, 3, 3, R], R from 1 "
                       "to 256, or [2, 9*O, R]");
    idi_expect_refusal(square, kernel, "label_conv: weight [6, 3, 1, 19], want [O, 3, 3, R]");
    idi_expect_refusal(square, classes, "label_conv: weight [6, 3, 3, 257], want [O, 3, 3, R]");
    idi_expect_refusal(square, bias, "label_conv: bias [19], want [6]");
    idi_expect_refusal(square, labels, "label_conv: labels are real [2, 5, 5]");
    idi_expect_refusal(empty, fits, "label_conv: output of 8 x 0, want 1 x 1 or more");
    idi_expect_refusal(silu, fits, "label_conv: activation 5 cannot be fused here");
}
