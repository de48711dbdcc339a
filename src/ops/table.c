/* SPDX-License-Identifier: Apache-2.0 */
/* ops/table.c - what each op is to the graph. */
#include "ops/add.h"
#include "ops/ops.h"

#define IDI_ENTRY(name, inputs, outputs, gradient, ...)                                            \
    [idi_op_##name] = {#name, idi_op_##name, inputs, outputs, gradient, __VA_ARGS__},
#define IDI_OP(name, inputs, outputs)                                                              \
    IDI_ENTRY(name, inputs, outputs, idi_gradient_##name, false, false, 0)
#define IDI_OP_LEAF(name, inputs, outputs) IDI_ENTRY(name, inputs, outputs, NULL, false, false, 0)
#define IDI_OP_STEP(name, inputs, outputs, in_place)                                               \
    IDI_ENTRY(name, inputs, outputs, NULL, false, false, in_place)
#define IDI_OP_NARROW(name, inputs, outputs) IDI_ENTRY(name, inputs, outputs, NULL, false, true, 0)
#define IDI_OP_VIEW(name)                    IDI_ENTRY(name, 1, 1, idi_gradient_##name, true, false, 0)
const idi_op_info idi_ops[idi_op_count] = {
#include "ops/ops.def"
};

idi_value idi_op_build(idi_graph *graph, idi_op_id op, const void *attr, size_t attr_bytes,
                       const idi_value *inputs, int input_count, idi_shape output)
{
    return idi_graph_node(graph, &idi_ops[op], attr, attr_bytes, inputs, input_count, &output, 1);
}

idi_status idi_backward(idi_graph *graph, idi_value y, idi_value dy, const idi_value *wrt,
                        int count, idi_value *gradients_out)
{
    return idi_graph_backward(graph, y, dy, wrt, count, idi_add, gradients_out);
}
