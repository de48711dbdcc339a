/* SPDX-License-Identifier: Apache-2.0 */
/* ops/row_sum.h - the gradient of a bias: row_sum(x[..., C]) -> y[C] = sum over all rows of x;
 * wide in a graph that mixes kinds. */
#ifndef IDI_OPS_ROW_SUM_H
#define IDI_OPS_ROW_SUM_H

#include "ops/ops.h"

idi_value idi_row_sum(idi_graph *graph, idi_value x);

#endif
