/* SPDX-License-Identifier: Apache-2.0 */
/* ops/region_pool.h - features averaged over each region of a label map.
 *
 * region_pool(x, labels) -> y[n, r, k] = sum over pixels of class r of x[n, y, x, r*K + k]
 *                                        / (number of pixels of class r + eps)
 *   x       [N, H, W, R*K]  class r owns channels r*K .. r*K + K - 1
 *   labels  u8 [N, Hm, Wm]  read at (y*Hm/H, x*Wm/W) rounded down; R or more: counts nowhere
 *   y       [N, R, K]       zero for a class without pixels
 *   eps     1e-5
 * region_pool_grad(dy, labels) -> dx. */
#ifndef IDI_OPS_REGION_POOL_H
#define IDI_OPS_REGION_POOL_H

#include "ops/ops.h"

typedef struct idi_region_pool_attr {
    int64_t regions;
    int64_t height, width; /* of x; filled by the builder */
    double eps;
} idi_region_pool_attr;

idi_value idi_region_pool(idi_graph *graph, idi_value x, idi_value labels, int64_t regions);

#endif
