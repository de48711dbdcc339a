/* SPDX-License-Identifier: Apache-2.0 */
/* ops/root_norm.c - see root_norm.h. */
#include "ops/root_norm.h"

idi_value idi_root_norm(idi_graph *graph, idi_value u, idi_value root, double eps)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    idi_shape out = idi_graph_shape(graph, u);
    const idi_shape rs = idi_graph_shape(graph, root);
    const int64_t count = ++out.dim[out.rank - 1];
    IDI_GRAPH_REQUIRE(graph, rs.rank == 2 && rs.dim[0] == count && rs.dim[1] == count,
                      "root_norm: root %s, want [%lld, %lld]", idi_shape_format(&rs).text,
                      (long long)count, (long long)count);
    const idi_root_norm_attr attr = {eps};
    const idi_value in[2] = {u, root};
    return idi_op_build(graph, idi_op_root_norm, &attr, sizeof attr, in, 2, out);
}
