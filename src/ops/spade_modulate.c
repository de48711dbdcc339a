/* SPDX-License-Identifier: Apache-2.0 */
/* ops/spade_modulate.c - see spade_modulate.h. */
#include "ops/spade_modulate.h"
#include "ops/grad_node.h"

idi_value idi_spade_modulate(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                             int64_t groups, double eps, idi_act act)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape gs = idi_graph_shape(graph, gamma);
    const idi_shape bs = idi_graph_shape(graph, beta);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "spade_modulate: x %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&gs, &xs) && idi_shape_equal(&bs, &xs),
                      "spade_modulate: gamma %s and beta %s, want x's shape %s",
                      idi_shape_format(&gs).text, idi_shape_format(&bs).text,
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, groups >= 1 && idi_shape_last(&xs) % groups == 0,
                      "spade_modulate: %lld groups do not divide the channels of x %s",
                      (long long)groups, idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, eps > 0.0, "spade_modulate: eps %g, want more than 0", eps);
    const idi_spade_modulate_attr attr = {groups, eps, act};
    const idi_value in[3] = {x, gamma, beta};
    return idi_op_build(graph, idi_op_spade_modulate, &attr, sizeof attr, in, 3, xs);
}

void idi_gradient_spade_modulate(idi_graph *graph, const idi_node *node, const idi_value *dout,
                                 const bool *is_wanted, idi_value *din)
{
    const idi_value in[4] = {node->in[0], node->in[1], node->in[2], dout[0]};
    idi_grad_node(graph, idi_op_spade_modulate_grad, node, sizeof(idi_spade_modulate_attr), in, 4,
                  is_wanted, din);
}
