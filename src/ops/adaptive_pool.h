/* SPDX-License-Identifier: Apache-2.0 */
/* ops/adaptive_pool.h - a crop, averaged to a given size: the recogniser's view of an aligned face.
 *
 * adaptive_pool(x) -> y: [N, H, W, C] -> [N, out_height, out_width, C]
 * Output row i averages the crop's rows floor(i*height/out_height) to
 * ceil((i + 1)*height/out_height) - 1, columns alike; the crop may be smaller than the output.
 * adaptive_pool_grad(dy) -> dx, zero outside the crop. */
#ifndef IDI_OPS_ADAPTIVE_POOL_H
#define IDI_OPS_ADAPTIVE_POOL_H

#include "ops/ops.h"

typedef struct idi_adaptive_pool_attr {
    int64_t top, left, height, width; /* the crop, inside the image */
    int64_t out_height, out_width;
    int64_t in_height, in_width; /* filled by the builder */
} idi_adaptive_pool_attr;

/* in_height and in_width are ignored. */
idi_value idi_adaptive_pool(idi_graph *graph, idi_value x, const idi_adaptive_pool_attr *attr);

#endif
