/* SPDX-License-Identifier: Apache-2.0 */
/* ops/upsample.c - see upsample.h. */
#include "ops/upsample.h"

idi_value idi_upsample(idi_graph *graph, idi_value x, idi_upsample_mode mode)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "upsample: x is %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, mode == IDI_UPSAMPLE_NEAREST || mode == IDI_UPSAMPLE_BILINEAR,
                      "upsample: mode is %d, want nearest (%d) or bilinear (%d)", (int)mode,
                      (int)IDI_UPSAMPLE_NEAREST, (int)IDI_UPSAMPLE_BILINEAR);
    const idi_upsample_attr attr = {mode};
    return idi_op_build(graph, idi_op_upsample, &attr, sizeof attr, &x, 1,
                        idi_shape4(xs.dim[0], 2 * xs.dim[1], 2 * xs.dim[2], xs.dim[3]));
}

void idi_gradient_upsample(idi_graph *graph, const idi_node *node, const idi_value *dout,
                           const bool *is_wanted, idi_value *din)
{
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_upsample_grad, node->attr, sizeof(idi_upsample_attr),
                              &dout[0], 1, idi_graph_shape(graph, node->in[0]));
}
