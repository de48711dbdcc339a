/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/conv2d.c - cases of ops/conv2d.h, and what its builder refuses. */
#include "ops/conv2d.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

/* p: stride, pad, groups, activation */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_conv2d_attr attr = {c->p[0], c->p[1], c->p[2], (idi_act)c->p[3]};
    return idi_conv2d(graph, in[0], in[1], in[2], in[3], &attr);
}

/* The gradient of in[p[4]] as an output, in[2] being dy: for shapes that are too large for
 * differences, whose float gradient is held against the double one alone. */
static idi_value build_gradient(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_conv2d_attr attr = {c->p[0], c->p[1], c->p[2], (idi_act)c->p[3]};
    const idi_value y = idi_conv2d(graph, in[0], in[1], IDI_NONE, IDI_NONE, &attr);
    idi_value gradient = IDI_NONE;
    cr_assert_eq(idi_backward(graph, y, in[2], &in[c->p[4]], 1, &gradient), IDI_OK);
    return gradient;
}

/* reduction: the longest of the sums for y, dx, dweight and dbias. */
static const idi_op_case cases[] = {
    {.name = "one",
     .in = {{{4, {1, 1, 1, 1}}}, {{4, {1, 1, 1, 1}}}},
     .p = {1, 0, 1},
     .build = build},
    {.name = "pointwise with residual",
     .in = {{{4, {2, 5, 7, 13}}}, {{4, {11, 1, 1, 13}}}, {{1, {11}}}, {{4, {2, 5, 7, 11}}}},
     .p = {1, 0, 1},
     .reduction = 70,
     .build = build},
    {.name = "pointwise in groups, sigmoid",
     .in = {{{4, {2, 5, 3, 12}}}, {{4, {6, 1, 1, 4}}}, {{1, {6}}}},
     .p = {1, 0, 3, IDI_ACT_SIGMOID},
     .reduction = 30,
     .condition = 2,
     .build = build},
    {.name = "pointwise with stride",
     .in = {{{4, {1, 5, 6, 7}}}, {{4, {5, 1, 1, 7}}}},
     .p = {2, 0, 1},
     .reduction = 9,
     .build = build},
    {.name = "pointwise with pad",
     .in = {{{4, {1, 3, 2, 3}}}, {{4, {2, 1, 1, 3}}}, {{1, {2}}}},
     .p = {1, 1, 1},
     .reduction = 20,
     .build = build},
    {.name = "3x3 of 3x3, tanh",
     .in = {{{4, {2, 7, 5, 3}}}, {{4, {5, 3, 3, 3}}}, {{1, {5}}}},
     .p = {1, 1, 1, IDI_ACT_TANH},
     .reduction = 70,
     .condition = 2,
     .build = build},
    {.name = "residual without bias",
     .in = {{{4, {1, 4, 5, 5}}}, {{4, {3, 3, 3, 5}}}, {{0}}, {{4, {1, 4, 5, 3}}}},
     .p = {1, 1, 1},
     .reduction = 45,
     .build = build},
    {.name = "stride 2, kernel 4, relu",
     .in = {{{4, {2, 9, 8, 4}}}, {{4, {5, 4, 4, 4}}}, {{1, {5}}}},
     .p = {2, 1, 1, IDI_ACT_RELU},
     .reduction = 80,
     .build = build},
    {.name = "a discriminator's: kernel 4, stride 2, pad 2, leaky relu",
     .in = {{{4, {2, 8, 9, 22}}}, {{4, {16, 4, 4, 22}}}, {{1, {16}}}},
     .p = {2, 2, 1, IDI_ACT_LEAKY_RELU},
     .reduction = 352,
     .build = build},
    {.name = "a discriminator's last but one: kernel 4, stride 1, pad 2",
     .in = {{{4, {1, 5, 5, 16}}}, {{4, {24, 4, 4, 16}}}},
     .p = {1, 2, 1},
     .reduction = 384,
     .build = build},
    {.name = "a discriminator's last: one channel",
     .in = {{{4, {2, 5, 4, 32}}}, {{4, {1, 4, 4, 32}}}, {{1, {1}}}},
     .p = {1, 2, 1},
     .reduction = 512,
     .build = build},
    {.name = "stride 3 leaves pixels unread",
     .in = {{{4, {1, 9, 10, 2}}}, {{4, {3, 2, 2, 2}}}, {{1, {3}}}},
     .p = {3, 0, 1},
     .reduction = 9,
     .build = build},
    {.name = "windows outside of the image",
     .in = {{{4, {1, 2, 1, 3}}}, {{4, {2, 2, 2, 3}}}, {{1, {2}}}},
     .p = {1, 3, 1},
     .reduction = 42,
     .build = build},
    {.name = "unequal kernel sides",
     .in = {{{4, {2, 5, 6, 3}}}, {{4, {4, 1, 5, 3}}}, {{1, {4}}}},
     .p = {1, 0, 1, IDI_ACT_LEAKY_RELU},
     .reduction = 20,
     .build = build},
    {.name = "large values",
     .in = {{{4, {1, 6, 6, 16}}, IDI_FILL_LARGE}, {{4, {8, 3, 3, 16}}}, {{1, {8}}}},
     .p = {1, 0, 1},
     .reduction = 144,
     .build = build},
    {.name = "groups 4 to 8",
     .in = {{{4, {2, 5, 4, 12}}}, {{4, {24, 3, 3, 4}}}, {{1, {24}}}},
     .p = {1, 1, 3, IDI_ACT_LEAKY_RELU},
     .reduction = 72,
     .build = build},
    {.name = "groups with stride and residual",
     .in = {{{4, {1, 6, 7, 10}}}, {{4, {6, 3, 3, 5}}}, {{1, {6}}}, {{4, {1, 3, 4, 6}}}},
     .p = {2, 1, 2},
     .reduction = 45,
     .build = build},
    {.name = "nineteen groups",
     .in = {{{4, {1, 4, 4, 38}}}, {{4, {57, 3, 3, 2}}}},
     .p = {1, 1, 19},
     .reduction = 27,
     .build = build},
    {.name = "one channel to three in groups",
     .in = {{{4, {2, 4, 3, 5}}}, {{4, {15, 3, 3, 1}}}, {{1, {15}}}},
     .p = {1, 1, 5},
     .reduction = 27,
     .build = build},
    {.name = "depthwise",
     .in = {{{4, {2, 5, 6, 17}}}, {{4, {17, 3, 3, 1}}}, {{1, {17}}}},
     .p = {1, 1, 17, IDI_ACT_TANH},
     .reduction = 60,
     .condition = 2,
     .build = build},
    {.name = "depthwise with stride and residual",
     .in = {{{4, {2, 7, 8, 9}}}, {{4, {9, 3, 3, 1}}}, {{0}}, {{4, {2, 4, 4, 9}}}},
     .p = {2, 1, 9},
     .reduction = 32,
     .build = build},
    {.name = "depthwise over the whole image",
     .in = {{{4, {3, 5, 5, 8}}}, {{4, {8, 5, 5, 1}}}, {{1, {8}}}},
     .p = {1, 0, 8},
     .reduction = 25,
     .build = build},
    {.name = "depthwise beyond the image",
     .in = {{{4, {1, 2, 2, 3}}}, {{4, {3, 3, 3, 1}}}},
     .p = {2, 4, 3},
     .reduction = 9,
     .build = build},
    /* A window of 9*913 floats makes tiles of at most 128 pixels: 97, 97 and 95 here, and whole
     * lines for the gradient of x. */
    {.name = "several tiles",
     .in = {{{4, {1, 17, 17, 913}}}, {{4, {3, 3, 3, 913}}}, {{1, {3}}}},
     .p = {1, 1, 1, IDI_ACT_RELU},
     .reduction = 9 * 913,
     .is_not_differentiable = true,
     .build = build},
    {.name = "several tiles, gradient of x",
     .in = {{{4, {1, 17, 17, 913}}}, {{4, {3, 3, 3, 913}}}, {{4, {1, 17, 17, 3}}}},
     .p = {1, 1, 1, IDI_ACT_NONE, 0},
     .reduction = 27,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "several tiles with stride, gradient of x",
     .in = {{{4, {1, 36, 29, 913}}}, {{4, {2, 3, 3, 913}}}, {{4, {1, 17, 14, 2}}}},
     .p = {2, 0, 1, IDI_ACT_NONE, 0},
     .reduction = 18,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "several tiles, gradient of weight",
     .in = {{{4, {1, 17, 17, 913}}}, {{4, {3, 3, 3, 913}}}, {{4, {1, 17, 17, 3}}}},
     .p = {1, 1, 1, IDI_ACT_NONE, 1},
     .reduction = 17 * 17,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "many pixels",
     .in = {{{4, {2, 53, 47, 2}}}, {{4, {3, 3, 3, 2}}}, {{1, {3}}}},
     .p = {1, 1, 1},
     .reduction = 2 * 53 * 47,
     .condition = 2,
     .build = build},
    {.name = "many pixels in groups",
     .in = {{{4, {1, 51, 47, 4}}}, {{4, {2, 3, 3, 2}}}, {{1, {2}}}},
     .p = {1, 1, 2},
     .reduction = 51 * 47,
     .condition = 2,
     .build = build},
    {.name = "groups of several tiles, slices and steps of channels",
     .in = {{{4, {1, 10, 18, 40}}}, {{4, {48, 3, 3, 20}}}, {{1, {48}}}, {{4, {1, 10, 18, 48}}}},
     .p = {1, 1, 2},
     .reduction = 9 * 24,
     .build = build},
    {.name = "groups, a kernel smaller than its stride",
     .in = {{{4, {2, 7, 35, 4}}}, {{4, {6, 2, 2, 2}}}, {{1, {6}}}},
     .p = {3, 0, 2},
     .reduction = 72,
     .build = build},
    {.name = "groups padded beyond the kernel",
     .in = {{{4, {1, 2, 17, 4}}}, {{4, {4, 3, 3, 2}}}},
     .p = {2, 4, 2},
     .reduction = 36,
     .build = build},
    {.name = "groups of long lines with stride and residual",
     .in = {{{4, {1, 9, 25, 10}}}, {{4, {6, 3, 3, 5}}}, {{1, {6}}}, {{4, {1, 5, 13, 6}}}},
     .p = {2, 1, 2},
     .reduction = 65,
     .build = build},
    {.name = "nineteen groups of long lines",
     .in = {{{4, {1, 3, 13, 38}}}, {{4, {57, 3, 3, 2}}}, {{1, {57}}}},
     .p = {1, 1, 19, IDI_ACT_LEAKY_RELU},
     .reduction = 39,
     .build = build},
    /* Of 18 channels a group 31 lines of 55 pixels are a task, with stride 2 13 lines. */
    {.name = "groups in several tasks of lines",
     .in = {{{4, {2, 70, 53, 36}}}, {{4, {36, 3, 3, 18}}}, {{1, {36}}}, {{4, {2, 70, 53, 36}}}},
     .p = {1, 1, 2},
     .reduction = 162,
     .is_not_differentiable = true,
     .build = build},
    {.name = "groups in several tasks of lines, gradient of x",
     .in = {{{4, {2, 70, 53, 36}}}, {{4, {36, 3, 3, 18}}}, {{4, {2, 70, 53, 36}}}},
     .p = {1, 1, 2, IDI_ACT_NONE, 0},
     .reduction = 162,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "groups in several tasks of lines, gradient of weight",
     .in = {{{4, {2, 70, 53, 36}}}, {{4, {36, 3, 3, 18}}}, {{4, {2, 70, 53, 36}}}},
     .p = {1, 1, 2, IDI_ACT_NONE, 1},
     .reduction = 2 * 70 * 53,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "groups with stride in several tasks of lines, gradient of x",
     .in = {{{4, {1, 142, 107, 36}}}, {{4, {36, 3, 3, 18}}}, {{4, {1, 71, 54, 36}}}},
     .p = {2, 1, 2, IDI_ACT_NONE, 0},
     .reduction = 162,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "groups with stride in several tasks of lines, gradient of weight",
     .in = {{{4, {1, 142, 107, 36}}}, {{4, {36, 3, 3, 18}}}, {{4, {1, 71, 54, 36}}}},
     .p = {2, 1, 2, IDI_ACT_NONE, 1},
     .reduction = 71 * 54,
     .is_not_differentiable = true,
     .build = build_gradient},
    {.name = "depthwise in packs and slices",
     .in = {{{4, {1, 5, 6, 72}}}, {{4, {72, 3, 3, 1}}}, {{1, {72}}}, {{4, {1, 5, 6, 72}}}},
     .p = {1, 1, 72},
     .reduction = 30,
     .build = build},
    {.name = "depthwise of many pixels",
     .in = {{{4, {2, 20, 17, 3}}}, {{4, {3, 3, 3, 1}}}},
     .p = {1, 1, 3},
     .reduction = 2 * 20 * 17,
     .build = build},
    {.name = "wide and padded beyond the kernel",
     .in = {{{4, {1, 3, 2, 70}}}, {{4, {66, 1, 1, 70}}}, {{1, {66}}}, {{4, {1, 5, 4, 66}}}},
     .p = {1, 1, 1},
     .reduction = 70,
     .build = build},
};
IDI_SUITE(conv2d, cases);

