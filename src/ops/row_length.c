/* SPDX-License-Identifier: Apache-2.0 */
/* ops/row_length.c - see row_length.h. */
#include "ops/row_length.h"

idi_value idi_row_length(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1, "row_length: x is missing");
    return idi_op_build(graph, idi_op_row_length, NULL, 0, &x, 1,
                        idi_shape2(idi_shape_rows(&xs), 1));
}
