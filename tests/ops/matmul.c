/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/matmul.c - cases of ops/matmul.h: every transposition, with and without a batch, and
 * sums that are long enough for cores to share them. */
#include "ops/matmul.h"
#include "support/op_check.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_matmul(graph, in[0], in[1], c->p[0] != 0, c->p[1] != 0);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{2, {1, 1}}}, {{2, {1, 1}}}}, .build = build},
    {.name = "nn", .in = {{{2, {5, 13}}}, {{2, {13, 7}}}}, .reduction = 13, .build = build},
    {.name = "tn",
     .in = {{{2, {13, 5}}}, {{2, {13, 7}}}},
     .p = {1, 0},
     .reduction = 13,
     .build = build},
    {.name = "nt",
     .in = {{{2, {5, 13}}}, {{2, {7, 13}}}},
     .p = {0, 1},
     .reduction = 13,
     .build = build},
    {.name = "tt",
     .in = {{{2, {13, 5}}}, {{2, {7, 13}}}},
     .p = {1, 1},
     .reduction = 13,
     .build = build},
    {.name = "batch nt",
     .in = {{{3, {3, 17, 64}}}, {{3, {3, 20, 64}}}},
     .p = {0, 1},
     .reduction = 64,
     .build = build},
    {.name = "batch tn",
     .in = {{{3, {2, 31, 6}}}, {{3, {2, 31, 9}}}},
     .p = {1, 0},
     .reduction = 31,
     .build = build},
    {.name = "long nn",
     .in = {{{2, {3, 2049}}}, {{2, {2049, 7}}}},
     .reduction = 2049,
     .build = build},
    {.name = "long tn",
     .in = {{{2, {4099, 6}}}, {{2, {4099, 9}}}},
     .p = {1, 0},
     .reduction = 4099,
     .build = build},
    {.name = "long nt",
     .in = {{{2, {6, 2500}}}, {{2, {5, 2500}}}},
     .p = {0, 1},
     .reduction = 2500,
     .build = build},
    {.name = "long batch tt",
     .in = {{{3, {2, 3001, 4}}}, {{3, {2, 5, 3001}}}},
     .p = {1, 1},
     .reduction = 3001,
     .build = build},
};
IDI_SUITE(matmul, cases);
