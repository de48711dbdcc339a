/* SPDX-License-Identifier: Apache-2.0 */
/* ops/group_norm.h - normalisation over groups of channels, affine, activation.
 *
 * group_norm(x, gamma?, beta?) -> y = act(gamma*(x - mean)/sqrt(var + eps) + beta)
 *   x, y         [N, H, W, C]
 *   gamma, beta  [C]; absent: 1 and 0 (both or neither)
 * mean and var (biased) over H, W and the C/groups channels of a group, for each sample.
 * groups = C is instance normalisation. Two passes; the variance of the differences, not
 * E[x^2] - E[x]^2. act: any.
 * group_norm_grad(x, gamma?, beta?, dy) -> dx, dgamma, dbeta (the last two [C], = not +=; absent
 * without gamma, wide in a graph that mixes kinds). Statistics and the activation are recomputed
 * from x. A near-constant input cancels: |mean|/std is the condition number. */
#ifndef IDI_OPS_GROUP_NORM_H
#define IDI_OPS_GROUP_NORM_H

#include "ops/activation.h"

typedef struct idi_group_norm_attr {
    int64_t groups;
    double eps;
    idi_act act;
} idi_group_norm_attr;

idi_value idi_group_norm(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                         int64_t groups, double eps, idi_act act);

#endif
