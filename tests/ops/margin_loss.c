/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/margin_loss.c - cases of ops/margin_loss.h, published logits, and what its builder
 * refuses. */
#include "ops/margin_loss.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/scale.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

enum { ARCFACE, COSFACE, COMBINED, COMBINED_EXACT, FALLBACK_EXACT, ADAFACE, CLIP_EXACT };

/* Exact slopes beside a cosine of 1 are steeper than differences can tell: those cases clamp at
 * 0.9. The fallback's margin is large, so that it is met. */
static const idi_margin_loss_attr attrs[] = {
    [ARCFACE] = {.scale = 64.0, .angular = 0.5},
    [COSFACE] = {.scale = 64.0, .additive = 0.4},
    [COMBINED] = {.scale = 64.0, .angular = 0.3, .additive = 0.2, .is_exact = true},
    [COMBINED_EXACT] =
        {.scale = 64.0, .angular = 0.3, .additive = 0.2, .edge = 0.1, .is_exact = true},
    [FALLBACK_EXACT] = {.scale = 30.0,
                        .angular = 2.0,
                        .edge = 0.1,
                        .beyond = IDI_MARGIN_FALLBACK,
                        .is_exact = true},
    [ADAFACE] = {.scale = 64.0, .edge = 1e-3, .beyond = IDI_MARGIN_CLIP},
    [CLIP_EXACT] = {.scale = 64.0, .edge = 0.1, .beyond = IDI_MARGIN_CLIP, .is_exact = true},
};

/* p: which of attrs; by what power of two the cosines are too large (0: by none) */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value x = c->p[1] ? idi_scale(graph, in[0], (double)c->p[1]) : in[0];
    return idi_margin_loss(graph, x, in[1], in[2], &attrs[c->p[0]]);
}

/* The gradient, where it is not that of differences: in[3] is dy. */
static idi_value build_gradient(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    idi_value gradient = IDI_NONE;
    cr_assert_eq(idi_backward(graph, build(graph, in, c), in[3], in, 1, &gradient), IDI_OK);
    return gradient;
}

#define CLASSES(n, limit)                                                                          \
    {                                                                                              \
        {1, {n}}, IDI_FILL_INTEGERS, limit                                                         \
    }
#define MARGINS(n)                                                                                 \
    {                                                                                              \
        .shape = {2, {n, 2}}, .is_constant = true                                                  \
    }
#define DY                                                                                         \
    {                                                                                              \
        {1, {1}}, IDI_FILL_POSITIVE                                                                \
    }

/* A logit is the scale times a rounded cosine, and exponentials have its absolute error: the
 * condition is the scale. */
