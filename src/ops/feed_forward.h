/* SPDX-License-Identifier: Apache-2.0 */
/* ops/feed_forward.h - a transformer block's gated feed-forward layer as one op, so that its wide
 * middle (eight times the width) need not be held for all rows at once.
 *
 * feed_forward(x, w1, b1, w2, b2, residual) -> y = W2 geglu(W1 x + b1) + b2 + residual
 *   x            [..., D]
 *   w1  [2H, D], b1 [2H]   rows 0..H-1 make the value, the others the gate (ops/geglu.h)
 *   w2  [P, H],  b2 [P]
 *   residual, y  [..., P]
 * The gradient recomputes the middle with linear and geglu nodes. */
#ifndef IDI_OPS_FEED_FORWARD_H
#define IDI_OPS_FEED_FORWARD_H

#include "ops/ops.h"

idi_value idi_feed_forward(idi_graph *graph, idi_value x, idi_value w1, idi_value b1, idi_value w2,
                           idi_value b2, idi_value residual);

#endif
