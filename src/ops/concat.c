/* SPDX-License-Identifier: Apache-2.0 */
/* ops/concat.c - see concat.h. */
#include "ops/concat.h"
#include "ops/slice.h"

idi_value idi_concat(idi_graph *graph, const idi_value *x, int count, int axis)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    IDI_GRAPH_REQUIRE(graph, count >= 1 && count <= IDI_MAX_INPUTS,
                      "concat: %d inputs, want 1 to %d", count, IDI_MAX_INPUTS);
    idi_shape out = idi_graph_shape(graph, x[0]);
    IDI_GRAPH_REQUIRE(graph, axis >= 0 && axis < out.rank, "concat: axis %d of %s, want 0 to %d",
                      axis, idi_shape_format(&out).text, out.rank - 1);
    int64_t total = 0;
    for (int i = 0; i < count; i++) {
        const idi_shape shape = idi_graph_shape(graph, x[i]);
        out.dim[axis] = shape.dim[axis];
        IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&shape, &out),
                          "concat: input %d is %s, want %s in all but dimension %d", i,
                          idi_shape_format(&shape).text, idi_shape_format(&out).text, axis);
        total += shape.dim[axis];
    }
    out.dim[axis] = total;
    const idi_concat_attr attr = {axis};
    return idi_op_build(graph, idi_op_concat, &attr, sizeof attr, x, count, out);
}

void idi_gradient_concat(idi_graph *graph, const idi_node *node, const idi_value *dout,
                         const bool *is_wanted, idi_value *din)
{
    const idi_concat_attr *attr = node->attr;
    int64_t start = 0;
    for (int i = 0; i < node->input_count; i++) {
        const int64_t length = idi_graph_shape(graph, node->in[i]).dim[attr->axis];
        if (is_wanted[i]) din[i] = idi_slice(graph, dout[0], attr->axis, start, length);
        start += length;
    }
}
