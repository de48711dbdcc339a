/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_loss.c - see label_loss.h. */
#include "ops/label_loss.h"
#include "ops/label_map.h"

#include <math.h>

idi_value idi_label_loss(idi_graph *graph, idi_value logits, idi_value labels)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape ls = idi_graph_shape(graph, logits);
    IDI_GRAPH_REQUIRE(graph, ls.rank == 3, "label_loss: logits %s, want [N, T, R]",
                      idi_shape_format(&ls).text);
    IDI_GRAPH_REQUIRE(graph, ls.dim[2] <= IDI_MAX_CLASSES, "label_loss: %lld classes, want 1 to %d",
                      (long long)ls.dim[2], IDI_MAX_CLASSES);
    const int64_t side = llround(sqrt((double)ls.dim[1]));
    IDI_GRAPH_REQUIRE(graph, side * side == ls.dim[1], "label_loss: %lld pixels make no square map",
                      (long long)ls.dim[1]);
    if (!idi_require_label_map(graph, "label_loss", labels, ls.dim[0])) return IDI_NONE;
    const idi_shape map = idi_graph_shape(graph, labels);
    IDI_GRAPH_REQUIRE(graph, map.dim[1] == map.dim[2], "label_loss: labels %s are not square",
                      idi_shape_format(&map).text);
    const idi_label_loss_attr attr = {side};
    const idi_value in[2] = {idi_exact(graph, logits), labels};
    return idi_op_build(graph, idi_op_label_loss, &attr, sizeof attr, in, 2, idi_shape1(1));
}

void idi_gradient_label_loss(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    const idi_label_loss_attr *attr = node->attr;
    const idi_value in[3] = {node->in[0], node->in[1], dout[0]};
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_label_loss_grad, attr, sizeof *attr, in, 3,
                              idi_graph_shape(graph, node->in[0]));
}
