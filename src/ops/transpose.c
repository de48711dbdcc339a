/* SPDX-License-Identifier: Apache-2.0 */
/* ops/transpose.c - see transpose.h. */
#include "ops/transpose.h"

idi_value idi_transpose(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape shape = idi_graph_shape(graph, x);
    const int r = shape.rank;
    IDI_GRAPH_REQUIRE(graph, r == 2 || r == 3, "transpose: %s is neither a matrix nor a batch",
                      idi_shape_format(&shape).text);
    idi_shape out = shape;
    out.dim[r - 2] = shape.dim[r - 1];
    out.dim[r - 1] = shape.dim[r - 2];
    return idi_op_build(graph, idi_op_transpose, NULL, 0, &x, 1, out);
}

void idi_gradient_transpose(idi_graph *graph, const idi_node *node, const idi_value *dout,
                            const bool *is_wanted, idi_value *din)
{
    (void)node;
    if (is_wanted[0]) din[0] = idi_transpose(graph, dout[0]);
}
