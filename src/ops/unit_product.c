/* SPDX-License-Identifier: Apache-2.0 */
/* ops/unit_product.c - see unit_product.h. */
#include "ops/unit_product.h"

idi_value idi_unit_product(idi_graph *graph, idi_value matrix, idi_value x, bool is_transposed)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape ms = idi_graph_shape(graph, matrix);
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, ms.rank >= 2, "unit_product: the matrix is %s, want [O, ...]",
                      idi_shape_format(&ms).text);
    idi_shape row = ms;
    row.dim[0] = 1;
    const idi_shape column = idi_shape1(ms.dim[0]);
    const idi_shape *want = is_transposed ? &column : &row;
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&xs, want),
                      "unit_product: x is %s, want %s for matrix %s%s", idi_shape_format(&xs).text,
                      idi_shape_format(want).text, idi_shape_format(&ms).text,
                      is_transposed ? ", transposed" : "");
    const idi_unit_product_attr attr = {is_transposed};
    const idi_value in[2] = {matrix, x};
    return idi_op_build(graph, idi_op_unit_product, &attr, sizeof attr, in, 2,
                        is_transposed ? row : column);
}
