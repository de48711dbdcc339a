/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reshape.h - the same elements in the same order under another shape; costs nothing. */
#ifndef IDI_OPS_RESHAPE_H
#define IDI_OPS_RESHAPE_H

#include "ops/ops.h"

/* Counts must agree. */
idi_value idi_reshape(idi_graph *graph, idi_value x, idi_shape shape);

#endif
