/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reshape.c - see reshape.h. */
#include "ops/reshape.h"

idi_value idi_reshape(idi_graph *graph, idi_value x, idi_shape shape)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape from = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(
        graph, idi_shape_is_sound(&shape) && idi_shape_count(&from) == idi_shape_count(&shape),
        "reshape: %s has another number of elements than %s", idi_shape_format(&from).text,
        idi_shape_format(&shape).text);
    return idi_op_build(graph, idi_op_reshape, NULL, 0, &x, 1, shape);
}

void idi_gradient_reshape(idi_graph *graph, const idi_node *node, const idi_value *dout,
                          const bool *is_wanted, idi_value *din)
{
    if (is_wanted[0]) din[0] = idi_reshape(graph, dout[0], idi_graph_shape(graph, node->in[0]));
}
