/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/widen.c - cases of ops/widen.h. */
#include "ops/widen.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_widen(graph, in[0]);
}

#define CASE(title, fill_, rank_, ...)                                                             \
    {                                                                                              \
        .name = title, .in = {{.shape = {rank_, {__VA_ARGS__}}, .fill = fill_}}, .build = build    \
    }

static const idi_op_case cases[] = {
    CASE("one", IDI_FILL_UNIFORM, 1, 1),          CASE("whole packs", IDI_FILL_UNIFORM, 2, 16, 128),
    CASE("tail", IDI_FILL_UNIFORM, 3, 3, 5, 167), CASE("blocks", IDI_FILL_UNIFORM, 4, 3, 7, 11, 37),
    CASE("large", IDI_FILL_LARGE, 2, 33, 65),
};
IDI_SUITE(widen, cases);

static void twice(idi_graph *graph, const idi_value *in)
{
    (void)idi_widen(graph, idi_widen(graph, in[0]));
}

Test(widen, refusals)
{
    static const idi_shape shapes[] = {{2, {3, 5}}, {0}};
    idi_expect_refusal(twice, shapes, "widen: x is wide, want real");
}
