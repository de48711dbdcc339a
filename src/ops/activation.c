/* SPDX-License-Identifier: Apache-2.0 */
/* ops/activation.c - see activation.h. */
#include "ops/activation.h"

bool idi_act_is_output_based(idi_act act)
{
    return act != IDI_ACT_SILU && act != IDI_ACT_GELU;
}

idi_value idi_activation(idi_graph *graph, idi_value x, idi_act act)
{
    if (act == IDI_ACT_NONE) return x;
    const idi_activation_attr attr = {act};
    return idi_op_build(graph, idi_op_activation, &attr, sizeof attr, &x, 1,
                        idi_graph_shape(graph, x));
}

idi_value idi_activation_grad(idi_graph *graph, idi_value dy, idi_value x, idi_value y, idi_act act)
{
    if (act == IDI_ACT_NONE) return dy;
    const idi_activation_attr attr = {act};
    const bool from_output = idi_act_is_output_based(act);
    const idi_value in[3] = {dy, from_output ? IDI_NONE : x, from_output ? y : IDI_NONE};
    return idi_op_build(graph, idi_op_activation_grad, &attr, sizeof attr, in, 3,
                        idi_graph_shape(graph, dy));
}

void idi_gradient_activation(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    const idi_activation_attr *attr = node->attr;
    if (is_wanted[0])
        din[0] = idi_activation_grad(graph, dout[0], node->in[0], node->out[0], attr->act);
}
