/* SPDX-License-Identifier: Apache-2.0 */
/* ops/region_mean.h - a map's features averaged over each region of a label map.
 *
 * region_mean(x, labels) -> y[n, r, k] = mean over the pixels of class r of x[n, y, x, k]
 *   x       [N, H, W, K]    all classes have the same features; compare region_pool
 *   labels  u8 [N, Hm, Wm]  read at (y*Hm/H, x*Wm/W) rounded down; R or more: counts nowhere
 *   y       [N, R, K]       zero for a class without pixels
 * Has no gradient. */
#ifndef IDI_OPS_REGION_MEAN_H
#define IDI_OPS_REGION_MEAN_H

#include "ops/ops.h"

typedef struct idi_region_mean_attr {
    int64_t regions;
} idi_region_mean_attr;

idi_value idi_region_mean(idi_graph *graph, idi_value x, idi_value labels, int64_t regions);

#endif
