/* SPDX-License-Identifier: Apache-2.0 */
/* ops/geglu.h - gated GELU (Shazeer 2020).
 *
 * geglu(x) -> y = a * gelu(b);  x [..., 2H] holds a (the value) in its first half and b (the gate)
 * in its second; y [..., H]; gelu is the erf form.
 * geglu_grad(x, dy) -> dx. */
#ifndef IDI_OPS_GEGLU_H
#define IDI_OPS_GEGLU_H

#include "ops/ops.h"

idi_value idi_geglu(idi_graph *graph, idi_value x);

#endif
