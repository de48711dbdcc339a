/* SPDX-License-Identifier: Apache-2.0 */
/* ops/spectral_scale.h - a weight divided by its largest singular value, as two vectors tell it:
 * spectral normalisation (Miyato et al. 2018).
 *
 * spectral_scale(weight, u, v) -> y = weight/sigma, sigma = u . Mv
 *   weight, y  [O, ...], which counts as M [O, K]
 *   u          [O]
 *   v          the weight's shape with first dimension 1: K numbers
 * u and v are what the power iteration has found (ops/unit_product.h); they count as constants and
 * have no gradient.
 * spectral_scale_grad(weight, u, v, dy) -> dweight = (dy - (dy . y) u v')/sigma, dy . y being the
 * sum of products over all elements. */
#ifndef IDI_OPS_SPECTRAL_SCALE_H
#define IDI_OPS_SPECTRAL_SCALE_H

#include "ops/ops.h"

idi_value idi_spectral_scale(idi_graph *graph, idi_value weight, idi_value u, idi_value v);

#endif
