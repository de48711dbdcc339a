/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/label_loss.c - cases of ops/label_loss.h, and what its builder refuses. */
#include "ops/label_loss.h"
#include "ops/scale.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* Times the number of elements: f16 holds nothing of a ten-thousandth's slope. */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const int64_t count = idi_shape_count(&c->in[0].shape);
    return idi_scale(graph, idi_label_loss(graph, in[0], in[1]), (double)count);
}

/* [N, T, R] without the trailing dimension that a literal leaves 0. */
#define LOGITS(n, t, r)                                                                            \
    {                                                                                              \
        3,                                                                                         \
        {                                                                                          \
            n, t, r, 1                                                                             \
        }                                                                                          \
    }
#define LABELS(n, side, classes)                                                                   \
    {                                                                                              \
        {3, {n, side, side}}, IDI_FILL_LABELS, classes                                             \
    }

static const idi_op_case cases[] = {
    {.name = "one", .in = {{LOGITS(1, 1, 1)}, LABELS(1, 1, 1)}, .build = build},
    {.name = "ragged, labels are smaller",
     .in = {{LOGITS(2, 25, 5)}, LABELS(2, 3, 5)},
     .build = build},
    {.name = "labels are larger", .in = {{LOGITS(2, 9, 7)}, LABELS(2, 31, 7)}, .build = build},
    {.name = "whole packs, labels as large",
     .in = {{LOGITS(1, 16, 8)}, LABELS(1, 4, 8)},
     .build = build},
    {.name = "a pack of many pixels", .in = {{LOGITS(1, 49, 1)}, LABELS(1, 7, 2)}, .build = build},
    {.name = "labels beyond the last class",
     .in = {{LOGITS(2, 16, 3)}, LABELS(2, 5, 9)},
     .build = build},
    {.name = "zeros", .in = {{LOGITS(1, 9, 4), IDI_FILL_ZERO}, LABELS(1, 3, 4)}, .build = build},
    {.name = "large", /* both sides saturated */
     .in = {{LOGITS(1, 25, 3), IDI_FILL_LARGE}, LABELS(1, 5, 3)},
     .build = build},
    {.name = "several blocks", .in = {{LOGITS(2, 256, 19)}, LABELS(2, 32, 19)}, .build = build},
};
IDI_SUITE(label_loss, cases);

static void loss(idi_graph *graph, const idi_value *in)
{
    (void)idi_label_loss(graph, in[0], in[1]);
}

Test(label_loss, refusals)
{
    static const idi_shape rank[] = {{2, {16, 5}}, IDI_LABEL_SHAPE(1, 5, 5), {0}};
    static const idi_shape classes[] = {{3, {2, 16, 257}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape pixels[] = {{3, {2, 15, 5}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape samples[] = {{3, {2, 16, 5}}, IDI_LABEL_SHAPE(3, 5, 5), {0}};
    static const idi_shape oblong[] = {{3, {2, 16, 5}}, IDI_LABEL_SHAPE(2, 5, 6), {0}};
    static const idi_shape reals[] = {{3, {2, 16, 5}}, {3, {2, 5, 5}}, {0}};
    idi_expect_refusal(loss, rank, "label_loss: logits [16, 5], want [N, T, R]");
    idi_expect_refusal(loss, classes, "label_loss: 257 classes, want 1 to 256");
    idi_expect_refusal(loss, pixels, "label_loss: 15 pixels make no square map");
    idi_expect_refusal(loss, samples, "label_loss: labels [3, 5, 5] are of 3 samples, want 2");
    idi_expect_refusal(loss, oblong, "label_loss: labels [2, 5, 6] are not square");
    idi_expect_refusal(loss, reals, "label_loss: labels are real [2, 5, 5], want u8 [N, Hm, Wm]");
}
