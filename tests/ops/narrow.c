/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/narrow.c - cases of ops/narrow.h. */
#include "ops/narrow.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_narrow(graph, in[0]);
}

#define CASE(title, fill_, rank_, ...)                                                             \
    {                                                                                              \
        .name = title, .in = {{.shape = {rank_, {__VA_ARGS__}}, .fill = fill_, .is_wide = true}},  \
        .build = build                                                                             \
    }

static const idi_op_case cases[] = {
    CASE("one", IDI_FILL_UNIFORM, 1, 1),          CASE("whole packs", IDI_FILL_UNIFORM, 2, 16, 128),
    CASE("tail", IDI_FILL_UNIFORM, 3, 3, 5, 167), CASE("blocks", IDI_FILL_UNIFORM, 4, 3, 7, 11, 37),
    CASE("large", IDI_FILL_LARGE, 2, 33, 65),
};
IDI_SUITE(narrow, cases);

static void of_reals(idi_graph *graph, const idi_value *in)
{
    (void)idi_narrow(graph, in[0]);
}

Test(narrow, refusals)
{
    static const idi_shape shapes[] = {{2, {3, 5}}, {0}};
    idi_expect_refusal(of_reals, shapes, "narrow: x is real, want wide");
}
