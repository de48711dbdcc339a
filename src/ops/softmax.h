/* SPDX-License-Identifier: Apache-2.0 */
/* ops/softmax.h - softmax over groups of neighbouring features: every head's weights at once.
 *
 * softmax(x) -> y: x, y [..., groups*S]; in each row, features g*S .. g*S + S - 1 become
 * exp(x - max) / sum exp(x - max). Inference only: no gradient rule (attention has its own). */
#ifndef IDI_OPS_SOFTMAX_H
#define IDI_OPS_SOFTMAX_H

#include "ops/ops.h"

typedef struct idi_softmax_attr {
    int64_t groups;
} idi_softmax_attr;

idi_value idi_softmax(idi_graph *graph, idi_value x, int64_t groups);

#endif
