/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/pixel_transformer.c - cases of ops/pixel_transformer.h: fewer pixels than a tile, more;
 * tails of every dimension. The roots are full below their diagonals, where nobody reads. */
#include "ops/pixel_transformer.h"
#include "support/op_check.h"

/* p[0] heads */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_pixel_transformer_attr attr = {c->p[0], 1e-5};
    const idi_pixel_transformer_inputs inputs = {.u = in[0],
                                                 .residual = in[1],
                                                 .root_in = in[2],
                                                 .scores = in[3],
                                                 .root = in[4],
                                                 .model = in[5],
                                                 .reference = in[6],
                                                 .bias = in[7],
                                                 .weight = in[8]};
    return idi_pixel_transformer(graph, &inputs, &attr);
}

/* n samples of side h x w, c channels in, p out, heads of s tokens, f hidden. */
#define CASE(title, n, h, w, c, p_, heads_, s, f)                                                  \
    {                                                                                              \
        .name = title,                                                                             \
        .in = {{{4, {n, h, w, c}}},                                                                \
               {{4, {n, h, w, p_}}},                                                               \
               {{2, {(c) + 1, (c) + 1}}, IDI_FILL_POSITIVE},                                       \
               {{3, {n, (heads_) * (s), (c) + 2}}},                                                \
               {{3, {n, (c) + 1 + (heads_) * (s), (c) + 1 + (heads_) * (s)}}, IDI_FILL_POSITIVE},  \
               {{2, {(c) + 1, 2 * (f) + (p_)}}},                                                   \
               {{3, {n, (heads_) * (s), 2 * (f) + (p_)}}},                                         \
               {{1, {2 * (f) + (p_)}}},                                                            \
               {{2, {p_, f}}}},                                                                    \
        .p = {heads_}, .reduction = (f) + (c) + (heads_) * (s), .condition = 8, .build = build,    \
        .is_not_differentiable = true                                                              \
    }

static const idi_op_case cases[] = {
    /* A lone output could be what is left of larger numbers: among many the largest is not. */
    CASE("ones", 1, 7, 9, 1, 1, 1, 1, 1),
    CASE("one pixel", 1, 1, 1, 3, 37, 1, 2, 5),
    CASE("odd", 2, 3, 5, 7, 5, 3, 3, 11),
    CASE("block", 2, 6, 11, 32, 32, 8, 20, 96),
    CASE("narrow block", 1, 9, 15, 32, 32, 4, 20, 40),
    CASE("wide tiles", 2, 17, 17, 32, 32, 8, 20, 72),
    CASE("most tokens", 1, 3, 7, 32, 32, 8, 24, 8),
    CASE("loop of wide tiles", 5, 9, 15, 32, 32, 4, 1, 8),
    CASE("full steps", 2, 17, 16, 32, 32, 29, 6, 24),
    CASE("beyond full steps", 5, 9, 15, 32, 32, 25, 7, 104),
    CASE("loop of tiles", 5, 3, 5, 32, 32, 8, 20, 232),
    CASE("most tokens, a ring", 1, 5, 5, 32, 32, 8, 24, 136),
    CASE("wide output", 1, 4, 4, 8, 37, 2, 5, 19),
    CASE("several tiles", 2, 13, 29, 8, 8, 2, 4, 24),
    CASE("several chunks", 1, 47, 47, 4, 3, 1, 3, 2048),
};
IDI_SUITE(pixel_transformer, cases);

/* More tiles than a real device has processors, so that its blocks take several each. In the
 * emulation, whose device is small, "loop of ..." above does that. */
static const idi_op_case many_cases[] = {
    CASE("many wide tiles", 140, 9, 15, 32, 32, 4, 1, 8),
    CASE("many full steps", 140, 9, 15, 32, 32, 25, 7, 104),
    CASE("many tiles", 140, 3, 5, 32, 32, 8, 20, 232),
    CASE("many of odd sizes", 140, 3, 5, 7, 5, 3, 3, 11),
};
IDI_SUITE(pixel_transformer_many, many_cases);
