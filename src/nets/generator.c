/* SPDX-License-Identifier: Apache-2.0 */
/* nets/generator.c - CA2-SIS's generator: the mask's code, then at each resolution a residual block
 * (where) and a transformer block that attends to the style and identity tokens (how, who). */
#include "nets/cross_block.h"
#include "nets/layers.h"
#include "ops/add.h"
#include "ops/concat.h"
#include "ops/label_conv.h"
#include "ops/mask_embed.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/spade_modulate.h"
#include "ops/upsample.h"

enum { FIRST_BLOCK = 2 }; /* the checkpoints count blocks from 2 */
static const double norm_eps = 1e-5;

/* What every residual block of one network shares. */
typedef struct network {
    idi_graph *graph;
    const idi_ca2sis_config *config;
    idi_value labels;
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

/* A diagonal product instead of an op of its own: it is small, and exact where weights are 0 and 1.
 */
static idi_value weigh_code(idi_graph *graph, const idi_ca2sis_config *config, idi_value labels,
                            idi_value weights)
{
    const idi_value code = idi_ca2sis_mask_embedder(graph, config, labels);
    const int64_t batch = idi_graph_shape(graph, labels).dim[0];
    const idi_shape flat =
        idi_shape3(batch, config->code_side * config->code_side, config->classes - 1);
    return idi_matmul(graph, idi_reshape(graph, code, flat), weights, false, false);
}

idi_value idi_ca2sis_mixed_code(idi_graph *graph, const idi_ca2sis_config *config, idi_value labels,
                                idi_value own, idi_value other_labels, idi_value other)
{
    const int64_t batch = idi_graph_shape(graph, labels).dim[0];
    const idi_value a = weigh_code(graph, config, labels, own);
    const idi_value b = weigh_code(graph, config, other_labels, other);
    return idi_reshape(
        graph, idi_add(graph, a, b),
        idi_shape4(batch, config->code_side, config->code_side, config->classes - 1));
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

/* What is made at one resolution after the other, and what is wished for of the plain form. */
typedef struct stack {
    const network *net;
    idi_form form;
    idi_value code, tokens;
    unsigned wishes;
    idi_cross_watch *watches; /* [blocks] */
} stack;

static idi_value cross_block(const stack *s, int index, idi_value x)
{
    idi_graph *graph = s->net->graph;
    const idi_ca2sis_config *config = s->net->config;
    const idi_name prefix = idi_name_join("cross", "%d", index + FIRST_BLOCK);
    const idi_cross_block block = {prefix.text, config->blocks[index], config->norm_groups};
    if (s->form == IDI_FORM_FOLDED) return idi_cross_block_folded(graph, &block, x, s->tokens);
    if (!s->wishes) return idi_cross_block_plain(graph, &block, x, s->tokens);
    return idi_cross_block_watched(graph, &block, x, s->tokens, s->wishes, &s->watches[index]);
}

static idi_value generate(const stack *s)
{
    idi_graph *graph = s->net->graph;
    const idi_ca2sis_config *config = s->net->config;
    idi_value x = idi_pointwise_layer(graph, "reshape_conv", s->code, config->code_channels,
                                      IDI_NONE, IDI_ACT_NONE);
    for (int i = 0; i < config->block_count; i++) {
        idi_graph_begin_segment(graph);
        x = residual_block(s->net, i, x, config->blocks[i].channels);
        idi_graph_begin_segment(graph);
        x = cross_block(s, i, x);
        idi_graph_end_segment(graph);
    }
    return idi_pointwise_layer(graph, "out_conv", x, 3, IDI_NONE,
                               config->has_tanh ? IDI_ACT_TANH : IDI_ACT_NONE);
}

idi_value idi_ca2sis_generator(idi_graph *graph, const idi_ca2sis_config *config, idi_form form,
                               idi_value labels, idi_value tokens)
{
    const idi_value code = idi_ca2sis_mask_embedder(graph, config, labels);
    return idi_ca2sis_generator_of_code(graph, config, form, labels, code, tokens);
}

idi_value idi_ca2sis_generator_of_code(idi_graph *graph, const idi_ca2sis_config *config,
                                       idi_form form, idi_value labels, idi_value code,
                                       idi_value tokens)
{
    const network net = {graph, config, labels};
    const stack s = {&net, form, code, tokens, 0, NULL};
    return generate(&s);
}

/* The plain form. */
static idi_value generate_watched(idi_graph *graph, const idi_ca2sis_config *config,
                                  idi_value labels, idi_value tokens, unsigned wishes,
                                  idi_cross_watch watches[IDI_MAX_BLOCKS])
{
    const network net = {graph, config, labels};
    const idi_value code = idi_ca2sis_mask_embedder(graph, config, labels);
    const stack s = {&net, IDI_FORM_PLAIN, code, tokens, wishes, watches};
    return generate(&s);
}

idi_value idi_ca2sis_generator_with_scores(idi_graph *graph, const idi_ca2sis_config *config,
                                           idi_value labels, idi_value tokens,
                                           idi_value scores_out[IDI_MAX_BLOCKS])
{
    idi_cross_watch watches[IDI_MAX_BLOCKS];
    const idi_value image =
        generate_watched(graph, config, labels, tokens, IDI_WATCH_SCORES, watches);
    for (int i = 0; i < config->block_count; i++)
        scores_out[i] = idi_slice(graph, watches[i].scores, 2, 0, config->classes);
    return image;
}

idi_value idi_ca2sis_generator_with_maps(idi_graph *graph, const idi_ca2sis_config *config,
                                         idi_value labels, idi_value tokens,
                                         idi_value maps_out[IDI_MAX_BLOCKS])
{
    idi_cross_watch watches[IDI_MAX_BLOCKS];
    const idi_value image =
        generate_watched(graph, config, labels, tokens, IDI_WATCH_MAPS, watches);
    for (int i = 0; i < config->block_count; i++)
        maps_out[i] = watches[i].maps;
    return image;
}
