/* SPDX-License-Identifier: Apache-2.0 */
/* nets/generator.c - CA2-SIS's generator: the mask's code, then at each resolution a residual block
 * (where) and a transformer block that attends to the style and identity tokens (how, who). */
#include "nets/ca2sis.h"
#include "nets/layers.h"
#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/feed_forward.h"
#include "ops/label_conv.h"
#include "ops/linear.h"
#include "ops/mask_embed.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/spade_modulate.h"
#include "ops/upsample.h"

enum { FIRST_BLOCK = 2, FF_FACTOR = 4 }; /* the checkpoints count blocks from 2 */
static const double norm_eps = 1e-5;
static const double entry_norm_eps = 1e-6; /* of a transformer block; the one exception */

/* What every block of one network shares. */
typedef struct network {
    idi_graph *graph;
    const idi_ca2sis_config *config;
    idi_form form;
    idi_value labels;
    idi_value tokens;
} network;

idi_value idi_ca2sis_mask_embedder(idi_graph *graph, const idi_ca2sis_config *config,
                                   idi_value labels)
{
    const int64_t side = config->size / 2;
    const int64_t code = config->code_side * config->code_side;
    const int64_t batch = idi_graph_shape(graph, labels).dim[0];
    const idi_value weight = idi_graph_parameter(graph, "encs.encs.0.weight", IDI_LAYOUT_TRANSPOSED,
                                                 idi_shape2(side * side, code));
    const idi_value bias =
        idi_graph_parameter(graph, "encs.encs.0.bias", IDI_LAYOUT_PLAIN, idi_shape1(code));
    const idi_value z = idi_mask_embed(graph, labels, weight, bias, 1, config->classes - 1);
    return idi_reshape(
        graph, z, idi_shape4(batch, config->code_side, config->code_side, config->classes - 1));
}

idi_value idi_ca2sis_tokens(idi_graph *graph, const idi_ca2sis_config *config, idi_value styles,
                            idi_value identity)
{
    if (config->identity_dim == 0) return styles;
    const int64_t width = idi_ca2sis_token_width(config);
    const int64_t batch = idi_graph_shape(graph, styles).dim[0];
    const idi_value code =
        idi_linear_layer(graph, "id_proj", identity, width, true, IDI_NONE, IDI_ACT_NONE);
    const idi_value pair[2] = {styles, idi_reshape(graph, code, idi_shape3(batch, 1, width))};
    return idi_concat(graph, pair, 2, 1);
}

/* SPADE: gamma and beta maps from the labels around each pixel. */
static idi_value spade(const network *net, const char *prefix, idi_value x)
{
    idi_graph *graph = net->graph;
    const idi_ca2sis_config *config = net->config;
    const idi_shape shape = idi_graph_shape(graph, x);
    const idi_value weight = idi_graph_parameter_f(
        graph, IDI_LAYOUT_CONV, idi_shape4(config->spade_hidden, 3, 3, config->classes),
        "%s.mlp_shared.0.weight", prefix);
    const idi_value bias = idi_graph_parameter_f(
        graph, IDI_LAYOUT_PLAIN, idi_shape1(config->spade_hidden), "%s.mlp_shared.0.bias", prefix);
    const idi_value hidden =
        idi_label_conv(graph, net->labels, weight, bias, shape.dim[1], shape.dim[2], IDI_ACT_RELU);
    const idi_conv_layer_spec spec = {
        .out = shape.dim[3], .kernel = 3, .stride = 1, .pad = 1, .has_bias = true};
    const idi_value gamma =
        idi_conv_layer(graph, idi_name_join(prefix, ".mlp_gamma").text, hidden, &spec, IDI_NONE);
    const idi_value beta =
        idi_conv_layer(graph, idi_name_join(prefix, ".mlp_beta").text, hidden, &spec, IDI_NONE);
    return idi_spade_modulate(graph, x, gamma, beta, config->norm_groups, norm_eps, IDI_ACT_SILU);
}

static idi_value modulated_norm(const network *net, const char *prefix, idi_value x)
{
    if (net->config->modulation == IDI_MODULATION_SPADE) return spade(net, prefix, x);
    return idi_group_norm_layer(net->graph, prefix, x, net->config->norm_groups, norm_eps,
                                IDI_ACT_SILU);
}

