/* SPDX-License-Identifier: Apache-2.0 */
/* nets/facenet.c - FaceNet's InceptionResnetV1 in the names and widths of facenet-pytorch. Unit u
 * is half the stem's width: 16 as published. */
#include "nets/layers.h"
#include "nets/recogniser.h"
#include "ops/adaptive_pool.h"
#include "ops/batch_norm.h"
#include "ops/concat.h"
#include "ops/linear.h"
#include "ops/max_pool.h"
#include "ops/reshape.h"
#include "ops/scale.h"
#include "ops/slice.h"

static const double norm_eps = 1e-3;
static const double input_scale = 127.5 / 128.0; /* trained on (x - 127.5)/128 of bytes */

static idi_value vector(idi_graph *graph, const char *prefix, const char *member, int64_t count)
{
    return idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(count), "%s.%s", prefix,
                                 member);
}

static idi_value normalize(idi_graph *graph, const char *prefix, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    const int64_t c = idi_shape_last(&shape);
    return idi_batch_norm(graph, x, vector(graph, prefix, "weight", c),
                          vector(graph, prefix, "bias", c),
                          vector(graph, prefix, "running_mean", c),
                          vector(graph, prefix, "running_var", c), norm_eps);
}

/* A kernel, and the zeros that stand round its input. */
typedef struct window {
    int64_t height, width, stride, pad_y, pad_x;
} window;

static const window one = {1, 1, 1, 0, 0};
static const window three = {3, 3, 1, 1, 1};
static const window inner = {3, 3, 1, 0, 0};
static const window half = {3, 3, 2, 0, 0};

/* Zeros before and behind an axis: what the gradient of a slice is. */
static idi_value pad_axis(idi_graph *graph, idi_value x, int axis, int64_t pad)
{
    if (pad == 0 || idi_graph_has_failed(graph)) return x;
    idi_shape shape = idi_graph_shape(graph, x);
    const int64_t length = shape.dim[axis];
    shape.dim[axis] += 2 * pad;
    const idi_slice_attr attr = {axis, pad, length, shape.dim[axis]};
    return idi_op_build(graph, idi_op_slice_grad, &attr, sizeof attr, &x, 1, shape);
}

/* Convolution without bias, batch norm, ReLU. */
static idi_value basic(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                       const window *w)
{
    const bool is_even = w->pad_y == w->pad_x;
    const idi_conv2d_attr attr = {w->stride, is_even ? w->pad_y : 0, 1, IDI_ACT_NONE};
    if (!is_even) x = pad_axis(graph, pad_axis(graph, x, 1, w->pad_y), 2, w->pad_x);
    const idi_shape shape = idi_graph_shape(graph, x);
    const idi_value weight = idi_graph_parameter_f(
        graph, IDI_LAYOUT_CONV, idi_shape4(out, w->height, w->width, idi_shape_last(&shape)),
        "%s.conv.weight", prefix);
    x = idi_conv2d(graph, x, weight, IDI_NONE, IDI_NONE, &attr);
    x = normalize(graph, idi_name_join(prefix, ".bn").text, x);
    return idi_activation(graph, x, IDI_ACT_RELU);
}

/* One layer of a branch: <block>.<branch>, or <block>.<branch>.<index>. */
typedef struct layer {
    const char *name;
    int64_t out;
    const window *shape;
} layer;

static idi_value branch(idi_graph *graph, const char *block, idi_value x, const layer *layers,
                        int count)
{
    for (int i = 0; i < count; i++)
        x = basic(graph, idi_name_join(block, ".%s", layers[i].name).text, x, layers[i].out,
                  layers[i].shape);
    return x;
}

/* x + scale*conv(branches), ReLU unless it is the last. The scale goes into the weights. */
static idi_value join(idi_graph *graph, const char *block, idi_value x, const idi_value *branches,
                      int count, double scale, bool is_last)
{
    const idi_value h = idi_concat(graph, branches, count, 3);
    const idi_shape from = idi_graph_shape(graph, h);
    const idi_shape to = idi_graph_shape(graph, x);
    const idi_value weight = idi_graph_parameter_f(
        graph, IDI_LAYOUT_POINTWISE, idi_shape2(idi_shape_last(&to), idi_shape_last(&from)),
        "%s.conv2d.weight", block);
    const idi_value bias =
        vector(graph, idi_name_join(block, ".conv2d").text, "bias", idi_shape_last(&to));
    const idi_value y = is_last ? idi_linear(graph, h, weight, bias, x, IDI_ACT_NONE)
                                : idi_linear(graph, h, idi_scale(graph, weight, scale),
                                             idi_scale(graph, bias, scale), x, IDI_ACT_NONE);
    return is_last ? y : idi_activation(graph, y, IDI_ACT_RELU);
}

