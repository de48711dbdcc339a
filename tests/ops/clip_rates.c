/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/clip_rates.c - cases of ops/clip_rates.h, and what its builder refuses. */
#include "ops/clip_rates.h"
#include "cpu/backend.h"
#include "ops/adam.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"

#include <criterion/criterion.h>
#include <math.h>

/* p: the limit in thousandths */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_clip_rates_attr attr = {(double)c->p[0] / 1000.0};
    return idi_clip_rates(graph, in[0], in[1], &attr);
}

/* Scale and squares lie within 0.5..1.5, and so the norm within 0.3..1.9. */
#define CASE(title, rates_fill, squares_fill, thousandths)                                         \
    {                                                                                              \
        .name = title, .in = {{{1, {4}}, rates_fill}, {{1, {1}}, squares_fill}},                   \
        .p = {thousandths}, .build = build, .is_not_differentiable = true, .wants_f32 = true       \
    }

static const idi_op_case cases[] = {
    CASE("short enough", IDI_FILL_POSITIVE, IDI_FILL_POSITIVE, 2000),
    CASE("too long", IDI_FILL_POSITIVE, IDI_FILL_POSITIVE, 100),
    CASE("around the limit", IDI_FILL_POSITIVE, IDI_FILL_POSITIVE, 1000),
    CASE("any sign of the scale", IDI_FILL_UNIFORM, IDI_FILL_POSITIVE, 200),
    CASE("no gradient at all", IDI_FILL_POSITIVE, IDI_FILL_ZERO, 100),
};
IDI_SUITE(clip_rates, cases);

/* The scale that the oracle gives for a scale of 2 and a limit of 3. */
static double clipped(idi_backend *backend, double squares)
{
    const idi_clip_rates_attr attr = {3.0};
    double rates[IDI_ADAM_RATES] = {0.1, 0.2, 0.3, 2.0};
    double out[IDI_ADAM_RATES] = {0};
    const idi_shape four = idi_shape1(IDI_ADAM_RATES);
    const idi_exec exec = {.attr = &attr,
                           .in = {{rates, IDI_REAL, four}, {&squares, IDI_REAL, idi_shape1(1)}},
                           .out = {{out, IDI_REAL, four}},
                           .input_count = 2,
                           .output_count = 1};
    cr_assert_eq(backend->run(backend, &idi_ops[idi_op_clip_rates], &exec), IDI_OK);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(out[i], rates[i]);
    return out[3];
}

Test(clip_rates, what_is_not_finite_is_not_clipped)
{
    idi_memory *memory = idi_test_memory();
    idi_backend *backend;
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    cr_expect_float_eq(clipped(backend, 25.0), 0.6, 1e-15); /* a norm of 10 becomes one of 3 */
    cr_expect_eq(clipped(backend, 2.25), 2.0);              /* a norm of 3 stays */
    cr_expect_eq(clipped(backend, (double)NAN), 2.0);
    cr_expect_eq(clipped(backend, (double)INFINITY), 2.0);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

static void clip(idi_graph *graph, const idi_value *in)
{
    const idi_clip_rates_attr attr = {1.0};
    (void)idi_clip_rates(graph, in[0], in[1], &attr);
}

static void clip_to_nothing(idi_graph *graph, const idi_value *in)
{
    const idi_clip_rates_attr attr = {0.0};
    (void)idi_clip_rates(graph, in[0], in[1], &attr);
}

Test(clip_rates, refusals)
{
    static const idi_shape fits[] = {{1, {4}}, {1, {1}}, {0}};
    static const idi_shape rates[] = {{1, {3}}, {1, {1}}, {0}};
    static const idi_shape squares[] = {{1, {4}}, {2, {1, 1}}, {0}};
    idi_expect_refusal(clip, rates, "clip_rates: rates [3], want [4]");
    idi_expect_refusal(clip, squares, "clip_rates: squares [1, 1], want [1]");
    idi_expect_refusal(clip_to_nothing, fits, "clip_rates: limit is 0, want above 0");
}
