/* SPDX-License-Identifier: Apache-2.0 */
/* ops/region_gate.h - zeroes the tokens of classes that a label map lacks.
 *
 * region_gate(x, labels) -> y[n, r, :] = class r occurs in labels[n] ? x[n, r, :] : 0
 *   x, y    [N, R, D]
 *   labels  u8 [N, Hm, Wm]   values of R or more open nothing
 * Its gradient is itself. */
#ifndef IDI_OPS_REGION_GATE_H
#define IDI_OPS_REGION_GATE_H

#include "ops/ops.h"

idi_value idi_region_gate(idi_graph *graph, idi_value x, idi_value labels);

#endif
