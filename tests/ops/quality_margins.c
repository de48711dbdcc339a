/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/quality_margins.c - cases of ops/quality_margins.h, and what its builder refuses. */
#include "ops/quality_margins.h"
#include "cpu/backend.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"

#include <criterion/criterion.h>
#include <math.h>

/* p: the concentration in thousandths */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_quality_margins_attr attr = {(double)c->p[0] / 1000.0};
    return idi_quality_margins(graph, in[0], in[1], in[2], in[3], &attr);
}

/* Lengths, mean and margin lie within 0.5..1.5: a quality, and a margin less it, may cancel. */
#define CASE(title, count, fill_, thousandths)                                                     \
    {                                                                                              \
        .name = title,                                                                             \
        .in = {{{2, {count, 1}}, fill_},                                                           \
               {{1, {1}}, IDI_FILL_POSITIVE},                                                      \
               {{1, {1}}, IDI_FILL_POSITIVE},                                                      \
               {{1, {1}}, IDI_FILL_POSITIVE}},                                                     \
        .p = {thousandths}, .condition = 4, .build = build, .is_not_differentiable = true          \
    }

static const idi_op_case cases[] = {
    CASE("one face", 1, IDI_FILL_POSITIVE, 333),
    CASE("a batch", 67, IDI_FILL_POSITIVE, 333),
    CASE("several blocks", 515, IDI_FILL_POSITIVE, 333),
    CASE("all clamped", 64, IDI_FILL_LARGE, 1000),
    CASE("no length at all", 5, IDI_FILL_ZERO, 333),
};
IDI_SUITE(quality_margins, cases);

/* By hand: as long as the mean, two deviations longer, far shorter. */
Test(quality_margins, are_those_of_the_paper)
{
    const idi_quality_margins_attr attr = {0.25};
    double lengths[3] = {20.0, 20.0 + 2.0 * 3.001, 0.0};
    double mean = 20.0;
    double variance = 9.0;
    double margin = 0.4;
    double out[6];
    const idi_shape one = idi_shape1(1);
    const idi_exec exec = {.attr = &attr,
                           .in = {{lengths, IDI_REAL, idi_shape2(3, 1)},
                                  {&mean, IDI_REAL, one},
                                  {&variance, IDI_REAL, one},
                                  {&margin, IDI_REAL, one}},
                           .out = {{out, IDI_REAL, idi_shape2(3, 2)}},
                           .input_count = 4,
                           .output_count = 1};
    static const double want[6] = {0.0, 0.4, -0.2, 0.6, 0.4, 0.0};
    idi_memory *memory = idi_test_memory();
    idi_backend *backend;
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    cr_assert_eq(backend->run(backend, &idi_ops[idi_op_quality_margins], &exec), IDI_OK);
    for (int i = 0; i < 6; i++)
        cr_expect_float_eq(out[i], want[i], 1e-12, "%d: %g, want %g", i, out[i], want[i]);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

static void margins(idi_graph *graph, const idi_value *in)
{
    const idi_quality_margins_attr attr = {0.333};
    (void)idi_quality_margins(graph, in[0], in[1], in[2], in[3], &attr);
}

static void flat_margins(idi_graph *graph, const idi_value *in)
{
    const idi_quality_margins_attr attr = {0.0};
    (void)idi_quality_margins(graph, in[0], in[1], in[2], in[3], &attr);
}

Test(quality_margins, refusals)
{
    static const idi_shape fits[] = {{2, {3, 1}}, {1, {1}}, {1, {1}}, {1, {1}}, {0}};
    static const idi_shape lengths[] = {{1, {3}}, {1, {1}}, {1, {1}}, {1, {1}}, {0}};
    static const idi_shape means[] = {{2, {3, 1}}, {1, {2}}, {1, {1}}, {1, {1}}, {0}};
    static const idi_shape margin[] = {{2, {3, 1}}, {1, {1}}, {1, {1}}, {2, {1, 1}}, {0}};
    idi_expect_refusal(margins, lengths, "quality_margins: lengths [3], want [N, 1]");
    idi_expect_refusal(margins, means, "quality_margins: mean [2] and variance [1], want [1]");
    idi_expect_refusal(margins, margin, "quality_margins: margin [1, 1], want [1]");
    idi_expect_refusal(flat_margins, fits, "quality_margins: concentration is 0, want above 0");
}
