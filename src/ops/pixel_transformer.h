/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pixel_transformer.h - a transformer block of depth one without self-attention, between its
 * two 1x1 projections, as one pass over the pixels: cross-attention to a few tokens, gated
 * feed-forward layer, projection. Everything linear round the softmax and the gate has been
 * multiplied together (nets/cross_block_folded.c makes the matrices and shows that the result is
 * the same); neither the stream of D features nor the 2F numbers of the middle are ever held for
 * more than some pixels.
 *
 * pixel_transformer(...) -> y; for each pixel of sample n, in this order:
 *   v = [u, 1]                                          C + 1 numbers
 *   t = scores[n] [v/sqrt(|root_in v|^2 + eps), 1]      heads*S
 *   a = softmax of t over each head's S tokens
 *   z = [v, a]                                          K = C + 1 + heads*S
 *   [w, o] = z [model; reference[n]]                    2F and P
 *   m = w/sqrt(|root[n] z|^2 + eps) + the first 2F of bias
 *   y = residual + o + the last P of bias + weight (m[f] gelu(m[F + f]))_f
 *
 *   u         [N, H, W, C]            residual, y  [N, H, W, P]
 *   root_in   [C + 1, C + 1]          root         [N, K, K]      ops/variance_root.h
 *   scores    [N, heads*S, C + 2]
 *   model     [C + 1, 2F + P]         reference    [N, heads*S, 2F + P]
 *   bias      [2F + P]                weight       [P, F]
 * Inference only: no gradient rule. */
#ifndef IDI_OPS_PIXEL_TRANSFORMER_H
#define IDI_OPS_PIXEL_TRANSFORMER_H

#include "ops/ops.h"

typedef struct idi_pixel_transformer_attr {
    int64_t heads;
    double eps;
} idi_pixel_transformer_attr;

/* The op's inputs, in this order. */
typedef struct idi_pixel_transformer_inputs {
    idi_value u, residual, root_in, scores, root, model, reference, bias, weight;
} idi_pixel_transformer_inputs;

idi_value idi_pixel_transformer(idi_graph *graph, const idi_pixel_transformer_inputs *in,
                                const idi_pixel_transformer_attr *attr);

/* For the implementations: the sizes of a node, from its inputs' shapes. */
typedef struct idi_pixel_transformer_sizes {
    int64_t batch, pixels;   /* pixels of a sample */
    int64_t channels, out;   /* C, P */
    int64_t heads, tokens;   /* heads, S */
    int64_t hidden;          /* F */
    int64_t attended, width; /* heads*S, K */
} idi_pixel_transformer_sizes;

idi_pixel_transformer_sizes idi_pixel_transformer_sizes_of(const idi_exec *exec);

#endif
