/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm.c - see layer_norm.h. */
#include "ops/layer_norm.h"
#include "ops/grad_node.h"

idi_value idi_layer_norm(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta, double eps)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape gs = idi_graph_shape(graph, gamma);
    const idi_shape bs = idi_graph_shape(graph, beta);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1, "layer_norm: x %s, want [..., D]",
                      idi_shape_format(&xs).text);
    const idi_shape want = idi_shape1(idi_shape_last(&xs));
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&gs, &want) && idi_shape_equal(&bs, &want),
                      "layer_norm: gamma %s and beta %s, want %s each for x %s",
                      idi_shape_format(&gs).text, idi_shape_format(&bs).text,
                      idi_shape_format(&want).text, idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, eps > 0.0, "layer_norm: eps %g, want more than 0", eps);
    const idi_layer_norm_attr attr = {eps};
    const idi_value in[3] = {x, gamma, beta};
    return idi_op_build(graph, idi_op_layer_norm, &attr, sizeof attr, in, 3, xs);
}

void idi_gradient_layer_norm(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    const idi_value in[3] = {node->in[0], node->in[1], dout[0]};
    idi_grad_node(graph, idi_op_layer_norm_grad, node, sizeof(idi_layer_norm_attr), in, 3,
                  is_wanted, din);
}