/* Norm, SiLU, (twice the side,) conv, norm, SiLU, conv, plus the skip. */
static idi_value residual_block(const network *net, int index, idi_value x, int64_t out)
{
    idi_graph *graph = net->graph;
    const bool is_up = index > 0;
    const idi_name prefix = idi_name_join("res", "%d", index + FIRST_BLOCK);
    const idi_shape in = idi_graph_shape(graph, x);
    const idi_conv_layer_spec conv = {
        .out = out, .kernel = 3, .stride = 1, .pad = 1, .has_bias = true};
    idi_value h = modulated_norm(net, idi_name_join(prefix.text, ".in_layers.0").text, x);
    if (is_up) h = idi_upsample(graph, h, IDI_UPSAMPLE_NEAREST);
    h = idi_conv_layer(graph, idi_name_join(prefix.text, ".in_layers.2").text, h, &conv, IDI_NONE);
    h = modulated_norm(net, idi_name_join(prefix.text, ".out_layers.0").text, h);
    /* A 1x1 convolution and the doubling commute: the smaller map goes through the product. */
    idi_value skip = x;
    if (idi_shape_last(&in) != out)
        skip = idi_pointwise_layer(graph, idi_name_join(prefix.text, ".skip_connection").text, x,
                                   out, IDI_NONE, IDI_ACT_NONE);
    if (is_up) skip = idi_upsample(graph, skip, IDI_UPSAMPLE_NEAREST);
    return idi_conv_layer(graph, idi_name_join(prefix.text, ".out_layers.3").text, h, &conv, skip);
}

/* y + attention(x, context), all projections without bias but the last. */
static idi_value attend(const network *net, const char *prefix, const idi_ca2sis_block *block,
                        idi_value x, idi_value context, idi_value y)
{
    idi_graph *graph = net->graph;
    const int64_t width = block->heads * block->head_dim;
    const idi_value q = idi_linear_layer(graph, idi_name_join(prefix, ".to_q").text, x, width,
                                         false, IDI_NONE, IDI_ACT_NONE);
    const idi_value k = idi_linear_layer(graph, idi_name_join(prefix, ".to_k").text, context, width,
                                         false, IDI_NONE, IDI_ACT_NONE);
    const idi_value v = idi_linear_layer(graph, idi_name_join(prefix, ".to_v").text, context, width,
                                         false, IDI_NONE, IDI_ACT_NONE);
    const idi_value mixed = idi_attention(graph, q, k, v, block->heads);
    return idi_linear_layer(graph, idi_name_join(prefix, ".to_out.0").text, mixed, width, true, y,
                            IDI_ACT_NONE);
}

/* The parameters of a feed-forward layer and of the projection behind it. */
typedef struct tail {
    idi_value w1, b1, w2, b2; /* [2H, D], [2H], [D, H], [D] */
    idi_value w_out, b_out;   /* [C, D], [C] */
} tail;

static idi_value parameter(idi_graph *graph, idi_layout layout, idi_shape shape, const char *prefix,
                           const char *name)
{
    return idi_graph_parameter_f(graph, layout, shape, "%s.%s", prefix, name);
}

static tail tail_parameters(idi_graph *graph, const char *prefix, int64_t width, int64_t channels)
{
    const idi_name ff = idi_name_join(prefix, ".transformer_blocks.0.ff");
    const int64_t hidden = FF_FACTOR * width;
    return (tail){
        .w1 = parameter(graph, IDI_LAYOUT_PLAIN, idi_shape2(2 * hidden, width), ff.text,
                        "net.0.proj.weight"),
        .b1 =
            parameter(graph, IDI_LAYOUT_PLAIN, idi_shape1(2 * hidden), ff.text, "net.0.proj.bias"),
        .w2 =
            parameter(graph, IDI_LAYOUT_PLAIN, idi_shape2(width, hidden), ff.text, "net.2.weight"),
        .b2 = parameter(graph, IDI_LAYOUT_PLAIN, idi_shape1(width), ff.text, "net.2.bias"),
        .w_out = parameter(graph, IDI_LAYOUT_POINTWISE, idi_shape2(channels, width), prefix,
                           "proj_out.weight"),
        .b_out = parameter(graph, IDI_LAYOUT_PLAIN, idi_shape1(channels), prefix, "proj_out.bias"),
    };
}

