/* SPDX-License-Identifier: Apache-2.0 */
/* ops/grouped_linear.h - a linear layer of its own for each token.
 *
 * grouped_linear(x, weight, bias) -> y[n, g, :] = act(W_g x[n, g, :] + b_g)
 *   x       [N, G, K]
 *   weight  [G*P, K]  rows g*P .. g*P + P - 1 belong to token g
 *   bias    [G*P]
 *   y       [N, G, P]
 * act must be output based.
 * grouped_linear_grad(x, weight, dz) -> dx, dweight, dbias; dbias is wide in a graph that mixes
 * kinds. */
#ifndef IDI_OPS_GROUPED_LINEAR_H
#define IDI_OPS_GROUPED_LINEAR_H

#include "ops/activation.h"

typedef struct idi_grouped_linear_attr {
    idi_act act;
} idi_grouped_linear_attr;

idi_value idi_grouped_linear(idi_graph *graph, idi_value x, idi_value weight, idi_value bias,
                             idi_act act);

#endif
