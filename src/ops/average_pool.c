/* SPDX-License-Identifier: Apache-2.0 */
/* ops/average_pool.c - see average_pool.h. */
#include "ops/average_pool.h"

idi_value idi_average_pool(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "average_pool: x is %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    return idi_op_build(graph, idi_op_average_pool, NULL, 0, &x, 1,
                        idi_shape4(xs.dim[0], (xs.dim[1] + 1) / 2, (xs.dim[2] + 1) / 2, xs.dim[3]));
}

void idi_gradient_average_pool(idi_graph *graph, const idi_node *node, const idi_value *dout,
                               const bool *is_wanted, idi_value *din)
{
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_average_pool_grad, NULL, 0, dout, 1,
                              idi_graph_shape(graph, node->in[0]));
}
