/* SPDX-License-Identifier: Apache-2.0 */
/* ops/head_expand.c - see head_expand.h. */
#include "ops/head_expand.h"

idi_value idi_head_expand(idi_graph *graph, idi_value x, int64_t heads)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape shape = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, shape.rank == 3 && heads >= 1 && shape.dim[2] % heads == 0,
                      "head_expand: %lld heads of %s, want [N, S, D] with heads that divide D",
                      (long long)heads, idi_shape_format(&shape).text);
    const idi_head_expand_attr attr = {heads};
    return idi_op_build(graph, idi_op_head_expand, &attr, sizeof attr, &x, 1,
                        idi_shape3(shape.dim[0], heads * shape.dim[1], shape.dim[2]));
}
