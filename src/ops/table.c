/* SPDX-License-Identifier: Apache-2.0 */
/* ops/table.c - what each op is to the graph. */
#include "ops/add.h"
#include "ops/narrow.h"
#include "ops/ops.h"
#include "ops/widen.h"

/* `...`: what differs from the rest. */
#define IDI_ENTRY(name_, inputs, outputs, gradient_, ...)                                          \
    [idi_op_##name_] = {.name = #name_,                                                            \
                        .id = idi_op_##name_,                                                      \
                        .input_count = inputs,                                                     \
                        .output_count = outputs,                                                   \
                        .gradient = gradient_,                                                     \
                        __VA_ARGS__},
#define IDI_OP(name, inputs, outputs)                                                              \
    IDI_ENTRY(name, inputs, outputs, idi_gradient_##name, .first_sum = outputs)
#define IDI_OP_LEAF(name, inputs, outputs)                                                         \
    IDI_ENTRY(name, inputs, outputs, NULL, .first_sum = outputs)
#define IDI_OP_LEAF_SUMS(name, inputs, outputs, first)                                             \
    IDI_ENTRY(name, inputs, outputs, NULL, .first_sum = first)
#define IDI_OP_FORWARD_SUMS IDI_OP_LEAF_SUMS
#define IDI_OP_STEP(name, inputs, outputs, in_place)                                               \
    IDI_ENTRY(name, inputs, outputs, NULL, .first_sum = outputs, .in_place_count = in_place)
#define IDI_OP_NARROW(name, inputs, outputs)                                                       \
    IDI_ENTRY(name, inputs, outputs, idi_gradient_##name, .first_sum = outputs, .is_narrow = true)
#define IDI_OP_WIDEN(name, inputs, outputs)                                                        \
    IDI_ENTRY(name, inputs, outputs, idi_gradient_##name, .first_sum = outputs, .is_widen = true)
#define IDI_OP_VIEW(name)                                                                          \
    IDI_ENTRY(name, 1, 1, idi_gradient_##name, .first_sum = 1, .is_view = true)
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

void idi_mix(idi_graph *graph)
{
    idi_graph_mix(graph, idi_narrow, idi_widen);
}

idi_value idi_exact(idi_graph *graph, idi_value x)
{
    return idi_graph_as_kind(graph, x, idi_graph_exact_kind(graph));
}

idi_value idi_real(idi_graph *graph, idi_value x)
{
    return idi_graph_as_kind(graph, x, IDI_REAL);
}
