/* SPDX-License-Identifier: Apache-2.0 */
/* ops/batch_norm.h - batch normalisation with stored statistics (inference, frozen networks).
 *
 * batch_norm(x, gamma?, beta?, mean, variance) -> y = gamma*(x - mean)/sqrt(variance + eps) + beta
 *   x, y                         [..., C]
 *   gamma, beta, mean, variance  [C]; gamma and beta absent: 1 and 0
 * batch_norm_grad(x, gamma?, mean, variance, dy) -> dx, dgamma, dbeta; mean and variance are
 * constants and get no gradient. */
#ifndef IDI_OPS_BATCH_NORM_H
#define IDI_OPS_BATCH_NORM_H

#include "ops/ops.h"

typedef struct idi_batch_norm_attr {
    double eps;
} idi_batch_norm_attr;

idi_value idi_batch_norm(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                         idi_value mean, idi_value variance, double eps);

#endif
