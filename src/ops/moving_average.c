/* SPDX-License-Identifier: Apache-2.0 */
/* ops/moving_average.c - see moving_average.h. */
#include "ops/moving_average.h"

idi_value idi_moving_average(idi_graph *graph, idi_value average, idi_value x, idi_value rate,
                             const idi_moving_average_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape as = idi_graph_shape(graph, average);
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape rs = idi_graph_shape(graph, rate);
    IDI_GRAPH_REQUIRE(graph, as.rank >= 1 && idi_shape_equal(&as, &xs),
                      "moving_average: x %s, want the average's %s", idi_shape_format(&xs).text,
                      idi_shape_format(&as).text);
    IDI_GRAPH_REQUIRE(graph, rate == IDI_NONE || (rs.rank == 1 && rs.dim[0] == 1),
                      "moving_average: rate %s, want [1]", idi_shape_format(&rs).text);
    IDI_GRAPH_REQUIRE(graph, attr->rate >= 0.0 && attr->rate <= 1.0,
                      "moving_average: rate is %g, want 0 to 1", attr->rate);
    const idi_value in[3] = {average, x, rate};
    return idi_op_build(graph, idi_op_moving_average, attr, sizeof *attr, in, 3, as);
}
