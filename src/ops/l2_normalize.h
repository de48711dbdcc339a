/* SPDX-License-Identifier: Apache-2.0 */
/* ops/l2_normalize.h - rows of unit length.
 *
 * l2_normalize(x) -> y = x/max(|x|, 1e-12) for each row of the last dimension
 * l2_normalize_grad(x, dy) -> dx. */
#ifndef IDI_OPS_L2_NORMALIZE_H
#define IDI_OPS_L2_NORMALIZE_H

#include "ops/ops.h"

idi_value idi_l2_normalize(idi_graph *graph, idi_value x);

#endif
