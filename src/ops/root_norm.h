/* SPDX-License-Identifier: Apache-2.0 */
/* ops/root_norm.h - the layer norm of a stream that is never formed, up to what a weight behind it
 * takes over (ops/fold_norm.h).
 *
 * root_norm(u, root) -> y: v = [u, 1], y = v/sqrt(|root v|^2 + eps)
 *   u [..., C], root [C + 1, C + 1] (ops/variance_root.h: upper triangular), y [..., C + 1]
 * Inference only: no gradient rule. */
#ifndef IDI_OPS_ROOT_NORM_H
#define IDI_OPS_ROOT_NORM_H

#include "ops/ops.h"

typedef struct idi_root_norm_attr {
    double eps;
} idi_root_norm_attr;

idi_value idi_root_norm(idi_graph *graph, idi_value u, idi_value root, double eps);

#endif
