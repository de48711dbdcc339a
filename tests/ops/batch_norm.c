/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/batch_norm.c - cases of ops/batch_norm.h, and what its builder refuses. */
#include "ops/batch_norm.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

/* p: 1/eps */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_batch_norm(graph, in[0], in[1], in[2], in[3], in[4], 1.0 / (double)c->p[0]);
}

/* The gradient of beta alone: the other two outputs are absent. */
static idi_value build_beta(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value y = build(graph, in, c);
    idi_value gradient = IDI_NONE;
    cr_assert_eq(idi_backward(graph, y, in[5], &in[2], 1, &gradient), IDI_OK);
    return gradient;
}

#define CONSTANT(fill_) .fill = fill_, .is_constant = true

static const idi_op_case cases[] = {
    {.name = "one", /* without beta, which could cancel the only element */
     .in = {{{2, {1, 1}}},
            {{1, {1}}},
            {{0}},
            {{1, {1}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {1}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .build = build},
    {.name = "image",
     .in = {{{4, {2, 3, 5, 7}}},
            {{1, {7}}},
            {{1, {7}}},
            {{1, {7}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {7}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 30,
     .build = build},
    {.name = "no gamma",
     .in = {{{2, {13, 33}}},
            {{0}},
            {{1, {33}}},
            {{1, {33}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {33}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 13,
     .build = build},
    {.name = "no beta",
     .in = {{{2, {13, 33}}},
            {{1, {33}}},
            {{0}},
            {{1, {33}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {33}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 13,
     .build = build},
    {.name = "neither, variance zero",
     .in = {{{3, {2, 65, 5}}},
            {{0}},
            {{0}},
            {{1, {5}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {5}}, CONSTANT(IDI_FILL_ZERO)}},
     .p = {1000},
     .build = build},
    /* x - mean is exact here; a shift folded beforehand would lose three digits. */
    {.name = "near-constant x and mean",
     .in = {{{2, {67, 6}}, IDI_FILL_CONSTANT},
            {{1, {6}}},
            {{1, {6}}},
            {{1, {6}}, CONSTANT(IDI_FILL_CONSTANT)},
            {{1, {6}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 67,
     .build = build},
    {.name = "rows enough for all partial sums",
     .in = {{{2, {773, 9}}},
            {{1, {9}}},
            {{1, {9}}},
            {{1, {9}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {9}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 773,
     .build = build},
    {.name = "gradient of beta alone",
     .in = {{{2, {131, 4}}},
            {{1, {4}}},
            {{1, {4}}},
            {{1, {4}}},
            {{1, {4}}, IDI_FILL_POSITIVE},
            {{2, {131, 4}}}},
     .p = {100000},
     .reduction = 131,
     .is_not_differentiable = true,
     .build = build_beta},
    {.name = "packs of channels", /* and several chunks of rows */
     .in = {{{2, {1123, 16}}},
            {{1, {16}}},
            {{1, {16}}},
            {{1, {16}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {16}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 1123,
     .build = build},
    {.name = "several tiles of channels",
     .in = {{{2, {3, 2056}}},
            {{1, {2056}}},
            {{1, {2056}}},
            {{1, {2056}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {2056}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .reduction = 3,
     .build = build},
    {.name = "gradient of x alone",
     .in = {{{2, {67, 8}}},
            {{1, {8}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {8}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {8}}, CONSTANT(IDI_FILL_UNIFORM)},
            {{1, {8}}, CONSTANT(IDI_FILL_POSITIVE)}},
     .p = {100000},
     .build = build},
};
IDI_SUITE(batch_norm, cases);

enum { INPUTS = 5 };

static void expect_failure(const idi_shape *shapes, double eps, const char *words)
{
    static const char *const names[INPUTS] = {"x", "gamma", "beta", "mean", "variance"};
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    idi_value in[INPUTS];
    for (int i = 0; i < INPUTS; i++)
        in[i] = shapes[i].rank
                    ? idi_graph_input(graph, names[i], IDI_REAL, shapes[i], IDI_RATE_IMAGE)
                    : IDI_NONE;
    cr_assert_eq(idi_batch_norm(graph, in[0], in[1], in[2], in[3], in[4], eps), IDI_NONE,
                 "wanted a failure with: %s", words);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(batch_norm, refuses_what_does_not_fit)
{
    static const char *const words[INPUTS] = {"x's channels", "gamma [8], want [7]",
                                              "beta [8], want [7]", "mean [8], want [7]",
                                              "variance [8], want [7]"};
    idi_shape shapes[INPUTS] = {idi_shape2(3, 7), idi_shape1(7), idi_shape1(7), idi_shape1(7),
                                idi_shape1(7)};
    for (int i = 1; i < INPUTS; i++) {
        shapes[i] = idi_shape1(8);
        expect_failure(shapes, 1e-5, words[i]);
        shapes[i] = idi_shape1(7);
    }
    expect_failure(shapes, -1.0, "eps is -1");
    shapes[0] = idi_shape2(3, 6);
    expect_failure(shapes, 1e-5, words[0]);
    shapes[0] = idi_shape2(3, 7);
    shapes[3] = (idi_shape){0};
    expect_failure(shapes, 1e-5, "mean and variance are wanted");
}
