/* SPDX-License-Identifier: Apache-2.0 */
/* ops/variance_root.h - the variance of a linear map's output, as a triangular factor: what a layer
 * norm needs of a stream that is never formed.
 *
 * variance_root(a, b) -> r
 *   a [K1, D] and b [N, K2, D] or IDI_NONE: rows of a matrix B of K = K1 + K2 rows; the stream of
 *   a vector z of K numbers is the row z B, of D features
 *   r [N, K, K] ([K1, K1] without b), upper triangular: |r z|^2 = the variance of z B's features
 *   (divided by D, the mean subtracted)
 * r is the transposed Cholesky factor of C C'/D, C = B with the mean of each row subtracted. A sum
 * of squares loses no digits where z C C' z cancels. Rows of B that depend on others give pivots
 * that are rounding errors: those below K*2^-52 of the largest diagonal element count as zero, and
 * so does their row of r. Computed in double whatever is stored. Inference only: no gradient rule.
 */
#ifndef IDI_OPS_VARIANCE_ROOT_H
#define IDI_OPS_VARIANCE_ROOT_H

#include "ops/ops.h"

idi_value idi_variance_root(idi_graph *graph, idi_value a, idi_value b);

#endif
