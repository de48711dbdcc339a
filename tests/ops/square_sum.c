/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/square_sum.c - cases of ops/square_sum.h, and what its builder refuses. */
#include "ops/square_sum.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_square_sum(graph, in[0], in[1]);
}

#define BEFORE                                                                                     \
    {                                                                                              \
        {1, {1}}, IDI_FILL_POSITIVE                                                                \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CASE(title, rows, columns, fill_, before)                                                  \
    {                                                                                              \
        .name = title, .in = {{{2, {rows, columns}}, fill_}, before},                              \
        .reduction = (rows) * (columns), .build = build, .is_not_differentiable = true,            \
        .wants_f32 = true                                                                          \
    }

static const idi_op_case cases[] = {
    CASE("one", 1, 1, IDI_FILL_UNIFORM, NOTHING),
    CASE("ragged", 3, 7, IDI_FILL_UNIFORM, NOTHING),
    CASE("added", 3, 7, IDI_FILL_UNIFORM, BEFORE),
    CASE("whole packs", 4, 16, IDI_FILL_LARGE, NOTHING),
    CASE("zeros", 4, 5, IDI_FILL_ZERO, BEFORE),
    CASE("several blocks", 3, 2057, IDI_FILL_UNIFORM, BEFORE),
    CASE("blocks that walk", 1031, 530, IDI_FILL_UNIFORM, NOTHING),
};
IDI_SUITE(square_sum, cases);

static void sum(idi_graph *graph, const idi_value *in)
{
    (void)idi_square_sum(graph, in[0], in[1]);
}

Test(square_sum, refusals)
{
    static const idi_shape absent[] = {{0}};
    static const idi_shape wide[] = {{2, {3, 5}}, {1, {2}}, {0}};
    idi_expect_refusal(sum, absent, "square_sum: x is absent");
    idi_expect_refusal(sum, wide, "square_sum: sum [2], want [1]");
}
