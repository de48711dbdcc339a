/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/transpose.c - cases of ops/transpose.h. */
#include "ops/transpose.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_transpose(graph, in[0]);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{2, {1, 1}}}}, .build = build},
    {.name = "row", .in = {{{2, {1, 37}}}}, .build = build},
    {.name = "matrix", .in = {{{2, {33, 65}}}}, .build = build},
    {.name = "batch", .in = {{{3, {3, 17, 40}}}}, .build = build},
    {.name = "tiles", .in = {{{3, {2, 64, 96}}}}, .build = build},
};
IDI_SUITE(transpose, cases);
