/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention.h - scaled dot-product attention with heads; self-attention and cross-attention.
 *
 * attention(q, k, v) -> y, maps: for each sample and head (features head*d .. head*d + d - 1, with
 * d = D/heads)   y = weights v,   weights = softmax(q k' / sqrt(d)).
 *
 *   q, y  [N, T, D]
 *   k, v  [N, S, D]            S = T in self-attention, a few tokens in cross-attention
 *   maps  [N, heads, T, S]     the weights, where they are asked for: what each query draws from
 *                              each token; the S of a query sum to 1
 *
 * No mask, no bias. The score matrix is never held whole: a tile of rows at a time. That is why
 * maps are there for few tokens only.
 *
 * attention_grad(q, k, v, dy) -> dq, dk, dv; scores are recomputed. No gradient flows through maps:
 * asking for one is a failure. */
#ifndef IDI_OPS_ATTENTION_H
#define IDI_OPS_ATTENTION_H

#include "ops/ops.h"

/* The largest S and d that have maps: what one pass over keys in fast memory holds. */
enum { IDI_ATTENTION_MAP_KEYS = 64, IDI_ATTENTION_MAP_FEATURES = 64 };

typedef struct idi_attention_attr {
    int64_t heads;
} idi_attention_attr;

idi_value idi_attention(idi_graph *graph, idi_value q, idi_value k, idi_value v, int64_t heads);
/* The same with the maps. */
idi_value idi_attention_with_maps(idi_graph *graph, idi_value q, idi_value k, idi_value v,
                                  int64_t heads, idi_value *maps_out);

#endif
