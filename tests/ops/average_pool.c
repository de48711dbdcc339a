/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/average_pool.c - cases of ops/average_pool.h, and what its builder refuses. */
#include "ops/average_pool.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_average_pool(graph, in[0]);
}

#define CASE(title, n, h, w, channels, ...)                                                        \
    {                                                                                              \
        .name = title, .in = {{{4, {n, h, w, channels}}, __VA_ARGS__}}, .reduction = 9,            \
        .build = build                                                                             \
    }

static const idi_op_case cases[] = {
    CASE("one", 1, 1, 1, 1, IDI_FILL_UNIFORM),
    CASE("two by two", 1, 2, 2, 3, IDI_FILL_UNIFORM),
    CASE("one row", 1, 1, 5, 2, IDI_FILL_UNIFORM),
    CASE("one column", 1, 6, 1, 2, IDI_FILL_UNIFORM),
    CASE("odd sides, packs of channels", 2, 7, 9, 16, IDI_FILL_UNIFORM),
    CASE("even sides, channels one by one", 2, 8, 6, 22, IDI_FILL_UNIFORM),
    CASE("large", 1, 5, 4, 3, IDI_FILL_LARGE),
    CASE("near-constant", 1, 6, 7, 8, IDI_FILL_CONSTANT),
};
IDI_SUITE(average_pool, cases);

static void pool(idi_graph *graph, const idi_value *in)
{
    (void)idi_average_pool(graph, in[0]);
}

Test(average_pool, refusals)
{
    static const idi_shape rank[] = {{3, {5, 5, 3}}, {0}};
    idi_expect_refusal(pool, rank, "average_pool: x is [5, 5, 3], want [N, H, W, C]");
}
