/* SPDX-License-Identifier: Apache-2.0 */
/* ops/grad_node.h - the gradient node of an op whose <op>_grad gives one output for each of its
 * inputs, of that input's shape. */
#ifndef IDI_OPS_GRAD_NODE_H
#define IDI_OPS_GRAD_NODE_H

#include "ops/ops.h"

/* Appends `op` on `in` with `node`'s attributes; output k is din[k], and exists only where
 * is_wanted[k]. */
static inline void idi_grad_node(idi_graph *graph, idi_op_id op, const idi_node *node,
                                 size_t attr_bytes, const idi_value *in, int input_count,
                                 const bool *is_wanted, idi_value *din)
{
    if (idi_graph_has_failed(graph)) return;
    idi_shape shapes[IDI_MAX_OUTPUTS];
    const int output_count = idi_ops[op].output_count;
    for (int k = 0; k < output_count; k++)
        shapes[k] = idi_graph_shape(graph, is_wanted[k] ? node->in[k] : IDI_NONE);
    (void)idi_graph_node(graph, &idi_ops[op], node->attr, attr_bytes, in, input_count, shapes,
                         output_count);
    if (idi_graph_has_failed(graph)) return;
    /* By the node, not by its first output, which may be unwanted. */
    const idi_node *gradient = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1);
    for (int k = 0; k < output_count; k++)
        din[k] = gradient->out[k];
}

#endif
