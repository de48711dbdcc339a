/* SPDX-License-Identifier: Apache-2.0 */
/* nets/spade.c - the generator of SPADE and SEAN. */
#include "nets/spade.h"
#include "nets/layers.h"
#include "ops/concat.h"
#include "ops/label_conv.h"
#include "ops/linear.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/spade_batch_norm.h"
#include "ops/transpose.h"
#include "ops/upsample.h"

enum { TAPS = 9, MAX_STYLED = 24 };
static const double norm_eps = 1e-5;

enum { BLOCKS = 7, HALVINGS = 5 };

/* One residual block. */
typedef struct block {
    const char *name;
    int in, out;    /* channels, in units of the configured width */
    bool is_up;     /* the map is doubled before */
    bool has_style; /* in SEAN */
} block;

static const block blocks[BLOCKS] = {
    {"head_0", 16, 16, false, true},     {"G_middle_0", 16, 16, true, true},
    {"G_middle_1", 16, 16, false, true}, {"up_0", 16, 8, true, true},
    {"up_1", 8, 4, true, true},          {"up_2", 4, 2, true, true},
    {"up_3", 2, 1, true, false},
};

/* What all layers of one network share. */
typedef struct network {
    idi_graph *graph;
    const idi_spade_config *config;
    idi_value labels;
    idi_value codes[MAX_STYLED]; /* SEAN: [N, 1, style_dim], one a class */
    idi_value noise;
    int64_t noise_used;
} network;

/* One norm: its name, what it normalises, and the function behind it. */
typedef struct norm {
    const block *b;
    char which; /* '0', '1', 's' */
    idi_act act;
} norm;

static idi_value vector(idi_graph *graph, const char *prefix, const char *member, int64_t count)
{
    return idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(count), "%s.%s", prefix,
                                 member);
}

static idi_value kernel(idi_graph *graph, const char *prefix, const char *member, int64_t out,
                        int64_t in)
{
    return idi_graph_parameter_f(graph, IDI_LAYOUT_CONV, idi_shape4(out, 3, 3, in), "%s.%s.weight",
                                 prefix, member);
}

/* The biases of the gammas' and the betas' convolution, one after the other. */
static idi_value pair_bias(idi_graph *graph, const char *prefix, const char *gamma,
                           const char *beta, int64_t channels)
{
    const idi_value pair[2] = {
        vector(graph, idi_name_join(prefix, ".%s", gamma).text, "bias", channels),
        vector(graph, idi_name_join(prefix, ".%s", beta).text, "bias", channels)};
    return idi_concat(graph, pair, 2, 0);
}

/* Gammas and betas from the labels round a pixel. Their two convolutions have one input, so they
 * are one of twice the channels; its weight is put together once a model. */
static idi_value mask_maps(const network *net, const char *prefix, const idi_shape *x)
{
    idi_graph *graph = net->graph;
    const int64_t hidden = net->config->spade_hidden;
    const int64_t channels = idi_shape_last(x);
    const idi_value h = idi_label_conv(
        graph, net->labels, kernel(graph, prefix, "mlp_shared.0", hidden, net->config->classes),
        vector(graph, idi_name_join(prefix, ".mlp_shared.0").text, "bias", hidden), x->dim[1],
        x->dim[2], IDI_ACT_RELU);
    const idi_value pair[2] = {kernel(graph, prefix, "mlp_gamma", channels, hidden),
                               kernel(graph, prefix, "mlp_beta", channels, hidden)};
    const idi_conv2d_attr attr = {.stride = 1, .pad = 1, .groups = 1, .act = IDI_ACT_NONE};
    return idi_conv2d(graph, h, idi_concat(graph, pair, 2, 0),
                      pair_bias(graph, prefix, "mlp_gamma", "mlp_beta", channels), IDI_NONE, &attr);
}

/* Every class's code through a layer of its own. -> [N, R, style_dim] */
static idi_value style_vectors(const network *net, const char *prefix)
{
    idi_value vectors[MAX_STYLED];
    const int classes = (int)net->config->classes;
    for (int r = 0; r < classes; r++)
        vectors[r] =
            idi_linear_layer(net->graph, idi_name_join(prefix, ".fc_mu%d", r).text, net->codes[r],
                             net->config->style_dim, true, IDI_NONE, IDI_ACT_RELU);
    return idi_concat(net->graph, vectors, classes, 1);
}

/* What a 3x3 convolution makes of the vectors at each tap. [N, R, D] -> [N, R, 9*channels] */
static idi_value at_taps(const network *net, const char *prefix, const char *member,
                         idi_value vectors, int64_t channels)
{
    idi_graph *graph = net->graph;
    const int64_t dim = net->config->style_dim;
    const idi_value weight = kernel(graph, prefix, member, channels, dim);
    return idi_linear(graph, vectors, idi_reshape(graph, weight, idi_shape2(channels * TAPS, dim)),
                      IDI_NONE, IDI_NONE, IDI_ACT_NONE);
}

/* Gammas and betas from the styles. The map that SEAN convolves has one vector a class, so the
 * products are made once a style for every class and tap; a pixel adds nine of them. */
static idi_value style_maps(const network *net, const char *prefix, const idi_shape *x)
{
    idi_graph *graph = net->graph;
    const int64_t channels = idi_shape_last(x);
    const idi_value vectors = style_vectors(net, prefix);
    const idi_value pair[2] = {at_taps(net, prefix, "conv_gamma", vectors, channels),
                               at_taps(net, prefix, "conv_beta", vectors, channels)};
    const idi_value table = idi_transpose(graph, idi_concat(graph, pair, 2, 2));
    return idi_label_conv(graph, net->labels, table,
                          pair_bias(graph, prefix, "conv_gamma", "conv_beta", channels), x->dim[1],
                          x->dim[2], IDI_ACT_NONE);
}

