/* SPDX-License-Identifier: Apache-2.0 */
/* ops/narrow.h - wide numbers as reals: rounded to the nearest where reals are of 16 bits, the same
 * elsewhere. What is computed once and read by every pixel is multiplied together in wide numbers
 * and rounded here, once.
 *
 * narrow(x) -> y: x of any shape, wide (IDI_WIDE); y of that shape, reals. Rounding counts as the
 * identity on the way back: dx = dy, in wide numbers. */
#ifndef IDI_OPS_NARROW_H
#define IDI_OPS_NARROW_H

#include "ops/ops.h"

idi_value idi_narrow(idi_graph *graph, idi_value x);

#endif
