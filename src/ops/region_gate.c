/* SPDX-License-Identifier: Apache-2.0 */
/* ops/region_gate.c - see region_gate.h. */
#include "ops/region_gate.h"
#include "ops/label_map.h"

idi_value idi_region_gate(idi_graph *graph, idi_value x, idi_value labels)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 3, "region_gate: x %s, want [N, R, D]",
                      idi_shape_format(&xs).text);
    if (!idi_require_label_map(graph, "region_gate", labels, xs.dim[0])) return IDI_NONE;
    const idi_value in[2] = {x, labels};
    return idi_op_build(graph, idi_op_region_gate, NULL, 0, in, 2, xs);
}

void idi_gradient_region_gate(idi_graph *graph, const idi_node *node, const idi_value *dout,
                              const bool *is_wanted, idi_value *din)
{
    if (is_wanted[0]) din[0] = idi_region_gate(graph, dout[0], node->in[1]);
}
