/* SPDX-License-Identifier: Apache-2.0 */
/* ops/prelu.h - leaky rectifier with a learned slope a channel.
 *
 * prelu(x, slope) -> y = x > 0 ? x : slope*x;  x, y [..., C], slope [C]
 * prelu_grad(x, slope, dy) -> dx, dslope; dslope is wide in a graph that mixes kinds. */
#ifndef IDI_OPS_PRELU_H
#define IDI_OPS_PRELU_H

#include "ops/ops.h"

idi_value idi_prelu(idi_graph *graph, idi_value x, idi_value slope);

#endif
