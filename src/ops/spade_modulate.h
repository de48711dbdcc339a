/* SPDX-License-Identifier: Apache-2.0 */
/* ops/spade_modulate.h - normalisation modulated by maps (Park et al. 2019), activation.
 *
 * spade_modulate(x, gamma, beta) -> y = act((x - mean)/sqrt(var + eps)*(1 + gamma) + beta)
 *   x, gamma, beta, y  [N, H, W, C]
 * mean and var as in group_norm.
 * spade_modulate_grad(x, gamma, beta, dy) -> dx, dgamma, dbeta. */
#ifndef IDI_OPS_SPADE_MODULATE_H
#define IDI_OPS_SPADE_MODULATE_H

#include "ops/activation.h"

typedef struct idi_spade_modulate_attr {
    int64_t groups;
    double eps;
    idi_act act;
} idi_spade_modulate_attr;

idi_value idi_spade_modulate(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                             int64_t groups, double eps, idi_act act);

#endif
