/* SPDX-License-Identifier: Apache-2.0 */
/* ops/add.c - see add.h. */
#include "ops/add.h"

idi_value idi_add(idi_graph *graph, idi_value a, idi_value b)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape x = idi_graph_shape(graph, a);
    const idi_shape y = idi_graph_shape(graph, b);
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&x, &y), "add: %s and %s differ",
                      idi_shape_format(&x).text, idi_shape_format(&y).text);
    const idi_value in[2] = {a, b};
    return idi_op_build(graph, idi_op_add, NULL, 0, in, 2, x);
}

void idi_gradient_add(idi_graph *graph, const idi_node *node, const idi_value *dout,
                      const bool *is_wanted, idi_value *din)
{
    (void)graph;
    (void)node;
    for (int i = 0; i < 2; i++)
        if (is_wanted[i]) din[i] = dout[0];
}
