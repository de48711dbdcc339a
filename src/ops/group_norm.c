/* SPDX-License-Identifier: Apache-2.0 */
/* ops/group_norm.c - see group_norm.h. */
#include "ops/group_norm.h"
#include "ops/grad_node.h"

idi_value idi_group_norm(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                         int64_t groups, double eps, idi_act act)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const int64_t channels = idi_shape_last(&xs);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "group_norm: x %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, groups >= 1 && channels % groups == 0,
                      "group_norm: %lld groups do not divide the channels of x %s",
                      (long long)groups, idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, (gamma == IDI_NONE) == (beta == IDI_NONE),
                      "group_norm: %s without %s, want both or neither",
                      gamma == IDI_NONE ? "beta" : "gamma", gamma == IDI_NONE ? "gamma" : "beta");
    const idi_shape want = idi_shape1(channels);
    const idi_shape gs = idi_graph_shape(graph, gamma);
    const idi_shape bs = idi_graph_shape(graph, beta);
    IDI_GRAPH_REQUIRE(
        graph, gamma == IDI_NONE || (idi_shape_equal(&gs, &want) && idi_shape_equal(&bs, &want)),
        "group_norm: gamma %s and beta %s, want %s each", idi_shape_format(&gs).text,
        idi_shape_format(&bs).text, idi_shape_format(&want).text);
    IDI_GRAPH_REQUIRE(graph, eps > 0.0, "group_norm: eps %g, want more than 0", eps);
    const idi_group_norm_attr attr = {groups, eps, act};
    const idi_value in[3] = {x, gamma, beta};
    return idi_op_build(graph, idi_op_group_norm, &attr, sizeof attr, in, 3, xs);
}

void idi_gradient_group_norm(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    const idi_value in[4] = {node->in[0], node->in[1], node->in[2], dout[0]};
    idi_grad_node(graph, idi_op_group_norm_grad, node, sizeof(idi_group_norm_attr), in, 4,
                  is_wanted, din);
}
