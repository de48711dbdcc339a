/* SPDX-License-Identifier: Apache-2.0 */
/* ops/color_mix.h - each image's colours through an affine map of its own: brightness, tint, grey.
 *
 * color_mix(x, matrix) -> y[n, h, w, c] = sum over k of matrix[n, c, k] * x[n, h, w, k]
 *                                         + matrix[n, c, 3]
 *   x       [N, H, W, 3]
 *   matrix  [N, 3, 4]: three rows of factors and an offset. Has no gradient
 * color_mix_grad(dy, matrix) -> dx: the transposed factors, no offset. */
#ifndef IDI_OPS_COLOR_MIX_H
#define IDI_OPS_COLOR_MIX_H

#include "ops/ops.h"

idi_value idi_color_mix(idi_graph *graph, idi_value x, idi_value matrix);

#endif
