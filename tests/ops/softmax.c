/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/softmax.c - cases of ops/softmax.h. */
#include "ops/softmax.h"
#include "support/op_check.h"

/* p[0] groups */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_softmax(graph, in[0], c->p[0]);
}

#define CASE(title, rank_, ...)                                                                    \
    .name = title, .in = {{{rank_, {__VA_ARGS__}}}}, .build = build, .is_not_differentiable = true

static const idi_op_case cases[] = {
    {CASE("one", 2, 1, 1), .p = {1}},
    {CASE("one a group", 2, 5, 7), .p = {7}},
    {CASE("tokens", 3, 2, 37, 160), .p = {8}, .reduction = 20},
    {CASE("odd", 4, 2, 3, 5, 33), .p = {3}, .reduction = 11},
    {CASE("more than a warp", 2, 9, 210), .p = {2}, .reduction = 105},
    {CASE("long", 2, 3, 600), .p = {2}, .reduction = 300},
    /* Differences of hundreds: all weight on one. */
    {.name = "sharp",
     .in = {{{2, {13, 24}}, IDI_FILL_LARGE}},
     .p = {4},
     .reduction = 6,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
};
IDI_SUITE(softmax, cases);