static idi_value block35(idi_graph *graph, const char *block, idi_value x, int64_t u)
{
    const layer b0[] = {{"branch0", 2 * u, &one}};
    const layer b1[] = {{"branch1.0", 2 * u, &one}, {"branch1.1", 2 * u, &three}};
    const layer b2[] = {
        {"branch2.0", 2 * u, &one}, {"branch2.1", 2 * u, &three}, {"branch2.2", 2 * u, &three}};
    const idi_value branches[] = {branch(graph, block, x, b0, 1), branch(graph, block, x, b1, 2),
                                  branch(graph, block, x, b2, 3)};
    return join(graph, block, x, branches, 3, 0.17, false);
}

/* A row of `length`, then a column. */
static idi_value crossed(idi_graph *graph, const char *block, idi_value x, int64_t out,
                         int64_t length, double scale, bool is_last)
{
    const window row = {1, length, 1, 0, length / 2};
    const window column = {length, 1, 1, length / 2, 0};
    const layer b0[] = {{"branch0", out, &one}};
    const layer b1[] = {
        {"branch1.0", out, &one}, {"branch1.1", out, &row}, {"branch1.2", out, &column}};
    const idi_value branches[] = {branch(graph, block, x, b0, 1), branch(graph, block, x, b1, 3)};
    return join(graph, block, x, branches, 2, scale, is_last);
}

static idi_value mixed_6a(idi_graph *graph, idi_value x, int64_t u)
{
    const layer b0[] = {{"branch0", 24 * u, &half}};
    const layer b1[] = {
        {"branch1.0", 12 * u, &one}, {"branch1.1", 12 * u, &three}, {"branch1.2", 16 * u, &half}};
    const idi_value branches[] = {branch(graph, "mixed_6a", x, b0, 1),
                                  branch(graph, "mixed_6a", x, b1, 3),
                                  idi_max_pool(graph, x, 3, 2)};
    return idi_concat(graph, branches, 3, 3);
}

static idi_value mixed_7a(idi_graph *graph, idi_value x, int64_t u)
{
    const layer b0[] = {{"branch0.0", 16 * u, &one}, {"branch0.1", 24 * u, &half}};
    const layer b1[] = {{"branch1.0", 16 * u, &one}, {"branch1.1", 16 * u, &half}};
    const layer b2[] = {
        {"branch2.0", 16 * u, &one}, {"branch2.1", 16 * u, &three}, {"branch2.2", 16 * u, &half}};
    const idi_value branches[] = {
        branch(graph, "mixed_7a", x, b0, 2), branch(graph, "mixed_7a", x, b1, 2),
        branch(graph, "mixed_7a", x, b2, 3), idi_max_pool(graph, x, 3, 2)};
    return idi_concat(graph, branches, 4, 3);
}

static idi_value stem(idi_graph *graph, idi_value x, int64_t u)
{
    x = basic(graph, "conv2d_1a", x, 2 * u, &half);
    x = basic(graph, "conv2d_2a", x, 2 * u, &inner);
    x = idi_max_pool(graph, basic(graph, "conv2d_2b", x, 4 * u, &three), 3, 2);
    x = basic(graph, "conv2d_3b", x, 5 * u, &one);
    x = basic(graph, "conv2d_4a", x, 12 * u, &inner);
    return basic(graph, "conv2d_4b", x, 16 * u, &half);
}

/* Mean of each map, then a linear layer and its norm. */
static idi_value head(idi_graph *graph, idi_value x, int64_t embedding_dim)
{
    const idi_shape s = idi_graph_shape(graph, x);
    const idi_adaptive_pool_attr all = {
        .height = s.dim[1], .width = s.dim[2], .out_height = 1, .out_width = 1};
    x = idi_reshape(graph, idi_adaptive_pool(graph, x, &all), idi_shape2(s.dim[0], s.dim[3]));
    x = idi_linear_layer(graph, "last_linear", x, embedding_dim, false, IDI_NONE, IDI_ACT_NONE);
    return normalize(graph, "last_bn", x);
}

idi_value idi_facenet(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                      idi_mode mode, idi_value stages_out[IDI_RECOGNISER_STAGES])
{
    const int64_t u = config->width / 2;
    if (mode == IDI_MODE_TRAINING)
        return idi_graph_fail(
            graph, idi_fail(IDI_ERR_UNSUPPORTED, "facenet: can be used, but not trained"));
    idi_value x = stem(graph, idi_scale(graph, crop, input_scale), u);
    stages_out[0] = x;
    for (int i = 0; i < config->blocks[0]; i++)
        x = block35(graph, idi_name_join("repeat_1", ".%d", i).text, x, u);
    stages_out[1] = x;
    x = mixed_6a(graph, x, u);
    for (int i = 0; i < config->blocks[1]; i++)
        x = crossed(graph, idi_name_join("repeat_2", ".%d", i).text, x, 8 * u, 7, 0.10, false);
    stages_out[2] = x;
    x = mixed_7a(graph, x, u);
    for (int i = 0; i < config->blocks[2]; i++)
        x = crossed(graph, idi_name_join("repeat_3", ".%d", i).text, x, 12 * u, 3, 0.20, false);
    x = crossed(graph, "block8", x, 12 * u, 3, 1.0, true);
    stages_out[3] = x;
    return head(graph, x, config->embedding_dim);
}
