/* SPDX-License-Identifier: Apache-2.0 */
/* ops/row_sum.c - see row_sum.h. */
#include "ops/row_sum.h"

idi_value idi_row_sum(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    return idi_op_build(graph, idi_op_row_sum, NULL, 0, &x, 1, idi_shape1(idi_shape_last(&shape)));
}
