/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/moving_average.c - cases of ops/moving_average.h, and what its builder refuses. */
#include "ops/moving_average.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: the attribute's rate in thousandths */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_moving_average_attr attr = {(double)c->p[0] / 1000.0};
    return idi_moving_average(graph, in[0], in[1], in[2], &attr);
}

/* The sum may cancel the only element: it is what is left of numbers up to 1. */
#define STEP(title, shape_, rate_, thousandths)                                                    \
    {                                                                                              \
        .name = title, .in = {{shape_}, {shape_}, rate_}, .p = {thousandths}, .build = build,      \
        .condition = 4, .is_not_differentiable = true, .wants_f32 = true                           \
    }
#define SHAPE(rows, columns)                                                                       \
    {                                                                                              \
        2,                                                                                         \
        {                                                                                          \
            rows, columns                                                                          \
        }                                                                                          \
    }
#define NO_RATE                                                                                    \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define RATE                                                                                       \
    {                                                                                              \
        {1, {1}}, IDI_FILL_POSITIVE                                                                \
    }

static const idi_op_case cases[] = {
    STEP("ragged", SHAPE(3, 7), NO_RATE, 100),      STEP("whole packs", SHAPE(4, 16), NO_RATE, 1),
    STEP("rate is an input", SHAPE(5, 9), RATE, 0), STEP("nothing new", SHAPE(5, 9), NO_RATE, 0),
    STEP("all new", SHAPE(5, 9), NO_RATE, 1000),    STEP("several blocks", SHAPE(3, 2057), RATE, 0),
};
IDI_SUITE(moving_average, cases);

static void step(idi_graph *graph, const idi_value *in)
{
    const idi_moving_average_attr attr = {0.1};
    (void)idi_moving_average(graph, in[0], in[1], in[2], &attr);
}

static void step_beyond(idi_graph *graph, const idi_value *in)
{
    const idi_moving_average_attr attr = {1.5};
    (void)idi_moving_average(graph, in[0], in[1], in[2], &attr);
}

Test(moving_average, refusals)
{
    static const idi_shape fits[] = {SHAPE(3, 5), SHAPE(3, 5), {0}};
    static const idi_shape other[] = {SHAPE(3, 5), SHAPE(5, 3), {0}};
    static const idi_shape rates[] = {SHAPE(3, 5), SHAPE(3, 5), {1, {2}}, {0}};
    idi_expect_refusal(step, other, "moving_average: x [5, 3], want the average's [3, 5]");
    idi_expect_refusal(step, rates, "moving_average: rate [2], want [1]");
    idi_expect_refusal(step_beyond, fits, "moving_average: rate is 1.5, want 0 to 1");
}
