/* SPDX-License-Identifier: Apache-2.0 */
/* ops/matmul.c - see matmul.h. */
#include "ops/matmul.h"

idi_value idi_matmul(idi_graph *graph, idi_value a, idi_value b, bool is_a_transposed,
                     bool is_b_transposed)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape x = idi_graph_shape(graph, a);
    const idi_shape y = idi_graph_shape(graph, b);
    const int r = x.rank;
    IDI_GRAPH_REQUIRE(graph, r == y.rank && (r == 2 || (r == 3 && x.dim[0] == y.dim[0])),
                      "matmul: %s and %s are neither two matrices nor two equal batches of them",
                      idi_shape_format(&x).text, idi_shape_format(&y).text);
    const int64_t rows = x.dim[is_a_transposed ? r - 1 : r - 2];
    const int64_t inner_a = x.dim[is_a_transposed ? r - 2 : r - 1];
    const int64_t inner_b = y.dim[is_b_transposed ? r - 1 : r - 2];
    const int64_t columns = y.dim[is_b_transposed ? r - 2 : r - 1];
    IDI_GRAPH_REQUIRE(graph, inner_a == inner_b, "matmul: inner dimensions %lld and %lld differ",
                      (long long)inner_a, (long long)inner_b);
    const idi_matmul_attr attr = {is_a_transposed, is_b_transposed};
    const idi_value in[2] = {a, b};
    return idi_op_build(graph, idi_op_matmul, &attr, sizeof attr, in, 2,
                        r == 2 ? idi_shape2(rows, columns) : idi_shape3(x.dim[0], rows, columns));
}

void idi_gradient_matmul(idi_graph *graph, const idi_node *node, const idi_value *dout,
                         const bool *is_wanted, idi_value *din)
{
    const idi_matmul_attr *attr = node->attr;
    const bool ta = attr->is_a_transposed;
    const bool tb = attr->is_b_transposed;
    const idi_value a = node->in[0];
    const idi_value b = node->in[1];
    const idi_value dc = dout[0];
    if (is_wanted[0])
        din[0] = ta ? idi_matmul(graph, b, dc, tb, true) : idi_matmul(graph, dc, b, false, !tb);
    if (is_wanted[1])
        din[1] = tb ? idi_matmul(graph, dc, a, true, ta) : idi_matmul(graph, a, dc, !ta, false);
}
