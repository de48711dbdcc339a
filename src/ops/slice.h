/* SPDX-License-Identifier: Apache-2.0 */
/* ops/slice.h - a range of one axis.
 *
 * slice(x) -> y = x[.., start : start + length, ..]
 * slice_grad(dy) -> dx: zeros of size axis_size with dy in its place. */
#ifndef IDI_OPS_SLICE_H
#define IDI_OPS_SLICE_H

#include "ops/ops.h"

typedef struct idi_slice_attr {
    int axis;
    int64_t start;
    int64_t length;
    int64_t axis_size; /* x's size along axis */
} idi_slice_attr;

idi_value idi_slice(idi_graph *graph, idi_value x, int axis, int64_t start, int64_t length);

#endif