/* x + b_out + W_out (y + b2 + W2 geglu(W1 n + b1)). Only the projection of the stream leaves the
 * block, so W_out W2 can take the place of W2: C rows instead of D. The product is made of weights
 * alone, so it runs once for a model. */
static idi_value feed_forward_and_project(const network *net, const tail *t, idi_value n,
                                          idi_value y, idi_value x)
{
    idi_graph *graph = net->graph;
    if (net->form == IDI_FORM_PLAIN)
        return idi_linear(graph, idi_feed_forward(graph, n, t->w1, t->b1, t->w2, t->b2, y),
                          t->w_out, t->b_out, x, IDI_ACT_NONE);
    const idi_shape b2 = idi_graph_shape(graph, t->b2);
    const idi_value row = idi_reshape(graph, t->b2, idi_shape2(1, b2.dim[0]));
    const idi_value bias = idi_linear(graph, row, t->w_out, t->b_out, IDI_NONE, IDI_ACT_NONE);
    const idi_value weight = idi_matmul(graph, t->w_out, t->w2, false, false);
    const idi_value stream = idi_linear(graph, y, t->w_out, IDI_NONE, x, IDI_ACT_NONE);
    return idi_feed_forward(graph, n, t->w1, t->b1, weight,
                            idi_reshape(graph, bias, idi_graph_shape(graph, t->b_out)), stream);
}

/* A transformer block of depth one between two 1x1 convolutions. */
static idi_value cross_block(const network *net, int index, idi_value x,
                             const idi_ca2sis_block *block)
{
    idi_graph *graph = net->graph;
    const idi_shape in = idi_graph_shape(graph, x);
    const int64_t width = block->heads * block->head_dim;
    const idi_name prefix = idi_name_join("cross", "%d", index + FIRST_BLOCK);
    const idi_name inner = idi_name_join(prefix.text, ".transformer_blocks.0");
    idi_value y = idi_group_norm_layer(graph, idi_name_join(prefix.text, ".norm").text, x,
                                       net->config->norm_groups, entry_norm_eps, IDI_ACT_NONE);
    y = idi_pointwise_layer(graph, idi_name_join(prefix.text, ".proj_in").text, y, width, IDI_NONE,
                            IDI_ACT_NONE);
    y = idi_reshape(graph, y, idi_shape3(in.dim[0], in.dim[1] * in.dim[2], width));
    if (block->has_self_attention) {
        const idi_value n =
            idi_layer_norm_layer(graph, idi_name_join(inner.text, ".norm1").text, y);
        y = attend(net, idi_name_join(inner.text, ".attn1").text, block, n, n, y);
    }
    const idi_value n2 = idi_layer_norm_layer(graph, idi_name_join(inner.text, ".norm2").text, y);
    y = attend(net, idi_name_join(inner.text, ".attn2").text, block, n2, net->tokens, y);
    y = idi_reshape(graph, y, idi_shape4(in.dim[0], in.dim[1], in.dim[2], width));
    const idi_value n3 = idi_layer_norm_layer(graph, idi_name_join(inner.text, ".norm3").text, y);
    const tail t = tail_parameters(graph, prefix.text, width, block->channels);
    return feed_forward_and_project(net, &t, n3, y, x);
}

idi_value idi_ca2sis_generator(idi_graph *graph, const idi_ca2sis_config *config, idi_form form,
                               idi_value labels, idi_value tokens)
{
    const network net = {graph, config, form, labels, tokens};
    idi_value x = idi_ca2sis_mask_embedder(graph, config, labels);
    x = idi_pointwise_layer(graph, "reshape_conv", x, config->code_channels, IDI_NONE,
                            IDI_ACT_NONE);
    for (int i = 0; i < config->block_count; i++) {
        x = residual_block(&net, i, x, config->blocks[i].channels);
        x = cross_block(&net, i, x, &config->blocks[i]);
    }
    return idi_pointwise_layer(graph, "out_conv", x, 3, IDI_NONE,
                               config->has_tanh ? IDI_ACT_TANH : IDI_ACT_NONE);
}
