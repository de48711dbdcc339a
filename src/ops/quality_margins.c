/* SPDX-License-Identifier: Apache-2.0 */
/* ops/quality_margins.c - see quality_margins.h. */
#include "ops/quality_margins.h"

static bool is_one(const idi_shape *shape)
{
    return shape->rank == 1 && shape->dim[0] == 1;
}

idi_value idi_quality_margins(idi_graph *graph, idi_value lengths, idi_value mean,
                              idi_value variance, idi_value margin,
                              const idi_quality_margins_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape ls = idi_graph_shape(graph, lengths);
    const idi_shape ms = idi_graph_shape(graph, mean);
    const idi_shape vs = idi_graph_shape(graph, variance);
    const idi_shape gs = idi_graph_shape(graph, margin);
    IDI_GRAPH_REQUIRE(graph, ls.rank == 2 && ls.dim[1] == 1,
                      "quality_margins: lengths %s, want [N, 1]", idi_shape_format(&ls).text);
    IDI_GRAPH_REQUIRE(graph, is_one(&ms) && is_one(&vs),
                      "quality_margins: mean %s and variance %s, want [1]",
                      idi_shape_format(&ms).text, idi_shape_format(&vs).text);
    IDI_GRAPH_REQUIRE(graph, is_one(&gs), "quality_margins: margin %s, want [1]",
                      idi_shape_format(&gs).text);
    IDI_GRAPH_REQUIRE(graph, attr->concentration > 0.0,
                      "quality_margins: concentration is %g, want above 0", attr->concentration);
    const idi_value in[4] = {lengths, mean, variance, margin};
    return idi_op_build(graph, idi_op_quality_margins, attr, sizeof *attr, in, 4,
                        idi_shape2(ls.dim[0], 2));
}
