/* SPDX-License-Identifier: Apache-2.0 */
/* nets/sean_encoder.c - SEAN's style encoder: convolutions down to a quarter of the side and up to
 * a half, and each class's mean of what they find. */
#include "nets/layers.h"
#include "nets/spade.h"
#include "ops/concat.h"
#include "ops/group_norm.h"
#include "ops/region_mean.h"
#include "ops/slice.h"

enum { STEM = 32 };
static const double norm_eps = 1e-5;

/* The second and the last but one line of an axis, once more at its ends. */
static idi_value reflect_axis(idi_graph *graph, idi_value x, int axis)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_value parts[3] = {idi_slice(graph, x, axis, 1, 1), x,
                                idi_slice(graph, x, axis, shape.dim[axis] - 2, 1)};
    return idi_concat(graph, parts, 3, axis);
}

static idi_value reflect(idi_graph *graph, idi_value x)
{
    return reflect_axis(graph, reflect_axis(graph, x, 1), 2);
}

static idi_value instance_norm(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    return idi_group_norm(graph, x, IDI_NONE, IDI_NONE, idi_shape_last(&shape), norm_eps,
                          IDI_ACT_LEAKY_RELU);
}

static idi_value conv(idi_graph *graph, int index, idi_value x, const idi_conv_layer_spec *spec)
{
    return idi_conv_layer(graph, idi_name_join("Zencoder.model", ".%d", index).text, x, spec,
                          IDI_NONE);
}

/* Twice the side and the channels: a strided convolution's way back. Its bias is left out, which
 * the instance norm behind takes off. */
static idi_value transposed_conv(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape s = idi_graph_shape(graph, x);
    const idi_conv2d_attr attr = {.stride = 2, .pad = 1, .groups = 1, .act = IDI_ACT_NONE};
    const idi_value in[2] = {x,
                             idi_graph_parameter(graph, "Zencoder.model.10.weight", IDI_LAYOUT_CONV,
                                                 idi_shape4(s.dim[3], 3, 3, 2 * s.dim[3]))};
    return idi_op_build(graph, idi_op_conv2d_grad_input, &attr, sizeof attr, in, 2,
                        idi_shape4(s.dim[0], 2 * s.dim[1], 2 * s.dim[2], 2 * s.dim[3]));
}

idi_value idi_sean_style_encoder(idi_graph *graph, const idi_spade_config *config, idi_value image,
                                 idi_value labels)
{
    const idi_conv_layer_spec stem = {.out = STEM, .kernel = 3, .stride = 1, .has_bias = true};
    const idi_conv_layer_spec half = {
        .out = 2 * STEM, .kernel = 3, .stride = 2, .pad = 1, .has_bias = true};
    const idi_conv_layer_spec quarter = {
        .out = 4 * STEM, .kernel = 3, .stride = 2, .pad = 1, .has_bias = true};
    const idi_conv_layer_spec codes = {
        .out = config->style_dim, .kernel = 3, .stride = 1, .has_bias = true, .act = IDI_ACT_TANH};
    idi_value x = instance_norm(graph, conv(graph, 1, reflect(graph, image), &stem));
    x = instance_norm(graph, conv(graph, 4, x, &half));
    x = instance_norm(graph, conv(graph, 7, x, &quarter));
    x = instance_norm(graph, transposed_conv(graph, x));
    x = conv(graph, 14, reflect(graph, x), &codes);
    return idi_region_mean(graph, x, labels, config->classes);
}
