/* SPDX-License-Identifier: Apache-2.0 */
/* ops/matmul.h - C = op(A) op(B) for two matrices; batched when both have rank 3.
 *
 * matmul(a, b) -> c: a is [M, K] (or [K, M] if is_a_transposed), b is [K, P] (or [P, K] if
 * is_b_transposed), c is [M, P]; with rank 3 the first dimension is a batch. Tensors of higher
 * rank count as [rows, last] matrices only through idi_reshape. */
#ifndef IDI_OPS_MATMUL_H
#define IDI_OPS_MATMUL_H

#include "ops/ops.h"

typedef struct idi_matmul_attr {
    bool is_a_transposed;
    bool is_b_transposed;
} idi_matmul_attr;

idi_value idi_matmul(idi_graph *graph, idi_value a, idi_value b, bool is_a_transposed,
                     bool is_b_transposed);

#endif
