/* SPDX-License-Identifier: Apache-2.0 */
/* ops/macs.c - see macs.h. */
#include "ops/macs.h"
#include "ops/ops.h"
#include "ops/pixel_transformer.h"

/* A pixel's products; a triangle's zeros are none. */
static int64_t pixel_transformer_macs(const idi_graph *graph, const idi_node *node)
{
    idi_exec exec = {.attr = node->attr};
    for (int i = 0; i < node->input_count; i++)
        exec.in[i].shape = idi_graph_shape(graph, node->in[i]);
    const idi_pixel_transformer_sizes n = idi_pixel_transformer_sizes_of(&exec);
    const int64_t first = n.channels + 1;
    return n.batch * n.pixels *
           (first * (first + 1) / 2 + first * n.attended + n.width * (n.width + 1) / 2 +
            n.width * (2 * n.hidden + n.out) + n.hidden * n.out);
}

/* Elements of the output times the length of the sum behind each. */
static int64_t product(const idi_graph *graph, const idi_node *node, int64_t inner)
{
    const idi_shape out = idi_graph_shape(graph, node->out[0]);
    return idi_shape_count(&out) * inner;
}

static int64_t node_macs(const idi_graph *graph, const idi_node *node)
{
    const idi_shape first = idi_graph_shape(graph, node->in[0]);
    const idi_shape second =
        node->input_count > 1 ? idi_graph_shape(graph, node->in[1]) : idi_shape1(0);
    switch (node->op->id) {
    case idi_op_linear:
    case idi_op_grouped_linear:
        return product(graph, node, second.dim[1]);
    case idi_op_conv2d:
        return product(graph, node, second.dim[1] * second.dim[2] * second.dim[3]);
    case idi_op_feed_forward: {
        const idi_shape w2 = idi_graph_shape(graph, node->in[3]);
        return idi_shape_rows(&first) * (idi_shape_count(&second) + idi_shape_count(&w2));
    }
    case idi_op_attention: /* scores and their product with v */
        return 2 * product(graph, node, second.dim[1]);
    case idi_op_root_norm:
        return idi_shape_rows(&first) * second.dim[0] * (second.dim[0] + 1) / 2;
    case idi_op_pixel_transformer:
        return pixel_transformer_macs(graph, node);
    case idi_op_matmul: {
        const idi_shape out = idi_graph_shape(graph, node->out[0]);
        const int r = first.rank;
        return product(graph, node, first.dim[r - 1] * first.dim[r - 2] / out.dim[r - 2]);
    }
    default:
        return 0;
    }
}

int64_t idi_graph_macs(const idi_graph *graph)
{
    int64_t total = 0;
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++) {
        const idi_node *node = idi_graph_get_node(graph, n);
        if (node->depends & ~IDI_DEPENDS_WEIGHTS) total += node_macs(graph, node);
    }
    return total;
}
