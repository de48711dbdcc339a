/* SPDX-License-Identifier: Apache-2.0 */
/* ops/slice.c - see slice.h. */
#include "ops/slice.h"

idi_value idi_slice(idi_graph *graph, idi_value x, int axis, int64_t start, int64_t length)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    idi_shape shape = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, axis >= 0 && axis < shape.rank, "slice: axis %d of %s, want 0 to %d",
                      axis, idi_shape_format(&shape).text, shape.rank - 1);
    const int64_t size = shape.dim[axis];
    IDI_GRAPH_REQUIRE(graph, start >= 0 && length >= 1 && start <= size - length,
                      "slice: %lld elements from %lld on of dimension %d of %s", (long long)length,
                      (long long)start, axis, idi_shape_format(&shape).text);
    shape.dim[axis] = length;
    const idi_slice_attr attr = {axis, start, length, size};
    return idi_op_build(graph, idi_op_slice, &attr, sizeof attr, &x, 1, shape);
}

void idi_gradient_slice(idi_graph *graph, const idi_node *node, const idi_value *dout,
                        const bool *is_wanted, idi_value *din)
{
    const idi_slice_attr *attr = node->attr;
    if (!is_wanted[0]) return;
    din[0] = idi_op_build(graph, idi_op_slice_grad, attr, sizeof *attr, dout, 1,
                          idi_graph_shape(graph, node->in[0]));
}
