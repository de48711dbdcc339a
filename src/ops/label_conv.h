/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_conv.h - a 3x3 convolution on the one-hot planes of a label map, as table look-ups.
 *
 * label_conv(labels, weight, bias) -> y[n, y, x, o] = act(bias[o] + sum over the 9 taps inside the
 *                                     image of weight[o, tap, label at tap])
 *   labels  u8 [N, Hm, Wm]   read at (y*Hm/height, x*Wm/width) rounded down
 *   weight  [O, 3, 3, R]     (files hold [O, R, 3, 3]: IDI_LAYOUT_CONV); labels of R or more add 0
 *           or [N, 9*O, R]   a weight of its own for each sample: what a convolution of a map
 *                            becomes that has one vector a class. Has no gradient
 *   bias    [O]
 *   y       [N, height, width, O]; zero padding of 1
 * act must be output based.
 * label_conv_grad(dz, labels) -> dweight, dbias, of a common weight. */
#ifndef IDI_OPS_LABEL_CONV_H
#define IDI_OPS_LABEL_CONV_H

#include "ops/activation.h"

typedef struct idi_label_conv_attr {
    int64_t height, width;
    int64_t classes;
    idi_act act;
} idi_label_conv_attr;

idi_value idi_label_conv(idi_graph *graph, idi_value labels, idi_value weight, idi_value bias,
                         int64_t height, int64_t width, idi_act act);

#endif
