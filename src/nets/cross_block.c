/* SPDX-License-Identifier: Apache-2.0 */
/* nets/cross_block.c - the transformer block as published. */
#include "nets/cross_block.h"
#include "nets/layers.h"
#include "ops/attention.h"
#include "ops/feed_forward.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/scale.h"

#include <math.h>

enum { FF_FACTOR = 4 };
static const double norm_eps = 1e-5;
static const double entry_norm_eps = 1e-6; /* the one exception */

/* Where the parameters come from. */
typedef struct source {
    idi_graph *graph;
    idi_dtype kind;
} source;

static idi_value parameter(source from, idi_layout layout, idi_shape shape, const char *prefix,
                           const char *name)
{
    return idi_graph_parameter_of_kind(from.graph, from.kind, layout, shape, "%s.%s", prefix, name);
}

static idi_attention_parameters attention_parameters(source from, const char *norm,
                                                     const char *prefix, int64_t width,
                                                     int64_t context)
{
    const idi_shape vector = idi_shape1(width);
    const idi_shape square = idi_shape2(width, width);
    const idi_shape other = idi_shape2(width, context);
    const idi_layout plain = IDI_LAYOUT_PLAIN;
    return (idi_attention_parameters){
        .norm_weight = parameter(from, plain, vector, norm, "weight"),
        .norm_bias = parameter(from, plain, vector, norm, "bias"),
        .to_q = parameter(from, plain, square, prefix, "to_q.weight"),
        .to_k = parameter(from, plain, other, prefix, "to_k.weight"),
        .to_v = parameter(from, plain, other, prefix, "to_v.weight"),
        .to_out = parameter(from, plain, square, prefix, "to_out.0.weight"),
        .to_out_bias = parameter(from, plain, vector, prefix, "to_out.0.bias"),
    };
}

idi_cross_block_parameters idi_cross_block_parameters_of(idi_graph *graph,
                                                         const idi_cross_block *block,
                                                         int64_t token_width, idi_dtype kind)
{
    const source from = {graph, kind};
    const int64_t width = block->sizes.heads * block->sizes.head_dim;
    const int64_t hidden = FF_FACTOR * width;
    const int64_t channels = block->sizes.channels;
    const idi_name inner = idi_name_join(block->prefix, ".transformer_blocks.0");
    const idi_layout plain = IDI_LAYOUT_PLAIN;
    idi_cross_block_parameters p = {
        .proj_in = parameter(from, IDI_LAYOUT_POINTWISE, idi_shape2(width, channels), block->prefix,
                             "proj_in.weight"),
        .proj_in_bias = parameter(from, plain, idi_shape1(width), block->prefix, "proj_in.bias"),
        .cross = attention_parameters(from, idi_name_join(inner.text, ".norm2").text,
                                      idi_name_join(inner.text, ".attn2").text, width, token_width),
        .ff_norm_weight = parameter(from, plain, idi_shape1(width), inner.text, "norm3.weight"),
        .ff_norm_bias = parameter(from, plain, idi_shape1(width), inner.text, "norm3.bias"),
        .ff1 = parameter(from, plain, idi_shape2(2 * hidden, width), inner.text,
                         "ff.net.0.proj.weight"),
        .ff1_bias =
            parameter(from, plain, idi_shape1(2 * hidden), inner.text, "ff.net.0.proj.bias"),
        .ff2 = parameter(from, plain, idi_shape2(width, hidden), inner.text, "ff.net.2.weight"),
        .ff2_bias = parameter(from, plain, idi_shape1(width), inner.text, "ff.net.2.bias"),
        .proj_out = parameter(from, IDI_LAYOUT_POINTWISE, idi_shape2(channels, width),
                              block->prefix, "proj_out.weight"),
        .proj_out_bias =
            parameter(from, plain, idi_shape1(channels), block->prefix, "proj_out.bias"),
    };
    if (block->sizes.has_self_attention)
        p.self = attention_parameters(from, idi_name_join(inner.text, ".norm1").text,
                                      idi_name_join(inner.text, ".attn1").text, width, width);
    return p;
}

