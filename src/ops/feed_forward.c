/* SPDX-License-Identifier: Apache-2.0 */
/* ops/feed_forward.c - see feed_forward.h. */
#include "ops/feed_forward.h"
#include "ops/geglu.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/row_sum.h"

idi_value idi_feed_forward(idi_graph *graph, idi_value x, idi_value w1, idi_value b1, idi_value w2,
                           idi_value b2, idi_value residual)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape s1 = idi_graph_shape(graph, w1);
    const idi_shape s2 = idi_graph_shape(graph, w2);
    const int64_t width = idi_shape_last(&xs);
    const int64_t hidden = s2.dim[1];
    const int64_t out = s2.dim[0];
    const idi_shape want1 = idi_shape2(2 * hidden, width);
    IDI_GRAPH_REQUIRE(graph, s2.rank == 2 && idi_shape_equal(&s1, &want1),
                      "feed_forward: w1 %s and w2 %s, want [2H, %lld] and [P, H]",
                      idi_shape_format(&s1).text, idi_shape_format(&s2).text, (long long)width);
    const idi_shape t1 = idi_graph_shape(graph, b1);
    const idi_shape t2 = idi_graph_shape(graph, b2);
    IDI_GRAPH_REQUIRE(
        graph, t1.rank == 1 && t1.dim[0] == 2 * hidden && t2.rank == 1 && t2.dim[0] == out,
        "feed_forward: b1 %s and b2 %s, want [%lld] and [%lld]", idi_shape_format(&t1).text,
        idi_shape_format(&t2).text, (long long)(2 * hidden), (long long)out);
    const idi_shape rs = idi_graph_shape(graph, residual);
    idi_shape ys = xs;
    ys.dim[ys.rank - 1] = out;
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&rs, &ys), "feed_forward: residual %s, want %s",
                      idi_shape_format(&rs).text, idi_shape_format(&ys).text);
    const idi_value in[6] = {x, w1, b1, w2, b2, residual};
    return idi_op_build(graph, idi_op_feed_forward, NULL, 0, in, 6, ys);
}

void idi_gradient_feed_forward(idi_graph *graph, const idi_node *node, const idi_value *dout,
                               const bool *is_wanted, idi_value *din)
{
    const idi_shape shape = idi_graph_shape(graph, node->in[0]);
    const idi_shape matrix = idi_shape2(idi_shape_rows(&shape), idi_shape_last(&shape));
    const idi_value x = idi_reshape(graph, node->in[0], matrix);
    const idi_shape out = idi_graph_shape(graph, dout[0]);
    const idi_value dy =
        idi_reshape(graph, dout[0], idi_shape2(matrix.dim[0], idi_shape_last(&out)));
    const idi_value wide = idi_linear(graph, x, node->in[1], node->in[2], IDI_NONE, IDI_ACT_NONE);
    const idi_value dmiddle = idi_matmul(graph, dy, node->in[3], false, false);
    const idi_value pair[2] = {wide, dmiddle};
    const idi_value dwide =
        idi_op_build(graph, idi_op_geglu_grad, NULL, 0, pair, 2, idi_graph_shape(graph, wide));
    if (is_wanted[0])
        din[0] = idi_reshape(graph, idi_matmul(graph, dwide, node->in[1], false, false), shape);
    if (is_wanted[1]) din[1] = idi_matmul(graph, dwide, x, true, false);
    if (is_wanted[2]) din[2] = idi_row_sum(graph, dwide);
    if (is_wanted[3]) din[3] = idi_matmul(graph, dy, idi_geglu(graph, wide), true, false);
    if (is_wanted[4]) din[4] = idi_row_sum(graph, dy);
    if (is_wanted[5]) din[5] = dout[0];
}
