/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/row_length.c - cases of ops/row_length.h, and what its builder refuses. */
#include "ops/row_length.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_row_length(graph, in[0]);
}

#define CASE(title, fill_, width, ...)                                                             \
    {                                                                                              \
        .name = title, .in = {{__VA_ARGS__, fill_}}, .reduction = width, .build = build,           \
        .is_not_differentiable = true                                                              \
    }

static const idi_op_case cases[] = {
    CASE("one number", IDI_FILL_UNIFORM, 1, {1, {1}}),
    CASE("less than a warp", IDI_FILL_UNIFORM, 13, {3, {2, 5, 13}}),
    CASE("a whole warp", IDI_FILL_UNIFORM, 32, {2, {8, 32}}),
    CASE("several blocks", IDI_FILL_UNIFORM, 67, {2, {29, 67}}),
    CASE("an embedding", IDI_FILL_POSITIVE, 512, {2, {9, 512}}),
    CASE("large", IDI_FILL_LARGE, 64, {2, {4, 64}}),
    CASE("zero", IDI_FILL_ZERO, 9, {2, {3, 9}}),
};
IDI_SUITE(row_length, cases);

static void of_nothing(idi_graph *graph, const idi_value *in)
{
    (void)in;
    (void)idi_row_length(graph, IDI_NONE);
}

Test(row_length, refusals)
{
    static const idi_shape any[] = {{1, {1}}, {0}};
    idi_expect_refusal(of_nothing, any, "row_length: x is missing");
}
