/* SPDX-License-Identifier: Apache-2.0 */
/* ops/margin_loss.c - see margin_loss.h. */
#include "ops/margin_loss.h"
#include "ops/integers.h"

idi_value idi_margin_loss(idi_graph *graph, idi_value cosines, idi_value classes, idi_value margins,
                          const idi_margin_loss_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape cs = idi_graph_shape(graph, cosines);
    const idi_shape ms = idi_graph_shape(graph, margins);
    IDI_GRAPH_REQUIRE(graph, cs.rank == 2, "margin_loss: cosines %s, want [N, K]",
                      idi_shape_format(&cs).text);
    if (!idi_require_integers(graph, "margin_loss", "classes", classes, cs.dim[0])) return IDI_NONE;
    IDI_GRAPH_REQUIRE(
        graph, margins == IDI_NONE || (ms.rank == 2 && ms.dim[0] == cs.dim[0] && ms.dim[1] == 2),
        "margin_loss: margins %s, want [%lld, 2]", idi_shape_format(&ms).text,
        (long long)cs.dim[0]);
    IDI_GRAPH_REQUIRE(graph, attr->scale > 0.0 && attr->edge >= 0.0 && attr->edge < 1.0,
                      "margin_loss: scale is %g and edge %g, want above 0, and from 0 to below 1",
                      attr->scale, attr->edge);
    const idi_value in[3] = {cosines, classes, margins};
    return idi_op_build(graph, idi_op_margin_loss, attr, sizeof *attr, in, 3, idi_shape1(1));
}

void idi_gradient_margin_loss(idi_graph *graph, const idi_node *node, const idi_value *dout,
                              const bool *is_wanted, idi_value *din)
{
    const idi_margin_loss_attr *attr = node->attr;
    const idi_value in[4] = {node->in[0], node->in[1], node->in[2], dout[0]};
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_margin_loss_grad, attr, sizeof *attr, in, 4,
                              idi_graph_shape(graph, node->in[0]));
}
