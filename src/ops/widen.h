/* SPDX-License-Identifier: Apache-2.0 */
/* ops/widen.h - reals as wide numbers: exact. What a training in 16 bits sums up, compares or takes
 * roots of is worth floats.
 *
 * widen(x) -> y: x of any shape, reals; y of that shape, wide (IDI_WIDE). dx = narrow(dy). */
#ifndef IDI_OPS_WIDEN_H
#define IDI_OPS_WIDEN_H

#include "ops/ops.h"

idi_value idi_widen(idi_graph *graph, idi_value x);

#endif
