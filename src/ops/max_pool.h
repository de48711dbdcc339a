/* SPDX-License-Identifier: Apache-2.0 */
/* ops/max_pool.h - half the height and width, by the largest of each 2x2 block.
 *
 * max_pool(x) -> y: [N, H, W, C] -> [N, H/2, W/2, C], rounded down: the last row and column of odd
 * sides are not read
 * max_pool_grad(dy, x) -> dx: dy where x is its block's largest, the first of equals by rows, else
 * 0.
 */
#ifndef IDI_OPS_MAX_POOL_H
#define IDI_OPS_MAX_POOL_H

#include "ops/ops.h"

idi_value idi_max_pool(idi_graph *graph, idi_value x);

#endif
