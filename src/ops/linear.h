/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear.h - a matrix product with bias, residual and activation; also the 1x1 convolution.
 *
 * linear(x, weight, bias?, residual?) -> y = act(x weight' + bias) + residual
 *   x         [..., K]  any rank; the leading dimensions are rows
 *   weight    [P, K]    as in PyTorch
 *   bias      [P]       may be absent
 *   residual  [..., P]  may be absent; added after the activation
 *   y         [..., P]
 * act must be output based (activation.h); with a residual it must be IDI_ACT_NONE.
 * Gradients: dx = dz weight, dweight = dz' x, dbias = sum of dz's rows, dresidual = dy. */
#ifndef IDI_OPS_LINEAR_H
#define IDI_OPS_LINEAR_H

#include "ops/activation.h"

typedef struct idi_linear_attr {
    idi_act act;
} idi_linear_attr;

idi_value idi_linear(idi_graph *graph, idi_value x, idi_value weight, idi_value bias,
                     idi_value residual, idi_act act);

#endif
