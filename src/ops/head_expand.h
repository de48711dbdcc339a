/* SPDX-License-Identifier: Apache-2.0 */
/* ops/head_expand.h - a row for each head and token, so that products with per-head matrices are
 * plain matrix products.
 *
 * head_expand(x) -> y: x [N, S, D], y [N, heads*S, D]; row h*S + s holds x[s]'s features of head h
 * (h*D/heads .. (h + 1)*D/heads - 1) and zero elsewhere. Inference only: no gradient rule. */
#ifndef IDI_OPS_HEAD_EXPAND_H
#define IDI_OPS_HEAD_EXPAND_H

#include "ops/ops.h"

typedef struct idi_head_expand_attr {
    int64_t heads;
} idi_head_expand_attr;

idi_value idi_head_expand(idi_graph *graph, idi_value x, int64_t heads);

#endif
