/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv2d.h - 2-D convolution (cross-correlation), also grouped and depthwise.
 *
 * conv2d(x, weight, bias?, residual?) -> y = act(x * weight + bias) + residual
 *   x         [N, H, W, C]
 *   weight    [O, kh, kw, C/groups]   (files hold [O, C/groups, kh, kw]: IDI_LAYOUT_CONV)
 *   bias      [O]           may be absent
 *   residual  [N, H', W', O] may be absent; only with act none
 *   y         [N, H', W', O], H' = (H + 2 pad - kh)/stride + 1 rounded down; zero padding
 * Output channel o of group g = o/(O/groups) reads input channels g*C/groups onwards.
 * act must be output based (activation.h).
 * conv2d_grad_input(dz, weight) -> dx [N, H, W, C]
 * conv2d_grad_weight(dz, x) -> dweight; dbias is row_sum of dz. */
#ifndef IDI_OPS_CONV2D_H
#define IDI_OPS_CONV2D_H

#include "ops/activation.h"

typedef struct idi_conv2d_attr {
    int64_t stride;
    int64_t pad;
    int64_t groups;
    idi_act act;
} idi_conv2d_attr;

/* attr is copied. */
idi_value idi_conv2d(idi_graph *graph, idi_value x, idi_value weight, idi_value bias,
                     idi_value residual, const idi_conv2d_attr *attr);

#endif
