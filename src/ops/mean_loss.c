/* SPDX-License-Identifier: Apache-2.0 */
/* ops/mean_loss.c - see mean_loss.h. */
#include "ops/mean_loss.h"
#include "ops/scale.h"

static bool has_target(idi_loss loss)
{
    return loss == IDI_LOSS_ABSOLUTE || loss == IDI_LOSS_SQUARE;
}

idi_value idi_mean_loss(idi_graph *graph, idi_value x, idi_value t, idi_loss loss)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ts = idi_graph_shape(graph, t);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1, "mean_loss: x is absent");
    IDI_GRAPH_REQUIRE(graph, !has_target(loss) || idi_shape_equal(&xs, &ts),
                      "mean_loss: t %s, want x's %s", idi_shape_format(&ts).text,
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, has_target(loss) || t == IDI_NONE,
                      "mean_loss: t %s, but this loss has no target", idi_shape_format(&ts).text);
    const idi_mean_loss_attr attr = {loss};
    const idi_value in[2] = {idi_exact(graph, x), idi_exact(graph, t)};
    return idi_op_build(graph, idi_op_mean_loss, &attr, sizeof attr, in, 2, idi_shape1(1));
}

void idi_gradient_mean_loss(idi_graph *graph, const idi_node *node, const idi_value *dout,
                            const bool *is_wanted, idi_value *din)
{
    const idi_mean_loss_attr *attr = node->attr;
    const idi_value in[3] = {node->in[0], node->in[1], dout[0]};
    const idi_value dx = idi_op_build(graph, idi_op_mean_loss_grad, attr, sizeof *attr, in, 3,
                                      idi_graph_shape(graph, node->in[0]));
    if (is_wanted[0]) din[0] = dx;
    if (is_wanted[1]) din[1] = idi_scale(graph, dx, -1.0);
}
