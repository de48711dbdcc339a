/* SPDX-License-Identifier: Apache-2.0 */
/* nets/cross_block_folded.c - the transformer block with its linear parts multiplied together.
 *
 * Write u for a pixel's normalised input, v = [u, 1], P = [W_in'; b_in'] (C + 1 rows of D), so that
 * the stream enters as v P. A layer norm followed by a weight W is (x W_f')/sigma(x) + W beta, W_f
 * = fold_norm(W, gamma), and sigma(v P) is the length of root(P) v (ops/variance_root.h).
 *
 * Without self-attention:
 *   scores     of head h and token s: k_hs . q_h = v/sigma . (P W_f' k_hs) + beta . (W' k_hs), so a
 *              row of C + 2 numbers for each (h, s), and q is never formed
 *   attention  adds a R, with a the weights of all heads and R's row (h, s) = W_o's part of head h
 *              times v_hs; a head's weights sum to one, so the bias goes into R, a share a head
 *   feed-forward: the stream is z B, z = [v, a], B = [P; R]; its layer norm is the length of
 *              root(B) z, and W1 meets B once a person: [P W1_f'; R W1_f']
 *   projection: W_out (y + W2 m) = z (B W_out') + (W_out W2) m
 * and one op runs all of it for a tile of pixels (ops/pixel_transformer.h).
 *
 * With self-attention the stream behind it is a true D-vector. There q, k and v come from v/sigma
 * by C + 1 numbers instead of D, the cross-attention keeps its two products of (heads*tokens) x D
 * in place of two of D x D, and W_out W2 stays.
 *
 * All of this is made in wide numbers, from the weights as the file has them: a chain of products
 * would round at each step in storage of 16 bits. What the pixels meet is rounded once, at the end
 * (ops/narrow.h). */
#include "nets/cross_block.h"
#include "ops/add.h"
#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/feed_forward.h"
#include "ops/fold_norm.h"
#include "ops/head_expand.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/narrow.h"
#include "ops/pixel_transformer.h"
#include "ops/reshape.h"
#include "ops/root_norm.h"
#include "ops/scale.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/variance_root.h"

#include <math.h>

static const double norm_eps = 1e-5;

/* x w', without more. */
static idi_value product(idi_graph *graph, idi_value x, idi_value w)
{
    return idi_linear(graph, x, w, IDI_NONE, IDI_NONE, IDI_ACT_NONE);
}

/* The same, as the pixels' ops read it. */
static idi_value narrow_product(idi_graph *graph, idi_value x, idi_value w)
{
    return idi_narrow(graph, product(graph, x, w));
}

static idi_value as_row(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    return idi_reshape(graph, x, idi_shape2(1, idi_shape_count(&shape)));
}

static idi_value as_vector(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    return idi_reshape(graph, x, idi_shape1(idi_shape_count(&shape)));
}

static idi_value stack(idi_graph *graph, idi_value above, idi_value below)
{
    const idi_value pair[2] = {above, below};
    return idi_concat(graph, pair, 2, 0);
}

/* P [C + 1, D]: the stream's entry. */
static idi_value entry(idi_graph *graph, const idi_cross_block_parameters *p)
{
    return stack(graph, idi_transpose(graph, p->proj_in), as_row(graph, p->proj_in_bias));
}

/* A row for each head and token: the keys, or R of the values. [N, heads*S, D] */
static idi_value expanded_keys(idi_graph *graph, const idi_attention_parameters *p, int64_t heads,
                               idi_value tokens)
{
    return idi_head_expand(graph, product(graph, tokens, p->to_k), heads);
}

static idi_value attended_values(idi_graph *graph, const idi_attention_parameters *p, int64_t heads,
                                 idi_value tokens)
{
    const idi_value rows = idi_head_expand(graph, product(graph, tokens, p->to_v), heads);
    const idi_value share = idi_scale(graph, p->to_out_bias, 1.0 / (double)heads);
    return idi_linear(graph, rows, p->to_out, share, IDI_NONE, IDI_ACT_NONE);
}

/* What leaves the block behind the gate: W_out W2 and W_out b2 + b_out. */
static idi_value gated_weight(idi_graph *graph, const idi_cross_block_parameters *p)
{
    return idi_matmul(graph, p->proj_out, p->ff2, false, false);
}

static idi_value gated_bias(idi_graph *graph, const idi_cross_block_parameters *p)
{
    return idi_linear(graph, as_row(graph, p->ff2_bias), p->proj_out, p->proj_out_bias, IDI_NONE,
                      IDI_ACT_NONE);
}

/* [N, heads*S, C + 2]: what meets v/sigma, and a constant. */
static idi_value score_rows(idi_graph *graph, const idi_cross_block *block,
                            const idi_attention_parameters *p, idi_value entry_rows,
                            idi_value tokens)
{
    const idi_value folded = idi_fold_norm(graph, p->to_q, p->norm_weight);
    const idi_value constant = product(graph, as_row(graph, p->norm_bias), p->to_q);
    const idi_value queries = stack(graph, product(graph, entry_rows, folded), constant);
    const idi_value scaled = idi_scale(graph, queries, 1.0 / sqrt((double)block->sizes.head_dim));
    return product(graph, expanded_keys(graph, p, block->sizes.heads, tokens), scaled);
}

