/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scale.h - y = factor*x, elementwise. */
#ifndef IDI_OPS_SCALE_H
#define IDI_OPS_SCALE_H

#include "ops/ops.h"

typedef struct idi_scale_attr {
    double factor;
} idi_scale_attr;

idi_value idi_scale(idi_graph *graph, idi_value x, double factor);

#endif
