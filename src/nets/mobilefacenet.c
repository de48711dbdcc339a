/* SPDX-License-Identifier: Apache-2.0 */
/* nets/mobilefacenet.c - the classic MobileFaceNet: depthwise units with linear bottlenecks and a
 * global depthwise convolution at the end. */
#include "nets/layers.h"
#include "nets/recogniser.h"
#include "ops/add.h"
#include "ops/reshape.h"

/* Conv, batch norm and, unless is_linear, PReLU. */
static idi_value conv_block(idi_graph *graph, const char *prefix, idi_value x,
                            const idi_conv_layer_spec *spec, bool is_linear, idi_mode mode)
{
    x = idi_conv_layer(graph, idi_name_join(prefix, ".conv").text, x, spec, IDI_NONE);
    x = idi_batch_norm_layer(graph, idi_name_join(prefix, ".bn").text, x, mode);
    return is_linear ? x : idi_prelu_layer(graph, idi_name_join(prefix, ".prelu").text, x);
}

/* Expand to `inner` channels, depthwise 3x3, project to `out`. */
static idi_value depthwise_unit(idi_graph *graph, const char *prefix, idi_value x, int64_t inner,
                                int64_t out, int64_t stride, idi_mode mode)
{
    const idi_conv_layer_spec expand = {.out = inner, .kernel = 1, .stride = 1};
    const idi_conv_layer_spec depthwise = {
        .out = inner, .kernel = 3, .stride = stride, .pad = 1, .groups = inner};
    const idi_conv_layer_spec project = {.out = out, .kernel = 1, .stride = 1};
    idi_graph_begin_segment(graph);
    x = conv_block(graph, idi_name_join(prefix, ".conv").text, x, &expand, false, mode);
    x = conv_block(graph, idi_name_join(prefix, ".conv_dw").text, x, &depthwise, false, mode);
    x = conv_block(graph, idi_name_join(prefix, ".project").text, x, &project, true, mode);
    idi_graph_end_segment(graph);
    return x;
}

static idi_value residual_units(idi_graph *graph, const char *prefix, idi_value x, int64_t count,
                                int64_t inner, int64_t out, idi_mode mode)
{
    for (int i = 0; i < count; i++)
        x = idi_add(graph, x,
                    depthwise_unit(graph, idi_name_join(prefix, ".model.%d", i).text, x, inner, out,
                                   1, mode));
    return x;
}

idi_value idi_mobilefacenet(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                            idi_mode mode, idi_value stages_out[IDI_RECOGNISER_STAGES])
{
    const int64_t w = config->width;
    const idi_conv_layer_spec stem = {.out = w, .kernel = 3, .stride = 2, .pad = 1};
    const idi_conv_layer_spec stem_dw = {.out = w, .kernel = 3, .stride = 1, .pad = 1, .groups = w};
    idi_value x = conv_block(graph, "conv1", crop, &stem, false, mode);
    x = conv_block(graph, "conv2_dw", x, &stem_dw, false, mode);
    stages_out[0] = x;
    x = depthwise_unit(graph, "conv_23", x, 2 * w, w, 2, mode);
    x = residual_units(graph, "conv_3", x, config->blocks[0], 2 * w, w, mode);
    stages_out[1] = x;
    x = depthwise_unit(graph, "conv_34", x, 4 * w, 2 * w, 2, mode);
    x = residual_units(graph, "conv_4", x, config->blocks[1], 4 * w, 2 * w, mode);
    stages_out[2] = x;
    x = depthwise_unit(graph, "conv_45", x, 8 * w, 2 * w, 2, mode);
    x = residual_units(graph, "conv_5", x, config->blocks[2], 4 * w, 2 * w, mode);
    stages_out[3] = x;
    const idi_conv_layer_spec separate = {.out = 8 * w, .kernel = 1, .stride = 1};
    x = conv_block(graph, "conv_6_sep", x, &separate, false, mode);
    const idi_shape shape = idi_graph_shape(graph, x);
    const idi_conv_layer_spec global = {
        .out = 8 * w, .kernel = shape.dim[1], .stride = 1, .groups = 8 * w};
    x = conv_block(graph, "conv_6_dw", x, &global, true, mode);
    x = idi_reshape(graph, x, idi_shape2(shape.dim[0], 8 * w));
    x = idi_linear_layer(graph, "linear", x, config->embedding_dim, false, IDI_NONE, IDI_ACT_NONE);
    return idi_batch_norm_layer(graph, "bn", x, mode);
}
