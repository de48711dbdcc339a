/* SPDX-License-Identifier: Apache-2.0 */
/* ops/spectral_scale.c - see spectral_scale.h. */
#include "ops/spectral_scale.h"

idi_value idi_spectral_scale(idi_graph *graph, idi_value weight, idi_value u, idi_value v)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape ws = idi_graph_shape(graph, weight);
    const idi_shape us = idi_graph_shape(graph, u);
    const idi_shape vs = idi_graph_shape(graph, v);
    IDI_GRAPH_REQUIRE(graph, ws.rank >= 2, "spectral_scale: weight is %s, want [O, ...]",
                      idi_shape_format(&ws).text);
    idi_shape row = ws;
    row.dim[0] = 1;
    const idi_shape column = idi_shape1(ws.dim[0]);
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&us, &column) && idi_shape_equal(&vs, &row),
                      "spectral_scale: u %s and v %s, want %s and %s for weight %s",
                      idi_shape_format(&us).text, idi_shape_format(&vs).text,
                      idi_shape_format(&column).text, idi_shape_format(&row).text,
                      idi_shape_format(&ws).text);
    const idi_value in[3] = {weight, u, v};
    return idi_op_build(graph, idi_op_spectral_scale, NULL, 0, in, 3, ws);
}

void idi_gradient_spectral_scale(idi_graph *graph, const idi_node *node, const idi_value *dout,
                                 const bool *is_wanted, idi_value *din)
{
    const idi_value in[4] = {node->in[0], node->in[1], node->in[2], dout[0]};
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_spectral_scale_grad, NULL, 0, in, 4,
                              idi_graph_shape(graph, node->in[0]));
}
