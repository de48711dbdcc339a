/* SPDX-License-Identifier: Apache-2.0 */
/* nets/style_encoder.c - CA2-SIS's multi-resolution grouped style encoder: a U of grouped
 * convolutions whose decoder is pooled over each class at every scale; and the noise encoder. */
#include "nets/ca2sis.h"
#include "nets/layers.h"
#include "ops/concat.h"
#include "ops/grouped_linear.h"
#include "ops/region_gate.h"
#include "ops/region_pool.h"
#include "ops/reshape.h"
#include "ops/upsample.h"

enum { NOISE_LAYERS = 4, MAX_DEPTH = 12 };
static const double norm_eps = 1e-5;

/* Conv 3x3, group norm with one group a class, ReLU; `at` is the convolution's index in PyTorch's
 * sequence, the norm's is the next. */
static idi_value block(idi_graph *graph, const idi_ca2sis_config *config, const char *prefix,
                       int at, idi_value x, const idi_conv_layer_spec *spec)
{
    const idi_value y =
        idi_conv_layer(graph, idi_name_join(prefix, ".%d", at).text, x, spec, IDI_NONE);
    return idi_group_norm_layer(graph, idi_name_join(prefix, ".%d", at + 1).text, y,
                                config->classes, norm_eps, IDI_ACT_RELU);
}

/* levels[i]: output of enc_layer_i, i = 0 .. style_downs - 1; each halves the side and doubles the
 * channels of a class. */
static void encode(idi_graph *graph, const idi_ca2sis_config *config, idi_value image,
                   idi_value *levels)
{
    int64_t out = config->classes * config->style_width;
    const idi_conv_layer_spec first = {
        .out = out, .kernel = 3, .stride = 1, .pad = 1, .has_bias = true};
    idi_value x = block(graph, config, "style_encoder.Encoder.first_layer", 0, image, &first);
    for (int i = 0; i < config->style_downs; i++) {
        out *= 2;
        const idi_conv_layer_spec spec = {.out = out,
                                          .kernel = 3,
                                          .stride = 2,
                                          .pad = 1,
                                          .groups = config->classes,
                                          .has_bias = true};
        const idi_name prefix = idi_name_join("style_encoder.Encoder.enc_layer_", "%d", i);
        x = levels[i] = block(graph, config, prefix.text, 0, x, &spec);
    }
}

/* The codes of one scale: a mean over each class, then a linear layer of its own. */
static idi_value head(idi_graph *graph, const idi_ca2sis_config *config, int scale, idi_value x,
                      idi_value labels)
{
    const int64_t rows = config->classes * config->style_dim;
    const idi_value pooled = idi_region_pool(graph, x, labels, config->classes);
    const idi_shape shape = idi_graph_shape(graph, pooled);
    const idi_value weight = idi_graph_parameter_f(graph, IDI_LAYOUT_POINTWISE_1D,
                                                   idi_shape2(rows, idi_shape_last(&shape)),
                                                   "style_encoder.out.out_%d.0.weight", scale);
    const idi_value bias = idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(rows),
                                                 "style_encoder.out.out_%d.0.bias", scale);
    return idi_grouped_linear(graph, pooled, weight, bias, IDI_ACT_TANH);
}

idi_value idi_ca2sis_style_encoder(idi_graph *graph, const idi_ca2sis_config *config,
                                   idi_value image, idi_value labels)
{
    idi_value levels[MAX_DEPTH];
    idi_value codes[MAX_DEPTH];
    const int scales = (int)config->style_downs - 1;
    idi_graph_begin_segment(graph); /* one: what its layers hand on is as large as what they make */
    encode(graph, config, image, levels);
    idi_value x = levels[scales];
    int64_t channels = config->style_width << config->style_downs; /* of a class */
    for (int i = 0; i < scales; i++) {
        channels /= 2;
        if (i > 0) {
            /* Decoder channels first. The groups of the convolution then cut across the classes:
             * so it was trained, so it stays. */
            const idi_value pair[2] = {x, levels[scales - i]};
            x = idi_concat(graph, pair, 2, 3);
        }
        const idi_conv_layer_spec spec = {.out = config->classes * channels,
                                          .kernel = 3,
                                          .stride = 1,
                                          .pad = 1,
                                          .groups = config->classes,
                                          .has_bias = true};
        const idi_name prefix = idi_name_join("style_encoder.Decoder.dec_layer_", "%d", i);
        x = idi_upsample(graph, x, IDI_UPSAMPLE_BILINEAR);
        x = block(graph, config, prefix.text, 1, x, &spec);
        codes[i] = head(graph, config, i, x, labels);
    }
    idi_graph_end_segment(graph);
    return idi_concat(graph, codes, scales, 2);
}

/* Layers 0, 2, 4, 6 of PyTorch's sequence, each with ReLU; the last without if is_open. */
static idi_value perceptron(idi_graph *graph, const char *prefix, idi_value x, int64_t hidden,
                            int64_t out, bool is_open)
{
    for (int i = 0; i < NOISE_LAYERS; i++) {
        const bool is_last = i == NOISE_LAYERS - 1;
        x = idi_linear_layer(graph, idi_name_join(prefix, ".%d", 2 * i).text, x,
                             is_last ? out : hidden, true, IDI_NONE,
                             is_last && is_open ? IDI_ACT_NONE : IDI_ACT_RELU);
    }
    return x;
}

idi_value idi_ca2sis_noise_encoder(idi_graph *graph, const idi_ca2sis_config *config,
                                   idi_value noise, idi_value labels)
{
    const int64_t width = idi_ca2sis_token_width(config);
    const int64_t hidden = config->noise_hidden;
    const idi_value shared =
        perceptron(graph, "noise_encoder.shared", noise, hidden, hidden, false);
    const int64_t batch = idi_graph_shape(graph, noise).dim[0];
    idi_value tokens = IDI_NONE;
    for (int c = 0; c < config->classes; c++) {
        const idi_name prefix = idi_name_join("noise_encoder.unshared", ".%d", c);
        const idi_value code = perceptron(graph, prefix.text, shared, hidden, width, true);
        const idi_value token = idi_reshape(graph, code, idi_shape3(batch, 1, width));
        const idi_value pair[2] = {tokens, token};
        tokens = c == 0 ? token : idi_concat(graph, pair, 2, 1);
    }
    return idi_region_gate(graph, tokens, labels);
}
