/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scale.c - see scale.h. */
#include "ops/scale.h"

idi_value idi_scale(idi_graph *graph, idi_value x, double factor)
{
    const idi_scale_attr attr = {factor};
    return idi_op_build(graph, idi_op_scale, &attr, sizeof attr, &x, 1, idi_graph_shape(graph, x));
}

void idi_gradient_scale(idi_graph *graph, const idi_node *node, const idi_value *dout,
                        const bool *is_wanted, idi_value *din)
{
    const idi_scale_attr *attr = node->attr;
    if (is_wanted[0]) din[0] = idi_scale(graph, dout[0], attr->factor);
}
