/* SPDX-License-Identifier: Apache-2.0 */
/* ops/max_pool.h - the largest number of each window, without padding.
 *
 * max_pool(x) -> y[n, i, j, c] = max over 0 <= a, b < kernel of x[n, i*stride + a, j*stride + b, c]
 *   x  [N, H, W, C]
 *   y  [N, H', W', C], H' = (H - kernel)/stride + 1 rounded down
 * NaN in a window may or may not come through.
 * max_pool_grad(dy, x) -> dx: the sum of dy over the windows of which x is the largest, of equals
 * the first by rows. */
#ifndef IDI_OPS_MAX_POOL_H
#define IDI_OPS_MAX_POOL_H

#include "ops/ops.h"

typedef struct idi_max_pool_attr {
    int64_t kernel;
    int64_t stride;
} idi_max_pool_attr;

idi_value idi_max_pool(idi_graph *graph, idi_value x, int64_t kernel, int64_t stride);

#endif
