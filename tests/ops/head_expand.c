/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/head_expand.c - cases of ops/head_expand.h. */
#include "ops/head_expand.h"
#include "support/op_check.h"

/* p[0] heads */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_head_expand(graph, in[0], c->p[0]);
}

#define CASE(title, n, s, d, heads)                                                                \
    {                                                                                              \
        .name = title, .in = {{{3, {n, s, d}}}}, .p = {heads}, .build = build,                     \
        .is_not_differentiable = true                                                              \
    }

static const idi_op_case cases[] = {
    CASE("one", 1, 1, 1, 1),
    CASE("one head", 2, 3, 7, 1),
    CASE("tokens", 2, 20, 64, 8),
    CASE("odd heads", 1, 5, 21, 3),
};
IDI_SUITE(head_expand, cases);
