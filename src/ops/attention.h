/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention.h - scaled dot-product attention with heads; self-attention and cross-attention.
 *
 * attention(q, k, v) -> y: for each sample and head (features head*d .. head*d + d - 1, d =
 * D/heads) y = softmax(q k' / sqrt(d)) v q, y  [N, T, D] k, v  [N, S, D]   S = T in self-attention,
 * a few tokens in cross-attention No mask, no bias. The score matrix is never held whole: a tile of
 * rows at a time. attention_grad(q, k, v, dy) -> dq, dk, dv; scores are recomputed. */
#ifndef IDI_OPS_ATTENTION_H
#define IDI_OPS_ATTENTION_H

#include "ops/ops.h"

typedef struct idi_attention_attr {
    int64_t heads;
} idi_attention_attr;

idi_value idi_attention(idi_graph *graph, idi_value q, idi_value k, idi_value v, int64_t heads);

#endif
