/* SPDX-License-Identifier: Apache-2.0 */
/* ops/geglu.c - see geglu.h. */
#include "ops/geglu.h"
#include "ops/grad_node.h"

idi_value idi_geglu(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    idi_shape shape = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, shape.rank >= 1 && idi_shape_last(&shape) % 2 == 0,
                      "geglu: x %s, want [..., 2H], an even last dimension",
                      idi_shape_format(&shape).text);
    shape.dim[shape.rank - 1] /= 2;
    return idi_op_build(graph, idi_op_geglu, NULL, 0, &x, 1, shape);
}

void idi_gradient_geglu(idi_graph *graph, const idi_node *node, const idi_value *dout,
                        const bool *is_wanted, idi_value *din)
{
    const idi_value in[2] = {node->in[0], dout[0]};
    idi_grad_node(graph, idi_op_geglu_grad, node, 0, in, 2, is_wanted, din);
}
