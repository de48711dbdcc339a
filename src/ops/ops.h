/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ops.h - the table made of ops.def. */
#ifndef IDI_OPS_OPS_H
#define IDI_OPS_OPS_H

#include "graph/backend.h"
#include "graph/graph.h"

#define IDI_OP(name, inputs, outputs)      idi_op_##name,
#define IDI_OP_LEAF(name, inputs, outputs) idi_op_##name,
#define IDI_OP_VIEW(name)                  idi_op_##name,
typedef enum idi_op_id {
#include "ops/ops.def"
    idi_op_count
} idi_op_id;
#undef IDI_OP
#undef IDI_OP_LEAF
#undef IDI_OP_VIEW

/* The gradient rules, one in each op's file (idi_op_info.gradient). */
#define IDI_OP(name, inputs, outputs)                                                              \
    void idi_gradient_##name(idi_graph *graph, const idi_node *node, const idi_value *dout,        \
                             const bool *is_wanted, idi_value *din);
#define IDI_OP_LEAF(name, inputs, outputs)
#define IDI_OP_VIEW(name) IDI_OP(name, 1, 1)
#include "ops/ops.def"
#undef IDI_OP
#undef IDI_OP_LEAF
#undef IDI_OP_VIEW

/* Indexed by idi_op_id. */
extern const idi_op_info idi_ops[idi_op_count];

/* Appends a node with one output. */
idi_value idi_op_build(idi_graph *graph, idi_op_id op, const void *attr, size_t attr_bytes,
                       const idi_value *inputs, int input_count, idi_shape output);

/* A graph of wide parameters and reals (idi_graph_mix) by the ops narrow and widen. */
void idi_mix(idi_graph *graph);
/* In such a graph the value in wide numbers, or as reals; elsewhere itself. */
idi_value idi_exact(idi_graph *graph, idi_value x);
idi_value idi_real(idi_graph *graph, idi_value x);

/* idi_graph_backward with the add op. */
IDI_NODISCARD idi_status idi_backward(idi_graph *graph, idi_value y, idi_value dy,
                                      const idi_value *wrt, int count, idi_value *gradients_out);

#endif