static const idi_op_case cases[] = {
    {.name = "one class", .in = {{{2, {3, 1}}}, CLASSES(3, 1)}, .p = {COSFACE}, .build = build},
    {.name = "cosface, ragged",
     .in = {{{2, {5, 13}}}, CLASSES(5, 13)},
     .p = {COSFACE},
     .reduction = 13,
     .condition = 64,
     .build = build},
    {.name = "cosface, packs",
     .in = {{{2, {4, 40}}}, CLASSES(4, 40)},
     .p = {COSFACE},
     .reduction = 40,
     .condition = 64,
     .build = build},
    {.name = "combined, exact",
     .in = {{{2, {7, 11}}}, CLASSES(7, 11)},
     .p = {COMBINED_EXACT},
     .reduction = 11,
     .condition = 64,
     .build = build},
    {.name = "fallback, exact",
     .in = {{{2, {9, 16}}}, CLASSES(9, 16)},
     .p = {FALLBACK_EXACT},
     .reduction = 16,
     .condition = 30,
     .build = build},
    {.name = "margins of each sample, exact",
     .in = {{{2, {6, 17}}}, CLASSES(6, 17), MARGINS(6)},
     .p = {CLIP_EXACT},
     .reduction = 17,
     .condition = 64,
     .build = build},
    {.name = "some samples without a class",
     .in = {{{2, {8, 5}}}, CLASSES(8, 10)},
     .p = {COSFACE},
     .reduction = 8,
     .condition = 64,
     .build = build},
    {.name = "wild classes",
     .in = {{{2, {8, 5}}}, CLASSES(8, 0)},
     .p = {COSFACE},
     .condition = 64,
     .build = build},
    {.name = "cosines on both sides of the clamp",
     .in = {{{2, {24, 8}}}, CLASSES(24, 8)},
     .p = {COSFACE, 2},
     .reduction = 24,
     .condition = 64,
     .build = build},
    {.name = "cosines beyond the clamp", /* a slope that is left is below f16's range */
     .in = {{{2, {5, 24}}, IDI_FILL_LARGE}, CLASSES(5, 24)},
     .p = {COSFACE},
     .reduction = 24,
     .condition = 64,
     .build = build,
     .is_not_differentiable = true},
    {.name = "many classes, one by one",
     .in = {{{2, {2, 1031}}}, CLASSES(2, 1031)},
     .p = {COSFACE},
     .reduction = 1031,
     .condition = 64,
     .build = build},
    {.name = "many classes, several packs a thread",
     .in = {{{2, {2, 8200}}}, CLASSES(2, 8200)},
     .p = {COSFACE},
     .reduction = 8200,
     .condition = 64,
     .build = build,
     .is_not_differentiable = true},
    {.name = "many samples",
     .in = {{{2, {260, 3}}}, CLASSES(260, 3)},
     .p = {COSFACE},
     .reduction = 3,
     .condition = 64,
     .build = build},
    {.name = "arcface's gradient",
     .in = {{{2, {5, 13}}}, CLASSES(5, 13), {{0}}, DY},
     .p = {ARCFACE},
     .reduction = 13,
     .condition = 64,
     .build = build_gradient,
     .is_not_differentiable = true},
    {.name = "combined's exact gradient up to the clamp",
     .in = {{{2, {5, 13}}}, CLASSES(5, 13), {{0}}, DY},
     .p = {COMBINED},
     .reduction = 13,
     .condition = 64,
     .build = build_gradient,
     .is_not_differentiable = true},
    {.name = "adaface's gradient",
     .in = {{{2, {6, 16}}}, CLASSES(6, 16), MARGINS(6), DY},
     .p = {ADAFACE},
     .reduction = 16,
     .condition = 64,
     .build = build_gradient,
     .is_not_differentiable = true},
};
IDI_SUITE(margin_loss, cases);

/* --- published logits ------------------------------------------------------------------------ */

/* One sample of two classes, of which the other's cosine is 1: the loss is so large that the own
 * class's logit can be read off it. */
typedef struct sample_run {
    double logit; /* of the own class */
    double slope; /* of the loss by the own class's cosine */
} sample_run;

static sample_run run_sample(double cosine, const double *margins, const idi_margin_loss_attr *attr)
{
    const double cosines[2] = {cosine, 1.0};
    const int32_t class = 0;
    const double dy = 1.0;
    double loss;
    double gradient[2];
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *s;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value in[4] = {
        idi_graph_input(graph, "cosines", IDI_REAL, idi_shape2(1, 2), IDI_RATE_IMAGE),
        idi_graph_input(graph, "classes", IDI_I32, idi_shape1(1), IDI_RATE_IMAGE),
        idi_graph_input(graph, "margins", IDI_REAL, idi_shape2(1, 2), IDI_RATE_IMAGE),
        idi_graph_input(graph, "dy", IDI_REAL, idi_shape1(1), IDI_RATE_IMAGE)};
    const idi_value y = idi_margin_loss(graph, in[0], in[1], margins ? in[2] : IDI_NONE, attr);
    idi_value dcosines;
    cr_assert_eq(idi_backward(graph, y, in[3], in, 1, &dcosines), IDI_OK);
    idi_graph_mark_output(graph, y);
    idi_graph_mark_output(graph, dcosines);
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &s), IDI_OK);
    cr_assert_eq(idi_graph_session_set(s, in[0], cosines, sizeof cosines), IDI_OK);
    cr_assert_eq(idi_graph_session_set(s, in[1], &class, sizeof class), IDI_OK);
    cr_assert_eq(idi_graph_session_set(s, in[2], margins ? margins : cosines, sizeof cosines),
                 IDI_OK);
    cr_assert_eq(idi_graph_session_set(s, in[3], &dy, sizeof dy), IDI_OK);
    cr_assert_eq(idi_graph_session_run(s, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(s, y, &loss, sizeof loss), IDI_OK);
    cr_assert_eq(idi_graph_session_get(s, dcosines, gradient, sizeof gradient), IDI_OK);
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
    return (sample_run){attr->scale * (1.0 - attr->edge) - loss, gradient[0]};
}

enum { COSINES = 5 };
static const double cosines[COSINES] = {0.9, 0.5, 0.1, -0.3, -0.9};

