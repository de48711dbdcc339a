/* SPDX-License-Identifier: Apache-2.0 */
/* ops/concat.h - tensors side by side along one axis.
 *
 * concat(x0, x1, ...) -> y: equal shapes but for dimension `axis`, whose sizes add up.
 * Gradient: dx_i is slice i of dy. */
#ifndef IDI_OPS_CONCAT_H
#define IDI_OPS_CONCAT_H

#include "ops/ops.h"

typedef struct idi_concat_attr {
    int axis;
} idi_concat_attr;

/* count 1 to IDI_MAX_INPUTS. */
idi_value idi_concat(idi_graph *graph, const idi_value *x, int count, int axis);

#endif
