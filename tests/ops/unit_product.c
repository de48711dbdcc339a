/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/unit_product.c - cases of ops/unit_product.h, and what its builder refuses. */
#include "ops/unit_product.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: whether the matrix is transposed */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_unit_product(graph, in[0], in[1], c->p[0]);
}

/* Sums of numbers of one sign, or of few: each element is its own sum, without cancellation that
 * grows with its length. */
#define PLAIN(title, o, kh, kw, i, fill_, condition_)                                              \
    {                                                                                              \
        .name = title, .in = {{{4, {o, kh, kw, i}}, fill_}, {{4, {1, kh, kw, i}}, fill_}},         \
        .p = {0}, .reduction = (kh) * (kw) * (i), .condition = condition_, .build = build,         \
        .is_not_differentiable = true                                                              \
    }
#define TRANSPOSED(title, o, kh, kw, i, fill_, condition_)                                         \
    {                                                                                              \
        .name = title, .in = {{{4, {o, kh, kw, i}}, fill_}, {{1, {o}}, fill_}}, .p = {1},          \
        .reduction = o, .condition = condition_, .build = build, .is_not_differentiable = true     \
    }

static const idi_op_case cases[] = {
    PLAIN("one", 1, 1, 1, 1, IDI_FILL_POSITIVE, 1),
    TRANSPOSED("one, transposed", 1, 1, 1, 1, IDI_FILL_POSITIVE, 1),
    PLAIN("ragged", 13, 3, 3, 5, IDI_FILL_UNIFORM, 4),
    TRANSPOSED("ragged, transposed", 13, 3, 3, 5, IDI_FILL_UNIFORM, 4),
    PLAIN("packs", 24, 4, 4, 22, IDI_FILL_POSITIVE, 1),
    TRANSPOSED("packs, transposed", 24, 4, 4, 22, IDI_FILL_POSITIVE, 1),
    PLAIN("more rows than a block's threads", 1061, 1, 1, 3, IDI_FILL_POSITIVE, 1),
    TRANSPOSED("many rows, transposed", 1061, 1, 1, 3, IDI_FILL_POSITIVE, 1),
    PLAIN("a long row", 3, 4, 4, 130, IDI_FILL_POSITIVE, 1),
    TRANSPOSED("many columns, transposed", 3, 4, 4, 130, IDI_FILL_POSITIVE, 1),
    PLAIN("large", 9, 2, 2, 3, IDI_FILL_LARGE, 4),
    PLAIN("zero", 4, 2, 2, 3, IDI_FILL_ZERO, 1), /* 0, not NaN */
    TRANSPOSED("zero, transposed", 4, 2, 2, 3, IDI_FILL_ZERO, 1),
    {.name = "a matrix",
     .in = {{{2, {7, 9}}}, {{2, {1, 9}}}},
     .reduction = 9,
     .condition = 4,
     .build = build,
     .is_not_differentiable = true},
};
IDI_SUITE(unit_product, cases);

static void plain(idi_graph *graph, const idi_value *in)
{
    (void)idi_unit_product(graph, in[0], in[1], false);
}

static void transposed(idi_graph *graph, const idi_value *in)
{
    (void)idi_unit_product(graph, in[0], in[1], true);
}

Test(unit_product, refusals)
{
    static const idi_shape rank[] = {{1, {5}}, {1, {5}}, {0}};
    static const idi_shape column[] = {{2, {5, 7}}, {1, {5}}, {0}};
    static const idi_shape row[] = {{2, {5, 7}}, {2, {1, 7}}, {0}};
    idi_expect_refusal(plain, rank, "unit_product: the matrix is [5], want [O, ...]");
    idi_expect_refusal(plain, column, "unit_product: x is [5], want [1, 7] for matrix [5, 7]");
    idi_expect_refusal(transposed, row,
                       "unit_product: x is [1, 7], want [5] for matrix [5, 7], transposed");
}
