/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm.h - normalisation over the last dimension, affine.
 *
 * layer_norm(x, gamma, beta) -> y = gamma*(x - mean)/sqrt(var + eps) + beta
 *   x, y         [..., D]
 *   gamma, beta  [D]
 * mean and var (biased) of each row; two passes.
 * layer_norm_grad(x, gamma, dy) -> dx, dgamma, dbeta; the last two are wide in a graph that mixes
 * kinds. */
#ifndef IDI_OPS_LAYER_NORM_H
#define IDI_OPS_LAYER_NORM_H

#include "ops/ops.h"

typedef struct idi_layer_norm_attr {
    double eps;
} idi_layer_norm_attr;

idi_value idi_layer_norm(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                         double eps);

#endif