static void check_logits(const idi_margin_loss_attr *attr, const double *margins,
                         const double want[COSINES])
{
    for (int i = 0; i < COSINES; i++) {
        const double logit = run_sample(cosines[i], margins, attr).logit;
        cr_expect_float_eq(logit, want[i], 1e-6, "cosine %g: %.9g, want %.9g", cosines[i], logit,
                           want[i]);
    }
}

Test(margin_loss, logits_are_the_published_ones)
{
    const idi_margin_loss_attr fallback = {
        .scale = 64.0, .angular = 0.5, .beyond = IDI_MARGIN_FALLBACK};
    /* m = 0.4, quality q = 0.5 and -0.5: angular -m q, additive m + m q */
    check_logits(&attrs[ARCFACE], NULL,
                 (double[]){37.174244, 1.510181, -24.912904, -46.119525, -63.923267});
    check_logits(&attrs[COSFACE], NULL, (double[]){32.0, 6.4, -19.2, -44.8, -83.2});
    check_logits(&attrs[COMBINED], NULL,
                 (double[]){33.983268, 1.391375, -25.504336, -49.184592, -76.071495});
    check_logits(&attrs[ADAFACE], (double[]){-0.2, 0.6},
                 (double[]){23.594104, 3.973502, -19.476471, -45.088097, -89.309566});
    check_logits(&attrs[ADAFACE], (double[]){0.2, 0.2},
                 (double[]){38.109566, 7.550758, -19.178677, -43.746460, -74.794104});
    /* theta + 0.5 is beyond pi for the last one alone. */
    check_logits(&fallback, NULL,
                 (double[]){37.174244, 1.510181, -24.912904, -46.119525, -72.941617});
}

Test(margin_loss, slopes_are_the_published_ones)
{
    static const double want[COSINES] = {1.867472, 1.154379, 0.925767, 0.726810, -0.112307};
    idi_margin_loss_attr attr = {.scale = 64.0, .angular = 0.5, .is_exact = true};
    for (int i = 0; i < COSINES; i++) {
        const double exact = run_sample(cosines[i], NULL, &attr).slope / -64.0;
        cr_expect_float_eq(exact, want[i], 1e-6, "cosine %g: %.9g", cosines[i], exact);
    }
    attr.is_exact = false; /* straight through */
    cr_expect_float_eq(run_sample(0.9, NULL, &attr).slope, -64.0, 1e-6);
    cr_expect_lt(run_sample(1.0, NULL, &attr).slope, -63.9); /* on the clamp, not beyond it */
    cr_expect_eq(run_sample(1.0001, NULL, &attr).slope, 0.0);
}

/* --- refusals -------------------------------------------------------------------------------- */

static void arcface(idi_graph *graph, const idi_value *in)
{
    (void)idi_margin_loss(graph, in[0], in[1], in[2], &attrs[ARCFACE]);
}

static void scale_zero(idi_graph *graph, const idi_value *in)
{
    const idi_margin_loss_attr attr = {.scale = 0.0};
    (void)idi_margin_loss(graph, in[0], in[1], in[2], &attr);
}

Test(margin_loss, refusals)
{
    static const idi_shape fits[] = {{2, {5, 7}}, IDI_I32_SHAPE(5), {0}};
    static const idi_shape rank[] = {{1, {5}}, IDI_I32_SHAPE(5), {0}};
    static const idi_shape samples[] = {{2, {5, 7}}, IDI_I32_SHAPE(4), {0}};
    static const idi_shape reals[] = {{2, {5, 7}}, {1, {5}}, {0}};
    static const idi_shape absent[] = {{2, {5, 7}}, {0}};
    static const idi_shape margins[] = {{2, {5, 7}}, IDI_I32_SHAPE(5), {2, {5, 3}}, {0}};
    idi_expect_refusal(arcface, rank, "margin_loss: cosines [5], want [N, K]");
    idi_expect_refusal(arcface, samples, "margin_loss: classes i32 [4], want i32 [5]");
    idi_expect_refusal(arcface, reals, "margin_loss: classes real [5], want i32 [5]");
    idi_expect_refusal(arcface, absent, "margin_loss: classes i32 [], want i32 [5]");
    idi_expect_refusal(arcface, margins, "margin_loss: margins [5, 3], want [5, 2]");
    idi_expect_refusal(scale_zero, fits, "margin_loss: scale is 0 and edge 0, want above 0");
}