enum { SHAPES = 4 };

/* Builds on inputs of these shapes (rank 0: absent) and wants a failure whose sentence holds
 * `words`; words NULL: wants success. */
static void expect(const idi_shape *shapes, const idi_conv2d_attr *attr, const char *words)
{
    static const char *const names[SHAPES] = {"x", "weight", "bias", "residual"};
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    idi_value in[SHAPES];
    for (int i = 0; i < SHAPES; i++)
        in[i] = shapes[i].rank
                    ? idi_graph_input(graph, names[i], IDI_REAL, shapes[i], IDI_RATE_IMAGE)
                    : IDI_NONE;
    const idi_value y = idi_conv2d(graph, in[0], in[1], in[2], in[3], attr);
    if (!words) {
        cr_assert_neq(y, IDI_NONE, "%s", idi_last_error());
    } else {
        cr_assert_eq(y, IDI_NONE, "wanted a failure with: %s", words);
        cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
        cr_assert(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    }
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(conv2d, refuses_what_does_not_fit)
{
    const idi_conv2d_attr good = {1, 1, 2, IDI_ACT_NONE};
    const idi_shape fit[SHAPES] = {idi_shape4(1, 5, 6, 4), idi_shape4(6, 3, 3, 2), idi_shape1(6),
                                   idi_shape4(1, 5, 6, 6)};
    expect(fit, &good, NULL);
    const struct {
        int at; /* the shape that is replaced */
        idi_shape shape;
        const char *words;
    } wrong[] = {
        {0, idi_shape3(5, 6, 4), "conv2d: x is [5, 6, 4]"},
        {0, idi_shape4(1, 5, 6, 5), "[1, 5, 6, 5] does not fit weight [6, 3, 3, 2] in 2 groups"},
        {1, idi_shape4(6, 9, 3, 2), "smaller than the kernel 9x3"},
        {1, idi_shape2(6, 18), "conv2d: weight is [6, 18]"},
        {1, idi_shape4(5, 3, 3, 2), "does not fit weight [5, 3, 3, 2]"},
        {1, idi_shape4(6, 3, 9, 2), "smaller than the kernel 3x9"},
        {2, idi_shape1(5), "conv2d: bias [5], want [6]"},
        {2, idi_shape2(1, 6), "conv2d: bias [1, 6], want [6]"},
        {3, idi_shape4(1, 5, 5, 6), "residual [1, 5, 5, 6], want [1, 5, 6, 6]"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        idi_shape shapes[SHAPES];
        memcpy(shapes, fit, sizeof shapes);
        shapes[wrong[i].at] = wrong[i].shape;
        expect(shapes, &good, wrong[i].words);
    }
}

Test(conv2d, refuses_wrong_attributes)
{
    const idi_shape fit[SHAPES] = {
        idi_shape4(1, 5, 6, 4), idi_shape4(6, 3, 3, 2), {0}, idi_shape4(1, 5, 6, 6)};
    expect(fit, &(idi_conv2d_attr){0, 1, 2, IDI_ACT_NONE}, "stride 0");
    expect(fit, &(idi_conv2d_attr){1, -1, 2, IDI_ACT_NONE}, "pad -1");
    expect(fit, &(idi_conv2d_attr){1, 1, 0, IDI_ACT_NONE}, "groups 0");
    expect(fit, &(idi_conv2d_attr){1, 1, 1, IDI_ACT_NONE}, "in 1 groups");
    expect(fit, &(idi_conv2d_attr){1, 1, 2, IDI_ACT_TANH}, "with a residual");
    expect(fit, &(idi_conv2d_attr){1, 1, 2, IDI_ACT_GELU}, "cannot be fused");
}
