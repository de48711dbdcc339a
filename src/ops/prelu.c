/* SPDX-License-Identifier: Apache-2.0 */
/* ops/prelu.c - see prelu.h. */
#include "ops/prelu.h"

idi_value idi_prelu(idi_graph *graph, idi_value x, idi_value slope)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ss = idi_graph_shape(graph, slope);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1, "prelu: x is %s, want [..., C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, ss.rank == 1 && ss.dim[0] == idi_shape_last(&xs),
                      "prelu: slope %s, want [%lld], as many as x's channels",
                      idi_shape_format(&ss).text, (long long)idi_shape_last(&xs));
    const idi_value in[2] = {x, slope};
    return idi_op_build(graph, idi_op_prelu, NULL, 0, in, 2, xs);
}

void idi_gradient_prelu(idi_graph *graph, const idi_node *node, const idi_value *dout,
                        const bool *is_wanted, idi_value *din)
{
    const idi_value in[3] = {node->in[0], node->in[1], dout[0]};
    idi_shape shapes[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++)
        if (is_wanted[i]) shapes[i] = idi_graph_shape(graph, node->in[i]);
    (void)idi_graph_node(graph, &idi_ops[idi_op_prelu_grad], NULL, 0, in, 3, shapes, 2);
    if (idi_graph_has_failed(graph)) return;
    const idi_node *grad = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1);
    for (int i = 0; i < 2; i++)
        din[i] = grad->out[i];
}
