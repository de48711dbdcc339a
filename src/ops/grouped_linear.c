/* SPDX-License-Identifier: Apache-2.0 */
/* ops/grouped_linear.c - see grouped_linear.h. */
#include "ops/grouped_linear.h"

idi_value idi_grouped_linear(idi_graph *graph, idi_value x, idi_value weight, idi_value bias,
                             idi_act act)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ws = idi_graph_shape(graph, weight);
    const idi_shape bs = idi_graph_shape(graph, bias);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 3 && xs.dim[1] >= 1, "grouped_linear: x %s, want [N, G, K]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, ws.rank == 2 && ws.dim[0] % xs.dim[1] == 0 && ws.dim[1] == xs.dim[2],
                      "grouped_linear: weight %s, want [%lld*P, %lld] for x %s",
                      idi_shape_format(&ws).text, (long long)xs.dim[1], (long long)xs.dim[2],
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, bs.rank == 1 && bs.dim[0] == ws.dim[0],
                      "grouped_linear: bias %s, want [%lld]", idi_shape_format(&bs).text,
                      (long long)ws.dim[0]);
    IDI_GRAPH_REQUIRE(graph, idi_act_is_output_based(act),
                      "grouped_linear: activation %d cannot be fused here", (int)act);
    const idi_grouped_linear_attr attr = {act};
    const idi_value in[3] = {x, weight, bias};
    return idi_op_build(graph, idi_op_grouped_linear, &attr, sizeof attr, in, 3,
                        idi_shape3(xs.dim[0], xs.dim[1], ws.dim[0] / xs.dim[1]));
}

void idi_gradient_grouped_linear(idi_graph *graph, const idi_node *node, const idi_value *dout,
                                 const bool *is_wanted, idi_value *din)
{
    const idi_grouped_linear_attr *attr = node->attr;
    const idi_value dz = idi_activation_grad(graph, dout[0], IDI_NONE, node->out[0], attr->act);
    const idi_value in[3] = {node->in[0], node->in[1], dz};
    idi_shape shapes[3] = {{.rank = 0}, {.rank = 0}, {.rank = 0}};
    for (int i = 0; i < 3; i++)
        if (is_wanted[i]) shapes[i] = idi_graph_shape(graph, node->in[i]);
    (void)idi_graph_node(graph, &idi_ops[idi_op_grouped_linear_grad], NULL, 0, in, 3, shapes, 3);
    if (idi_graph_has_failed(graph)) return;
    const idi_node *grad = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1);
    for (int i = 0; i < 3; i++)
        din[i] = grad->out[i];
}
