/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/root_norm.c - cases of ops/root_norm.h. The root is full of numbers below its diagonal:
 * nobody reads them. */
#include "ops/root_norm.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_root_norm(graph, in[0], in[1], 1e-5);
}

#define CASE(title, c, ...)                                                                        \
    .name = title, .in = {{{__VA_ARGS__}}, {{2, {(c) + 1, (c) + 1}}, IDI_FILL_POSITIVE}},          \
    .reduction = (c) + 1, .condition = 2, .build = build, .is_not_differentiable = true

static const idi_op_case cases[] = {
    {CASE("one", 1, 2, {1, 1})},
    {CASE("odd", 13, 3, {2, 7, 13})},
    {CASE("channels", 64, 3, {1, 37, 64})},
    {CASE("map", 32, 4, {2, 5, 3, 32})},
    {CASE("many channels", 256, 2, {19, 256})},
};
IDI_SUITE(root_norm, cases);