idi_value idi_cross_block_enter(idi_graph *graph, const idi_cross_block *block, idi_value x)
{
    return idi_group_norm_layer(graph, idi_name_join(block->prefix, ".norm").text, x,
                                block->norm_groups, entry_norm_eps, IDI_ACT_NONE);
}

/* All heads' products together are one product of whole rows. */
idi_value idi_mean_scores(idi_graph *graph, idi_value q, idi_value k, int64_t heads)
{
    const idi_shape shape = idi_graph_shape(graph, q);
    const int64_t head_dim = idi_shape_last(&shape) / heads;
    return idi_scale(graph, idi_matmul(graph, q, k, false, true),
                     1.0 / ((double)heads * sqrt((double)head_dim)));
}

/* y + attention(norm(y), context); context IDI_NONE: the normalised y itself. */
static idi_value attend(idi_graph *graph, const idi_attention_parameters *p, int64_t heads,
                        idi_value y, idi_value context, unsigned wishes, idi_cross_watch *watch)
{
    const idi_value n = idi_layer_norm(graph, y, p->norm_weight, p->norm_bias, norm_eps);
    if (context == IDI_NONE) context = n;
    const idi_value q = idi_linear(graph, n, p->to_q, IDI_NONE, IDI_NONE, IDI_ACT_NONE);
    const idi_value k = idi_linear(graph, context, p->to_k, IDI_NONE, IDI_NONE, IDI_ACT_NONE);
    const idi_value v = idi_linear(graph, context, p->to_v, IDI_NONE, IDI_NONE, IDI_ACT_NONE);
    if (wishes & IDI_WATCH_SCORES) watch->scores = idi_mean_scores(graph, q, k, heads);
    const idi_value drawn = wishes & IDI_WATCH_MAPS
                                ? idi_attention_with_maps(graph, q, k, v, heads, &watch->maps)
                                : idi_attention(graph, q, k, v, heads);
    return idi_linear(graph, drawn, p->to_out, p->to_out_bias, y, IDI_ACT_NONE);
}

idi_value idi_cross_block_watched(idi_graph *graph, const idi_cross_block *block, idi_value x,
                                  idi_value tokens, unsigned wishes, idi_cross_watch *watch_out)
{
    *watch_out = (idi_cross_watch){IDI_NONE, IDI_NONE};
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape in = idi_graph_shape(graph, x);
    const idi_shape token = idi_graph_shape(graph, tokens);
    const idi_cross_block_parameters p =
        idi_cross_block_parameters_of(graph, block, idi_shape_last(&token), IDI_REAL);
    const int64_t heads = block->sizes.heads;
    const int64_t width = heads * block->sizes.head_dim;
    idi_value y = idi_linear(graph, idi_cross_block_enter(graph, block, x), p.proj_in,
                             p.proj_in_bias, IDI_NONE, IDI_ACT_NONE);
    y = idi_reshape(graph, y, idi_shape3(in.dim[0], in.dim[1] * in.dim[2], width));
    if (block->sizes.has_self_attention) y = attend(graph, &p.self, heads, y, IDI_NONE, 0, NULL);
    y = attend(graph, &p.cross, heads, y, tokens, wishes, watch_out);
    y = idi_reshape(graph, y, idi_shape4(in.dim[0], in.dim[1], in.dim[2], width));
    const idi_value n = idi_layer_norm(graph, y, p.ff_norm_weight, p.ff_norm_bias, norm_eps);
    y = idi_feed_forward(graph, n, p.ff1, p.ff1_bias, p.ff2, p.ff2_bias, y);
    return idi_linear(graph, y, p.proj_out, p.proj_out_bias, x, IDI_ACT_NONE);
}

idi_value idi_cross_block_plain(idi_graph *graph, const idi_cross_block *block, idi_value x,
                                idi_value tokens)
{
    idi_cross_watch nothing;
    return idi_cross_block_watched(graph, block, x, tokens, 0, &nothing);
}
