/* SPDX-License-Identifier: Apache-2.0 */
/* ops/average_pool.h - half the height and width, by averages of 3x3 windows: what the second of a
 * multi-scale discriminator's networks looks at.
 *
 * average_pool(x) -> y: [N, H, W, C] -> [N, (H + 1)/2, (W + 1)/2, C], rounded down
 * Output (i, j) is the mean over rows 2i - 1 to 2i + 1 and columns 2j - 1 to 2j + 1, of those that
 * are inside the image: padding is not counted.
 * average_pool_grad(dy) -> dx. */
#ifndef IDI_OPS_AVERAGE_POOL_H
#define IDI_OPS_AVERAGE_POOL_H

#include "ops/ops.h"

idi_value idi_average_pool(idi_graph *graph, idi_value x);

#endif