/* The next map of the noise. */
static idi_value take_noise(network *net, const idi_shape *x)
{
    const int64_t count = x->dim[1] * x->dim[2];
    const idi_value part = idi_slice(net->graph, net->noise, 1, net->noise_used, count);
    net->noise_used += count;
    return idi_reshape(net->graph, part, idi_shape3(x->dim[0], x->dim[1], x->dim[2]));
}

static idi_value normalize(network *net, const norm *layer, idi_value x)
{
    idi_graph *graph = net->graph;
    const idi_shape shape = idi_graph_shape(graph, x);
    const int64_t channels = idi_shape_last(&shape);
    const bool is_sean = net->config->style_dim > 0;
    const idi_name prefix =
        idi_name_join(layer->b->name, ".%s_%c", is_sean ? "ace" : "norm", layer->which);
    const idi_name mlp = idi_name_join(prefix.text, "%s", is_sean ? ".Spade" : "");
    const bool has_style = is_sean && layer->b->has_style;
    const bool has_noise = net->noise != IDI_NONE;
    const idi_spade_batch_norm_inputs inputs = {
        .x = x,
        .mean = vector(graph, prefix.text, "param_free_norm.running_mean", channels),
        .variance = vector(graph, prefix.text, "param_free_norm.running_var", channels),
        .maps = mask_maps(net, mlp.text, &shape),
        .style_maps = has_style ? style_maps(net, prefix.text, &shape) : IDI_NONE,
        .blend_gamma = has_style ? vector(graph, prefix.text, "blending_gamma", 1) : IDI_NONE,
        .blend_beta = has_style ? vector(graph, prefix.text, "blending_beta", 1) : IDI_NONE,
        .noise = has_noise ? take_noise(net, &shape) : IDI_NONE,
        .noise_scale = has_noise ? vector(graph, prefix.text, "noise_var", channels) : IDI_NONE};
    return idi_spade_batch_norm(graph, &inputs, norm_eps, layer->act);
}

/* A 1x1 convolution without bias of the normalised map. */
static idi_value shortcut(network *net, const block *b, idi_value x, int64_t out)
{
    const idi_shape shape = idi_graph_shape(net->graph, x);
    const norm layer = {b, 's', IDI_ACT_NONE};
    const idi_value weight =
        idi_graph_parameter_f(net->graph, IDI_LAYOUT_POINTWISE,
                              idi_shape2(out, idi_shape_last(&shape)), "%s.conv_s.weight", b->name);
    return idi_linear(net->graph, normalize(net, &layer, x), weight, IDI_NONE, IDI_NONE,
                      IDI_ACT_NONE);
}

static idi_value residual_block(network *net, const block *b, idi_value x)
{
    idi_graph *graph = net->graph;
    const int64_t out = b->out * net->config->width;
    const norm first = {b, '0', IDI_ACT_LEAKY_RELU};
    const norm second = {b, '1', IDI_ACT_LEAKY_RELU};
    const idi_conv_layer_spec conv = {
        .out = out, .kernel = 3, .stride = 1, .pad = 1, .has_bias = true};
    const idi_value skip = b->in == b->out ? x : shortcut(net, b, x, out);
    idi_value h = normalize(net, &first, x);
    h = idi_conv_layer(graph, idi_name_join(b->name, ".conv_0").text, h, &conv, IDI_NONE);
    h = normalize(net, &second, h);
    return idi_conv_layer(graph, idi_name_join(b->name, ".conv_1").text, h, &conv, skip);
}

int64_t idi_sean_noise_count(const idi_spade_config *config)
{
    int64_t side = config->size >> HALVINGS;
    int64_t count = 0;
    for (int i = 0; i < BLOCKS; i++) {
        const block *b = &blocks[i];
        if (b->is_up) side *= 2;
        count += (b->in == b->out ? 2 : 3) * side * side;
    }
    return count;
}

static idi_value first_map(const network *net)
{
    idi_graph *graph = net->graph;
    const int64_t side = net->config->size >> HALVINGS;
    const int64_t channels = blocks[0].in * net->config->width;
    const idi_value weight = idi_graph_parameter(graph, "fc.weight", IDI_LAYOUT_CONV,
                                                 idi_shape4(channels, 3, 3, net->config->classes));
    return idi_label_conv(graph, net->labels, weight, vector(graph, "fc", "bias", channels), side,
                          side, IDI_ACT_NONE);
}

idi_value idi_spade_generator(idi_graph *graph, const idi_spade_config *config, idi_value labels,
                              idi_value styles, idi_value noise)
{
    network net = {.graph = graph, .config = config, .labels = labels, .noise = noise};
    for (int r = 0; config->style_dim && r < config->classes; r++)
        net.codes[r] = idi_slice(graph, styles, 1, r, 1);
    idi_value x = first_map(&net);
    for (int i = 0; i < BLOCKS; i++) {
        if (blocks[i].is_up) x = idi_upsample(graph, x, IDI_UPSAMPLE_NEAREST);
        x = residual_block(&net, &blocks[i], x);
    }
    const idi_conv_layer_spec image = {
        .out = 3, .kernel = 3, .stride = 1, .pad = 1, .has_bias = true, .act = IDI_ACT_TANH};
    return idi_conv_layer(graph, "conv_img", idi_activation(graph, x, IDI_ACT_LEAKY_RELU), &image,
                          IDI_NONE);
}
