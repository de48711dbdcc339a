/* SPDX-License-Identifier: Apache-2.0 */
/* ops/affine_sample.c - see affine_sample.h. */
#include "ops/affine_sample.h"

idi_value idi_affine_sample(idi_graph *graph, idi_value x, idi_value map, int64_t height,
                            int64_t width)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ms = idi_graph_shape(graph, map);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "affine_sample: x is %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph,
                      ms.rank == 3 && ms.dim[0] == xs.dim[0] && ms.dim[1] == 2 && ms.dim[2] == 3,
                      "affine_sample: map is %s, want [%lld, 2, 3]", idi_shape_format(&ms).text,
                      (long long)xs.dim[0]);
    IDI_GRAPH_REQUIRE(graph, height >= 1 && width >= 1,
                      "affine_sample: output of %lld x %lld, want 1 x 1 or more", (long long)height,
                      (long long)width);
    const idi_value in[2] = {x, map};
    return idi_op_build(graph, idi_op_affine_sample, NULL, 0, in, 2,
                        idi_shape4(xs.dim[0], height, width, xs.dim[3]));
}

void idi_gradient_affine_sample(idi_graph *graph, const idi_node *node, const idi_value *dout,
                                const bool *is_wanted, idi_value *din)
{
    const idi_value in[2] = {dout[0], node->in[1]};
    if (is_wanted[1]) {
        (void)idi_graph_fail(
            graph, idi_fail(IDI_ERR_UNSUPPORTED, "affine_sample: the map has no gradient"));
        return;
    }
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_affine_sample_grad, NULL, 0, in, 2,
                              idi_graph_shape(graph, node->in[0]));
}
