/* SPDX-License-Identifier: Apache-2.0 */
/* ops/transpose.h - matrices turned over.
 *
 * transpose(x) -> y: x [A, B] or [N, A, B], y [B, A] or [N, B, A]. Gradient: dy turned back. */
#ifndef IDI_OPS_TRANSPOSE_H
#define IDI_OPS_TRANSPOSE_H

#include "ops/ops.h"

idi_value idi_transpose(idi_graph *graph, idi_value x);

#endif