static idi_value pixel_block(idi_graph *graph, const idi_cross_block *block,
                             const idi_cross_block_parameters *p, idi_value x, idi_value u,
                             idi_value tokens)
{
    const idi_value rows = entry(graph, p);
    const idi_value values = attended_values(graph, &p->cross, block->sizes.heads, tokens);
    const idi_value columns =
        stack(graph, idi_fold_norm(graph, p->ff1, p->ff_norm_weight), p->proj_out);
    const idi_value biases[2] = {
        idi_linear(graph, as_row(graph, p->ff_norm_bias), p->ff1, p->ff1_bias, IDI_NONE,
                   IDI_ACT_NONE),
        gated_bias(graph, p),
    };
    const idi_pixel_transformer_attr attr = {block->sizes.heads, norm_eps};
    const idi_pixel_transformer_inputs in = {
        .u = u,
        .residual = x,
        .root_in = idi_narrow(graph, idi_variance_root(graph, rows, IDI_NONE)),
        .scores = idi_narrow(graph, score_rows(graph, block, &p->cross, rows, tokens)),
        .root = idi_narrow(graph, idi_variance_root(graph, rows, values)),
        .model = narrow_product(graph, rows, columns),
        .reference = narrow_product(graph, values, columns),
        .bias = as_vector(graph, idi_narrow(graph, idi_concat(graph, biases, 2, 1))),
        .weight = idi_narrow(graph, gated_weight(graph, p)),
    };
    return idi_pixel_transformer(graph, &in, &attr);
}

/* One of q, k, v from v/sigma: W_f P' [D, C + 1] and W beta. */
static idi_value entry_projection(idi_graph *graph, const idi_attention_parameters *p,
                                  idi_value weight, idi_value rows, idi_value normed)
{
    const idi_value folded =
        narrow_product(graph, idi_fold_norm(graph, weight, p->norm_weight), rows);
    const idi_value bias = narrow_product(graph, as_row(graph, p->norm_bias), weight);
    return idi_linear(graph, normed, folded, as_vector(graph, bias), IDI_NONE, IDI_ACT_NONE);
}

/* v P + self-attention: [N, T, D]. `p` has the parameters that are folded, `real` those that the
 * stream meets as they are. */
static idi_value self_attended(idi_graph *graph, const idi_cross_block *block,
                               const idi_cross_block_parameters *p,
                               const idi_cross_block_parameters *real, idi_value u)
{
    const idi_shape in = idi_graph_shape(graph, u);
    const idi_value flat =
        idi_reshape(graph, u, idi_shape3(in.dim[0], in.dim[1] * in.dim[2], in.dim[3]));
    const idi_value rows = entry(graph, p);
    const idi_value root = idi_narrow(graph, idi_variance_root(graph, rows, IDI_NONE));
    const idi_value normed = idi_root_norm(graph, flat, root, norm_eps);
    const idi_value stream =
        idi_linear(graph, flat, real->proj_in, real->proj_in_bias, IDI_NONE, IDI_ACT_NONE);
    const idi_value mixed = idi_attention(
        graph, entry_projection(graph, &p->self, p->self.to_q, rows, normed),
        entry_projection(graph, &p->self, p->self.to_k, rows, normed),
        entry_projection(graph, &p->self, p->self.to_v, rows, normed), block->sizes.heads);
    return idi_linear(graph, mixed, real->self.to_out, real->self.to_out_bias, stream,
                      IDI_ACT_NONE);
}

/* y + cross-attention, q and the output projection folded into keys and values. */
static idi_value cross_attended(idi_graph *graph, const idi_cross_block *block,
                                const idi_attention_parameters *p,
                                const idi_attention_parameters *real, idi_value y, idi_value tokens)
{
    const int64_t heads = block->sizes.heads;
    const idi_value n = idi_layer_norm(graph, y, real->norm_weight, real->norm_bias, norm_eps);
    const idi_value turned =
        idi_transpose(graph, idi_scale(graph, p->to_q, 1.0 / sqrt((double)block->sizes.head_dim)));
    const idi_value keys = narrow_product(graph, expanded_keys(graph, p, heads, tokens), turned);
    const idi_value weights = idi_softmax(graph, idi_matmul(graph, n, keys, false, true), heads);
    const idi_value values = idi_narrow(graph, attended_values(graph, p, heads, tokens));
    return idi_add(graph, idi_matmul(graph, weights, values, false, false), y);
}

static idi_value stream_block(idi_graph *graph, const idi_cross_block *block,
                              const idi_cross_block_parameters *p,
                              const idi_cross_block_parameters *real, idi_value x, idi_value u,
                              idi_value tokens)
{
    idi_value y = self_attended(graph, block, p, real, u);
    y = cross_attended(graph, block, &p->cross, &real->cross, y, tokens);
    const idi_shape in = idi_graph_shape(graph, x);
    const int64_t width = block->sizes.heads * block->sizes.head_dim;
    y = idi_reshape(graph, y, idi_shape4(in.dim[0], in.dim[1], in.dim[2], width));
    const idi_value n =
        idi_layer_norm(graph, y, real->ff_norm_weight, real->ff_norm_bias, norm_eps);
    const idi_value out = idi_linear(graph, y, real->proj_out, IDI_NONE, x, IDI_ACT_NONE);
    return idi_feed_forward(graph, n, real->ff1, real->ff1_bias,
                            idi_narrow(graph, gated_weight(graph, p)),
                            as_vector(graph, idi_narrow(graph, gated_bias(graph, p))), out);
}

idi_value idi_cross_block_folded(idi_graph *graph, const idi_cross_block *block, idi_value x,
                                 idi_value tokens)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape token = idi_graph_shape(graph, tokens);
    const int64_t width = idi_shape_last(&token);
    const idi_cross_block_parameters p =
        idi_cross_block_parameters_of(graph, block, width, IDI_WIDE);
    const idi_value u = idi_cross_block_enter(graph, block, x);
    if (!block->sizes.has_self_attention) return pixel_block(graph, block, &p, x, u, tokens);
    const idi_cross_block_parameters real =
        idi_cross_block_parameters_of(graph, block, width, IDI_REAL);
    return stream_block(graph, block, &p, &real, x, u, tokens);
}
