/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear.c - see linear.h. */
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/row_sum.h"

idi_value idi_linear(idi_graph *graph, idi_value x, idi_value weight, idi_value bias,
                     idi_value residual, idi_act act)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ws = idi_graph_shape(graph, weight);
    IDI_GRAPH_REQUIRE(graph, ws.rank == 2 && xs.rank >= 1 && idi_shape_last(&xs) == ws.dim[1],
                      "linear: x %s does not fit weight %s", idi_shape_format(&xs).text,
                      idi_shape_format(&ws).text);
    const idi_shape bs = idi_graph_shape(graph, bias);
    IDI_GRAPH_REQUIRE(graph, bias == IDI_NONE || (bs.rank == 1 && bs.dim[0] == ws.dim[0]),
                      "linear: bias %s, want [%lld]", idi_shape_format(&bs).text,
                      (long long)ws.dim[0]);
    idi_shape ys = xs;
    ys.dim[ys.rank - 1] = ws.dim[0];
    const idi_shape rs = idi_graph_shape(graph, residual);
    IDI_GRAPH_REQUIRE(graph, residual == IDI_NONE || idi_shape_equal(&rs, &ys),
                      "linear: residual %s, want %s", idi_shape_format(&rs).text,
                      idi_shape_format(&ys).text);
    IDI_GRAPH_REQUIRE(graph,
                      idi_act_is_output_based(act) && (residual == IDI_NONE || act == IDI_ACT_NONE),
                      "linear: activation %d cannot be fused here", (int)act);
    const idi_linear_attr attr = {act};
    const idi_value in[4] = {x, weight, bias, residual};
    return idi_op_build(graph, idi_op_linear, &attr, sizeof attr, in, 4, ys);
}

/* A tensor as the matrix of its rows. */
static idi_value as_matrix(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    return idi_reshape(graph, x, idi_shape2(idi_shape_rows(&shape), idi_shape_last(&shape)));
}

void idi_gradient_linear(idi_graph *graph, const idi_node *node, const idi_value *dout,
                         const bool *is_wanted, idi_value *din)
{
    const idi_linear_attr *attr = node->attr;
    const idi_value x = node->in[0];
    const idi_value weight = node->in[1];
    if (is_wanted[3]) din[3] = dout[0];
    if (!is_wanted[0] && !is_wanted[1] && !is_wanted[2]) return;
    const idi_value dz =
        as_matrix(graph, idi_activation_grad(graph, dout[0], IDI_NONE, node->out[0], attr->act));
    if (is_wanted[0])
        din[0] = idi_reshape(graph, idi_matmul(graph, dz, weight, false, false),
                             idi_graph_shape(graph, x));
    if (is_wanted[1]) din[1] = idi_matmul(graph, dz, as_matrix(graph, x), true, false);
    if (is_wanted[2]) din[2] = idi_row_sum(graph, dz);
}
