/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/region_mean.c - cases of ops/region_mean.h. */
#include "ops/region_mean.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: regions */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_region_mean(graph, in[0], in[1], c->p[0]);
}

#define LABELS(n, h, w, classes)                                                                   \
    {                                                                                              \
        {3, {n, h, w}}, IDI_FILL_LABELS, classes                                                   \
    }

#define FORWARD .build = build, .is_not_differentiable = true

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{4, {1, 1, 1, 1}}}, LABELS(1, 1, 1, 1)}, .p = {1}, FORWARD},
    {.name = "ragged, labels are larger",
     .in = {{{4, {2, 5, 7, 3}}}, LABELS(2, 10, 14, 4)},
     .p = {6},
     .reduction = 35,
     FORWARD},
    {.name = "labels beyond the last class",
     .in = {{{4, {1, 9, 9, 4}}}, LABELS(1, 9, 9, 6)},
     .p = {3},
     .reduction = 81,
     FORWARD},
    {.name = "spans and splits",
     .in = {{{4, {1, 40, 33, 130}}}, LABELS(1, 80, 66, 19)},
     .p = {19},
     .reduction = 1320,
     FORWARD},
    {.name = "all 256 classes",
     .in = {{{4, {1, 32, 32, 6}}}, LABELS(1, 32, 32, 256)},
     .p = {256},
     .reduction = 1024,
     FORWARD},
};
IDI_SUITE(region_mean, cases);

static void nineteen(idi_graph *graph, const idi_value *in)
{
    (void)idi_region_mean(graph, in[0], in[1], 19);
}

static void none(idi_graph *graph, const idi_value *in)
{
    (void)idi_region_mean(graph, in[0], in[1], 0);
}

Test(region_mean, refusals)
{
    static const idi_shape fits[] = {{4, {2, 5, 5, 6}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape flat[] = {{3, {2, 25, 6}}, IDI_LABEL_SHAPE(2, 5, 5), {0}};
    static const idi_shape batch[] = {{4, {2, 5, 5, 6}}, IDI_LABEL_SHAPE(3, 5, 5), {0}};
    idi_expect_refusal(none, fits, "region_mean: 0 regions, want 1 to 256");
    idi_expect_refusal(nineteen, flat, "region_mean: x [2, 25, 6], want [N, H, W, K]");
    idi_expect_refusal(nineteen, batch, "region_mean: labels [3, 5, 5] are of 3 samples, want 2");
}
