/* SPDX-License-Identifier: Apache-2.0 */
/* ops/max_pool.c - see max_pool.h. */
#include "ops/max_pool.h"

idi_value idi_max_pool(idi_graph *graph, idi_value x, int64_t kernel, int64_t stride)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, kernel >= 1 && stride >= 1,
                      "max_pool: kernel %lld and stride %lld, want 1 or more", (long long)kernel,
                      (long long)stride);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4 && xs.dim[1] >= kernel && xs.dim[2] >= kernel,
                      "max_pool: x %s, want [N, H, W, C] with sides from %lld on",
                      idi_shape_format(&xs).text, (long long)kernel);
    const idi_max_pool_attr attr = {kernel, stride};
    return idi_op_build(graph, idi_op_max_pool, &attr, sizeof attr, &x, 1,
                        idi_shape4(xs.dim[0], (xs.dim[1] - kernel) / stride + 1,
                                   (xs.dim[2] - kernel) / stride + 1, xs.dim[3]));
}

void idi_gradient_max_pool(idi_graph *graph, const idi_node *node, const idi_value *dout,
                           const bool *is_wanted, idi_value *din)
{
    const idi_max_pool_attr *attr = node->attr;
    const idi_value in[2] = {dout[0], node->in[0]};
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_max_pool_grad, attr, sizeof *attr, in, 2,
                              idi_graph_shape(graph, node->in[0]));
}
