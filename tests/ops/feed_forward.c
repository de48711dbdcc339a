/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/feed_forward.c - cases of ops/feed_forward.h: fewer rows than a tile, a tile, more. */
#include "ops/feed_forward.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_feed_forward(graph, in[0], in[1], in[2], in[3], in[4], in[5]);
}

#define CASE_STORED(title, rows_, width_, hidden_, out_, forward_only, stored)                     \
    {                                                                                              \
        .name = title, .in = {{{2, {rows_, width_}}}, {{2, {2 * (hidden_), width_}}},              \
                              {{1, {2 * (hidden_)}}}, {{2, {out_, hidden_}}},                      \
                              {{1, {out_}}},          {{2, {rows_, out_}}}},                       \
        .build = build, .reduction = (hidden_)*2, .condition = 4, .stored_condition = stored,      \
        .is_not_differentiable = forward_only                                                      \
    }
#define CASE(title, rows_, width_, hidden_, out_)                                                  \
    CASE_STORED(title, rows_, width_, hidden_, out_, true, 1)
/* 16 bits: a bias's gradient is a sum of few of the middle's, each rounded, which may nearly cancel
 * in all of its numbers: a seed in some dozens goes beyond four roundings of the largest. */
#define WITH_GRADIENT(title, rows_, width_, hidden_, out_)                                         \
    CASE_STORED(title, rows_, width_, hidden_, out_, false, 3)

static const idi_op_case cases[] = {
    /* Positive: a single number that cancels has no largest one beside it to be compared with. */
    {.name = "one",
     .in = {{{2, {1, 1}}, IDI_FILL_POSITIVE},
            {{2, {2, 1}}, IDI_FILL_POSITIVE},
            {{1, {2}}, IDI_FILL_POSITIVE},
            {{2, {1, 1}}, IDI_FILL_POSITIVE},
            {{1, {1}}, IDI_FILL_POSITIVE},
            {{2, {1, 1}}, IDI_FILL_POSITIVE}},
     .reduction = 2,
     .condition = 4,
     .build = build},
    WITH_GRADIENT("ragged", 7, 13, 17, 5),
    WITH_GRADIENT("two parts", 3, 2, 5, 65),
    CASE("tile - 1", 511, 8, 32, 8),
    CASE("tile", 512, 8, 32, 3),
    CASE("tile + 1", 513, 8, 32, 8),
    CASE("several tiles", 1100, 8, 4, 9),
    /* CUDA: the middle takes 65 MiB in float, 32.5 MiB in 16 bits; a chunk 32 MiB. A sum of so many
     * terms of either sign is as long as a random walk of them, and so is the sum of the three
     * roundings of each (value, gate, their product): of a thousand outputs the worst lies four
     * deviations off. */
    CASE_STORED("several chunks", 520, 1, 16384, 2, true, 2),
};
IDI_SUITE(feed_forward, cases);
