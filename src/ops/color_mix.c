/* SPDX-License-Identifier: Apache-2.0 */
/* ops/color_mix.c - see color_mix.h. */
#include "ops/color_mix.h"

idi_value idi_color_mix(idi_graph *graph, idi_value x, idi_value matrix)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ms = idi_graph_shape(graph, matrix);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4 && xs.dim[3] == 3,
                      "color_mix: x is %s, want [N, H, W, 3]", idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph,
                      ms.rank == 3 && ms.dim[0] == xs.dim[0] && ms.dim[1] == 3 && ms.dim[2] == 4,
                      "color_mix: matrix is %s, want [%lld, 3, 4]", idi_shape_format(&ms).text,
                      (long long)xs.dim[0]);
    const idi_value in[2] = {x, matrix};
    return idi_op_build(graph, idi_op_color_mix, NULL, 0, in, 2, xs);
}

void idi_gradient_color_mix(idi_graph *graph, const idi_node *node, const idi_value *dout,
                            const bool *is_wanted, idi_value *din)
{
    const idi_value in[2] = {dout[0], node->in[1]};
    if (is_wanted[1]) {
        (void)idi_graph_fail(
            graph, idi_fail(IDI_ERR_UNSUPPORTED, "color_mix: the matrix has no gradient"));
        return;
    }
    if (is_wanted[0])
        din[0] = idi_op_build(graph, idi_op_color_mix_grad, NULL, 0, in, 2,
                              idi_graph_shape(graph, node->in[0]));
}
