/* SPDX-License-Identifier: Apache-2.0 */
/* ops/affine_sample.h - each image moved, turned and scaled by an affine map of its own.
 *
 * affine_sample(x, map) -> y [N, height, width, C]
 *   x    [N, H, W, C]
 *   map  [N, 2, 3]: from places of y to places of x, (x, y) = map (x, y, 1). Has no gradient
 * Places are normalised as PyTorch's affine_grid and grid_sample have them with
 * align_corners=False: -1 and 1 are the outer edges of an image's first and last pixels. Values are
 * bilinear between pixels' centres, and the nearest edge's beyond them (padding_mode "border");
 * a place that is not a number is the first pixel.
 * affine_sample_grad(dy, map) -> dx. */
#ifndef IDI_OPS_AFFINE_SAMPLE_H
#define IDI_OPS_AFFINE_SAMPLE_H

#include "ops/ops.h"

idi_value idi_affine_sample(idi_graph *graph, idi_value x, idi_value map, int64_t height,
                            int64_t width);

#endif
