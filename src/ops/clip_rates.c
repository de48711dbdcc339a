/* SPDX-License-Identifier: Apache-2.0 */
/* ops/clip_rates.c - see clip_rates.h. */
#include "ops/clip_rates.h"
#include "ops/adam.h"

idi_value idi_clip_rates(idi_graph *graph, idi_value rates, idi_value squares,
                         const idi_clip_rates_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape rs = idi_graph_shape(graph, rates);
    const idi_shape ss = idi_graph_shape(graph, squares);
    IDI_GRAPH_REQUIRE(graph, rs.rank == 1 && rs.dim[0] == IDI_ADAM_RATES,
                      "clip_rates: rates %s, want [4]", idi_shape_format(&rs).text);
    IDI_GRAPH_REQUIRE(graph, ss.rank == 1 && ss.dim[0] == 1, "clip_rates: squares %s, want [1]",
                      idi_shape_format(&ss).text);
    IDI_GRAPH_REQUIRE(graph, attr->limit > 0.0, "clip_rates: limit is %g, want above 0",
                      attr->limit);
    const idi_value in[2] = {rates, squares};
    return idi_op_build(graph, idi_op_clip_rates, attr, sizeof *attr, in, 2, rs);
}
