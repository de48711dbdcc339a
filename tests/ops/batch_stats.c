/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/batch_stats.c - cases of ops/batch_stats.h, and what its builder refuses. */
#include "ops/batch_stats.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: which output */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_batch_stats stats = idi_batch_stats_of(graph, in[0]);
    return c->p[0] ? stats.variance : stats.mean;
}

enum { MEAN, VARIANCE };

#define CASE(title, rows, columns, fill_, output)                                                  \
    {                                                                                              \
        .name = title, .in = {{{2, {rows, columns}}, fill_}}, .p = {output}, .reduction = rows,    \
        .build = build, .is_not_differentiable = true                                              \
    }

static const idi_op_case cases[] = {
    {.name = "image",
     .in = {{{4, {2, 3, 5, 7}}}},
     .p = {VARIANCE},
     .reduction = 30,
     .build = build,
     .is_not_differentiable = true},
    CASE("mean", 13, 33, IDI_FILL_POSITIVE, MEAN),
    CASE("two rows", 2, 9, IDI_FILL_UNIFORM, VARIANCE),
    CASE("constant", 5, 6, IDI_FILL_ZERO, VARIANCE),
    CASE("mean of a near-constant x", 67, 6, IDI_FILL_CONSTANT, MEAN),
    CASE("variance of a near-constant x", 67, 6, IDI_FILL_CONSTANT, VARIANCE),
    CASE("packs of channels", 1123, 16, IDI_FILL_UNIFORM, VARIANCE), /* several chunks of rows */
    CASE("mean of packs", 1123, 16, IDI_FILL_POSITIVE, MEAN),
    CASE("several tiles of channels", 3, 2056, IDI_FILL_UNIFORM, VARIANCE),
    CASE("chunks joined", 9000, 5, IDI_FILL_CONSTANT, VARIANCE),
};
IDI_SUITE(batch_stats, cases);

static void stats(idi_graph *graph, const idi_value *in)
{
    (void)idi_batch_stats_of(graph, in[0]);
}

Test(batch_stats, refusals)
{
    static const idi_shape one_row[] = {{4, {1, 1, 1, 7}}, {0}};
    static const idi_shape vector[] = {{1, {7}}, {0}};
    idi_expect_refusal(stats, one_row, "batch_stats: x is [1, 1, 1, 7], want two rows or more");
    idi_expect_refusal(stats, vector, "batch_stats: x is [7], want two rows or more");
}
