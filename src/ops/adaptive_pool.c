/* SPDX-License-Identifier: Apache-2.0 */
/* ops/adaptive_pool.c - see adaptive_pool.h. */
#include "ops/adaptive_pool.h"

/* [start, start + length) inside [0, size), written so that nothing can overflow. */
static bool is_range(int64_t start, int64_t length, int64_t size)
{
    return start >= 0 && length >= 1 && length <= size && start <= size - length;
}

idi_value idi_adaptive_pool(idi_graph *graph, idi_value x, const idi_adaptive_pool_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "adaptive_pool: x is %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph,
                      is_range(attr->top, attr->height, xs.dim[1]) &&
                          is_range(attr->left, attr->width, xs.dim[2]),
                      "adaptive_pool: the crop of %lldx%lld (height x width) at (%lld, %lld) is "
                      "empty or not inside x %s",
                      (long long)attr->height, (long long)attr->width, (long long)attr->top,
                      (long long)attr->left, idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, attr->out_height >= 1 && attr->out_width >= 1,
                      "adaptive_pool: the output is %lldx%lld, want at least 1x1",
                      (long long)attr->out_height, (long long)attr->out_width);
    idi_adaptive_pool_attr full = *attr;
    full.in_height = xs.dim[1];
    full.in_width = xs.dim[2];
    return idi_op_build(graph, idi_op_adaptive_pool, &full, sizeof full, &x, 1,
                        idi_shape4(xs.dim[0], attr->out_height, attr->out_width, xs.dim[3]));
}

void idi_gradient_adaptive_pool(idi_graph *graph, const idi_node *node, const idi_value *dout,
                                const bool *is_wanted, idi_value *din)
{
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_adaptive_pool_grad, node->attr,
                              sizeof(idi_adaptive_pool_attr), &dout[0], 1,
                              idi_graph_shape(graph, node->in[0]));
}
