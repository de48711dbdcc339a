/* SPDX-License-Identifier: Apache-2.0 */
/* ops/unit_product.h - a matrix times a vector, at unit length: half a step of the power iteration
 * that finds a matrix's largest singular value.
 *
 * unit_product(matrix, x) -> y = Mx/max(|Mx|, 1e-12), or of the transposed M
 *   matrix  [O, ...], which counts as M [O, K]
 *   x, y    plain: x of the matrix's shape with first dimension 1 (K numbers), y [O];
 *           transposed: x [O], y of the matrix's shape with first dimension 1
 * Kernels of a convolution, [O, kh, kw, I], need no reshaping. Has no gradient: spectral
 * normalisation takes its vectors as constants (ops/spectral_scale.h). */
#ifndef IDI_OPS_UNIT_PRODUCT_H
#define IDI_OPS_UNIT_PRODUCT_H

#include "ops/ops.h"

typedef struct idi_unit_product_attr {
    bool is_transposed;
} idi_unit_product_attr;

idi_value idi_unit_product(idi_graph *graph, idi_value matrix, idi_value x, bool is_transposed);

#endif
