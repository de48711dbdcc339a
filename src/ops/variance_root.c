/* SPDX-License-Identifier: Apache-2.0 */
/* ops/variance_root.c - see variance_root.h. */
#include "ops/variance_root.h"

idi_value idi_variance_root(idi_graph *graph, idi_value a, idi_value b)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape as = idi_graph_shape(graph, a);
    const idi_shape bs = idi_graph_shape(graph, b);
    IDI_GRAPH_REQUIRE(graph, as.rank == 2, "variance_root: a %s, want [K1, D]",
                      idi_shape_format(&as).text);
    IDI_GRAPH_REQUIRE(graph, b == IDI_NONE || (bs.rank == 3 && bs.dim[2] == as.dim[1]),
                      "variance_root: b %s, want [N, K2, %lld]", idi_shape_format(&bs).text,
                      (long long)as.dim[1]);
    const int64_t rows = as.dim[0] + (b == IDI_NONE ? 0 : bs.dim[1]);
    const idi_shape out =
        b == IDI_NONE ? idi_shape2(rows, rows) : idi_shape3(bs.dim[0], rows, rows);
    const idi_value in[2] = {a, b};
    return idi_op_build(graph, idi_op_variance_root, NULL, 0, in, 2, out);
}
