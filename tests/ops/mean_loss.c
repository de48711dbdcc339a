/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/mean_loss.c - cases of ops/mean_loss.h, and what its builder refuses. */
#include "ops/mean_loss.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/scale.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"

#include <criterion/criterion.h>
#include <math.h>

/* The number of elements, which takes the mean's division out again: f16 holds nothing of a
 * ten-thousandth's slope. No more than f16's range holds of the loss. */
static double undo_mean(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    const int64_t count = idi_shape_count(&shape);
    return count < 15000 ? (double)count : 15000.0;
}

/* p: the loss */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value y = idi_mean_loss(graph, in[0], in[1], (idi_loss)c->p[0]);
    return idi_scale(graph, y, undo_mean(graph, in[0]));
}

static const idi_op_case cases[] = {
    {.name = "one, absolute",
     .in = {{{1, {1}}}, {{1, {1}}}},
     .p = {IDI_LOSS_ABSOLUTE},
     .build = build},
    {.name = "absolute, ragged",
     .in = {{{3, {2, 3, 7}}}, {{3, {2, 3, 7}}}},
     .p = {IDI_LOSS_ABSOLUTE},
     .build = build},
    {.name = "square, whole packs",
     .in = {{{4, {2, 3, 1, 16}}}, {{4, {2, 3, 1, 16}}}},
     .p = {IDI_LOSS_SQUARE},
     .build = build},
    {.name = "square of near-constants",
     .in = {{{2, {5, 9}}, IDI_FILL_CONSTANT}, {{2, {5, 9}}, IDI_FILL_CONSTANT}},
     .p = {IDI_LOSS_SQUARE},
     .build = build},
    {.name = "absolute of equals",
     .in = {{{2, {5, 9}}, IDI_FILL_ZERO}, {{2, {5, 9}}, IDI_FILL_ZERO}},
     .p = {IDI_LOSS_ABSOLUTE},
     .build = build},
    {.name = "target is a constant",
     .in = {{{2, {3, 11}}}, {{2, {3, 11}}, .is_constant = true}},
     .p = {IDI_LOSS_SQUARE},
     .build = build},
    {.name = "x is a constant",
     .in = {{{2, {3, 11}}, .is_constant = true}, {{2, {3, 11}}}},
     .p = {IDI_LOSS_ABSOLUTE},
     .build = build},
    {.name = "hinge real, one side",
     .in = {{{2, {3, 13}}}},
     .p = {IDI_LOSS_HINGE_REAL},
     .build = build},
    {.name = "hinge real, both sides",
     .in = {{{2, {3, 13}}, IDI_FILL_LARGE}},
     .p = {IDI_LOSS_HINGE_REAL},
     .build = build},
    {.name = "hinge fake, both sides",
     .in = {{{4, {1, 4, 5, 8}}, IDI_FILL_LARGE}},
     .p = {IDI_LOSS_HINGE_FAKE},
     .build = build},
    {.name = "negative", /* of one sign: a mean near 0 has no digits */
     .in = {{{2, {7, 5}}, IDI_FILL_POSITIVE}},
     .p = {IDI_LOSS_NEGATIVE},
     .build = build},
    {.name = "several blocks",
     .in = {{{2, {3, 1501}}}, {{2, {3, 1501}}}},
     .p = {IDI_LOSS_SQUARE},
     .build = build},
    /* More packs than the largest grid has threads. The reduction is left at 1: the mean must be as
     * good as that of one number. */
    {.name = "ten million",
     .in = {{{1, {10000003}}}},
     .p = {IDI_LOSS_HINGE_FAKE},
     .build = build,
     .is_not_differentiable = true},
};
IDI_SUITE(mean_loss, cases);

static void absolute(idi_graph *graph, const idi_value *in)
{
    (void)idi_mean_loss(graph, in[0], in[1], IDI_LOSS_ABSOLUTE);
}

static void negative(idi_graph *graph, const idi_value *in)
{
    (void)idi_mean_loss(graph, in[0], in[1], IDI_LOSS_NEGATIVE);
}

Test(mean_loss, refusals)
{
    static const idi_shape nothing[] = {{0}};
    static const idi_shape alone[] = {{2, {3, 5}}, {0}};
    static const idi_shape other[] = {{2, {3, 5}}, {2, {5, 3}}, {0}};
    static const idi_shape two[] = {{2, {3, 5}}, {2, {3, 5}}, {0}};
    idi_expect_refusal(absolute, nothing, "mean_loss: x is absent");
    idi_expect_refusal(absolute, alone, "mean_loss: t [], want x's [3, 5]");
    idi_expect_refusal(absolute, other, "mean_loss: t [5, 3], want x's [3, 5]");
    idi_expect_refusal(negative, two, "mean_loss: t [3, 5], but this loss has no target");
}

Test(mean_loss, a_hinge_of_nan_is_nan)
{
    const double x[3] = {2.0, NAN, 3.0};
    double y = 0.0;
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *s;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value in = idi_graph_input(graph, "x", IDI_REAL, idi_shape1(3), IDI_RATE_IMAGE);
    const idi_value out = idi_mean_loss(graph, in, IDI_NONE, IDI_LOSS_HINGE_REAL);
    idi_graph_mark_output(graph, out);
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &s), IDI_OK);
    cr_assert_eq(idi_graph_session_set(s, in, x, sizeof x), IDI_OK);
    cr_assert_eq(idi_graph_session_run(s, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(s, out, &y, sizeof y), IDI_OK);
    cr_expect(isnan(y), "the loss is %g", y);
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}
