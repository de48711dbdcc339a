/* SPDX-License-Identifier: Apache-2.0 */
/* ops/batch_stats.c - see batch_stats.h. */
#include "ops/batch_stats.h"

static idi_value build(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1 && idi_shape_rows(&xs) >= 2,
                      "batch_stats: x is %s, want two rows or more", idi_shape_format(&xs).text);
    const idi_shape channels = idi_shape1(idi_shape_last(&xs));
    const idi_shape shapes[2] = {channels, channels};
    return idi_graph_node(graph, &idi_ops[idi_op_batch_stats], NULL, 0, &x, 1, shapes, 2);
}

idi_batch_stats idi_batch_stats_of(idi_graph *graph, idi_value x)
{
    const idi_value mean = build(graph, x);
    return (idi_batch_stats){mean, idi_graph_sibling(graph, mean, 1)};
}
