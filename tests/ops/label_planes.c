/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/label_planes.c - cases of ops/label_planes.h, and what its builders refuse. */
#include "ops/label_planes.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: classes, and height and width where there is no x */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return in[1] == IDI_NONE ? idi_label_planes_alone(graph, in[0], c->p[0], c->p[1], c->p[2])
                             : idi_label_planes(graph, in[0], in[1], c->p[0]);
}

#define LABELS(n, h, w, classes)                                                                   \
    {                                                                                              \
        {3, {n, h, w}}, IDI_FILL_LABELS, classes                                                   \
    }

static const idi_op_case cases[] = {
    {.name = "one", .in = {LABELS(1, 1, 1, 1), {{4, {1, 1, 1, 1}}}}, .p = {1}, .build = build},
    {.name = "an image's three channels",
     .in = {LABELS(2, 5, 7, 19), {{4, {2, 5, 7, 3}}}},
     .p = {19},
     .build = build},
    {.name = "whole packs, many blocks",
     .in = {LABELS(2, 16, 16, 5), {{4, {2, 16, 16, 3}}}},
     .p = {5},
     .build = build},
    {.name = "labels beyond the last class",
     .in = {LABELS(1, 6, 6, 9), {{4, {1, 6, 6, 2}}}},
     .p = {4},
     .build = build},
    {.name = "labels are larger",
     .in = {LABELS(2, 12, 10, 4), {{4, {2, 6, 5, 3}}}},
     .p = {4},
     .build = build},
    {.name = "labels are smaller",
     .in = {LABELS(1, 3, 2, 4), {{4, {1, 7, 9, 5}}}},
     .p = {4},
     .build = build},
    {.name = "no image",
     .in = {LABELS(3, 8, 8, 6)},
     .p = {6, 5, 3},
     .build = build,
     .is_not_differentiable = true},
    {.name = "no image, one plane",
     .in = {LABELS(1, 9, 9, 3)},
     .p = {1, 9, 9},
     .build = build,
     .is_not_differentiable = true},
};
IDI_SUITE(label_planes, cases);

static void planes(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_planes(graph, in[0], in[1], 4);
}

static void no_planes(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_planes(graph, in[0], in[1], 0);
}

static void empty(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_planes_alone(graph, in[0], 4, 3, 0);
}

Test(label_planes, refusals)
{
    static const idi_shape rank[] = {IDI_LABEL_SHAPE(2, 5, 5), {3, {5, 5, 3}}, {0}};
    static const idi_shape batch[] = {IDI_LABEL_SHAPE(2, 5, 5), {4, {3, 5, 5, 3}}, {0}};
    static const idi_shape reals[] = {{3, {2, 5, 5}}, {4, {2, 5, 5, 3}}, {0}};
    static const idi_shape fit[] = {IDI_LABEL_SHAPE(2, 5, 5), {4, {2, 5, 5, 3}}, {0}};
    static const idi_shape alone[] = {IDI_LABEL_SHAPE(2, 5, 5), {0}};
    idi_expect_refusal(planes, rank, "label_planes: x is [5, 5, 3], want [N, H, W, C]");
    idi_expect_refusal(planes, batch, "label_planes: labels [2, 5, 5] are of 2 samples, want 3");
    idi_expect_refusal(planes, reals, "label_planes: labels are real [2, 5, 5]");
    idi_expect_refusal(no_planes, fit, "label_planes: 0 classes, want 1 to 256");
    idi_expect_refusal(empty, alone, "label_planes: 3x0 pixels");
}
