/* SPDX-License-Identifier: Apache-2.0 */
/* ops/fold_norm.c - see fold_norm.h. */
#include "ops/fold_norm.h"

idi_value idi_fold_norm(idi_graph *graph, idi_value w, idi_value gamma)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape ws = idi_graph_shape(graph, w);
    const idi_shape gs = idi_graph_shape(graph, gamma);
    IDI_GRAPH_REQUIRE(graph, ws.rank == 2 && gs.rank == 1 && gs.dim[0] == ws.dim[1],
                      "fold_norm: weight %s and gamma %s, want [O, D] and [D]",
                      idi_shape_format(&ws).text, idi_shape_format(&gs).text);
    const idi_value in[2] = {w, gamma};
    return idi_op_build(graph, idi_op_fold_norm, NULL, 0, in, 2, ws);
}
