/* SPDX-License-Identifier: Apache-2.0 */
/* ops/square_sum.c - see square_sum.h. */
#include "ops/square_sum.h"

idi_value idi_square_sum(idi_graph *graph, idi_value x, idi_value sum)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ss = idi_graph_shape(graph, sum);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1, "square_sum: x is absent");
    IDI_GRAPH_REQUIRE(graph, sum == IDI_NONE || (ss.rank == 1 && ss.dim[0] == 1),
                      "square_sum: sum %s, want [1]", idi_shape_format(&ss).text);
    const idi_value in[2] = {x, sum};
    return idi_op_build(graph, idi_op_square_sum, NULL, 0, in, 2, idi_shape1(1));
}
