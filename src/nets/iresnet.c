/* SPDX-License-Identifier: Apache-2.0 */
/* nets/iresnet.c - IResNet as in arcface_torch: pre-activation batch norm without an activation
 * after it, the stride on the second convolution, no activation after the addition. */
#include "nets/layers.h"
#include "nets/recogniser.h"
#include "ops/add.h"
#include "ops/reshape.h"

static idi_value conv(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                      int64_t kernel, int64_t stride)
{
    const idi_conv_layer_spec spec = {
        .out = out, .kernel = kernel, .stride = stride, .pad = kernel / 2};
    return idi_conv_layer(graph, prefix, x, &spec, IDI_NONE);
}

static idi_value block(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                       bool is_first, idi_mode mode)
{
    const int64_t stride = is_first ? 2 : 1;
    idi_value y = idi_batch_norm_layer(graph, idi_name_join(prefix, ".bn1").text, x, mode);
    y = conv(graph, idi_name_join(prefix, ".conv1").text, y, out, 3, 1);
    y = idi_batch_norm_layer(graph, idi_name_join(prefix, ".bn2").text, y, mode);
    y = idi_prelu_layer(graph, idi_name_join(prefix, ".prelu").text, y);
    y = conv(graph, idi_name_join(prefix, ".conv2").text, y, out, 3, stride);
    y = idi_batch_norm_layer(graph, idi_name_join(prefix, ".bn3").text, y, mode);
    if (is_first) { /* the shortcut reads the block's raw input */
        x = conv(graph, idi_name_join(prefix, ".downsample.0").text, x, out, 1, stride);
        x = idi_batch_norm_layer(graph, idi_name_join(prefix, ".downsample.1").text, x, mode);
    }
    return idi_add(graph, y, x);
}

idi_value idi_iresnet(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                      idi_mode mode, idi_value stages_out[IDI_RECOGNISER_STAGES])
{
    idi_value x = conv(graph, "conv1", crop, config->width, 3, 1);
    x = idi_prelu_layer(graph, "prelu", idi_batch_norm_layer(graph, "bn1", x, mode));
    for (int stage = 0; stage < IDI_RECOGNISER_STAGES; stage++) {
        for (int b = 0; b < config->blocks[stage]; b++) {
            const idi_name prefix = idi_name_join("layer", "%d.%d", stage + 1, b);
            idi_graph_begin_segment(graph);
            x = block(graph, prefix.text, x, config->width << stage, b == 0, mode);
            idi_graph_end_segment(graph);
        }
        stages_out[stage] = x;
    }
    x = idi_batch_norm_layer(graph, "bn2", x, mode);
    /* PyTorch flattens channels first; a convolution over the whole map is the same linear layer.
     */
    const idi_shape shape = idi_graph_shape(graph, x);
    const idi_conv_layer_spec fc = {.out = config->embedding_dim,
                                    .kernel = shape.dim[1],
                                    .stride = 1,
                                    .has_bias = true,
                                    .is_flattened = true};
    x = idi_conv_layer(graph, "fc", x, &fc, IDI_NONE);
    x = idi_reshape(graph, x, idi_shape2(shape.dim[0], config->embedding_dim));
    return idi_batch_norm_layer(graph, "features", x, mode);
}
