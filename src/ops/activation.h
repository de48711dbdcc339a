/* SPDX-License-Identifier: Apache-2.0 */
/* ops/activation.h - elementwise functions, alone or fused into the op before.
 *
 *   relu        max(x, 0)
 *   leaky_relu  x > 0 ? x : 0.2 x
 *   silu        x / (1 + exp(-x))
 *   gelu        0.5 x (1 + erf(x / sqrt 2))
 *   tanh, sigmoid
 *
 * activation(x) -> y of the same shape.
 * activation_grad(dy, x, y) -> dx = dy f'(x). Where f' follows from y (none, relu, leaky_relu,
 * tanh, sigmoid) x may be absent; otherwise y may be. */
#ifndef IDI_OPS_ACTIVATION_H
#define IDI_OPS_ACTIVATION_H

#include "ops/ops.h"

typedef enum idi_act {
    IDI_ACT_NONE,
    IDI_ACT_RELU,
    IDI_ACT_LEAKY_RELU,
    IDI_ACT_TANH,
    IDI_ACT_SIGMOID,
    IDI_ACT_SILU,
    IDI_ACT_GELU
} idi_act;

typedef struct idi_activation_attr {
    idi_act act;
} idi_activation_attr;

/* Whether f' is a function of y = f(x): such functions may be fused into linear and conv2d. */
bool idi_act_is_output_based(idi_act act);

idi_value idi_activation(idi_graph *graph, idi_value x, idi_act act);
/* dy itself for IDI_ACT_NONE. */
idi_value idi_activation_grad(idi_graph *graph, idi_value dy, idi_value x, idi_value y,
                              idi_act act);

#endif
