/* SPDX-License-Identifier: Apache-2.0 */
/* ops/l2_normalize.c - see l2_normalize.h. */
#include "ops/l2_normalize.h"
#include "ops/grad_node.h"

idi_value idi_l2_normalize(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape shape = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, shape.rank >= 1, "l2_normalize: x %s, want [..., D]",
                      idi_shape_format(&shape).text);
    return idi_op_build(graph, idi_op_l2_normalize, NULL, 0, &x, 1, shape);
}

void idi_gradient_l2_normalize(idi_graph *graph, const idi_node *node, const idi_value *dout,
                               const bool *is_wanted, idi_value *din)
{
    const idi_value in[2] = {node->in[0], dout[0]};
    idi_grad_node(graph, idi_op_l2_normalize_grad, node, 0, in, 2, is_wanted, din);
}
