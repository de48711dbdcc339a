/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv2d.c - see conv2d.h. */
#include "ops/conv2d.h"
#include "ops/row_sum.h"

/* Rounded down; the caller made sure that the kernel fits. */
static int64_t out_side(int64_t side, int64_t kernel, const idi_conv2d_attr *attr)
{
    return (side + 2 * attr->pad - kernel) / attr->stride + 1;
}

/* Fails the graph unless x, the kernel and the attributes fit each other. */
static idi_value check_window(idi_graph *graph, const idi_shape *x, const idi_shape *w,
                              const idi_conv2d_attr *attr)
{
    IDI_GRAPH_REQUIRE(graph, x->rank == 4, "conv2d: x is %s, want [N, H, W, C]",
                      idi_shape_format(x).text);
    IDI_GRAPH_REQUIRE(graph, w->rank == 4, "conv2d: weight is %s, want [O, kh, kw, C/groups]",
                      idi_shape_format(w).text);
    IDI_GRAPH_REQUIRE(graph, attr->stride >= 1 && attr->pad >= 0 && attr->groups >= 1,
                      "conv2d: stride %lld, pad %lld and groups %lld, want at least 1, 0 and 1",
                      (long long)attr->stride, (long long)attr->pad, (long long)attr->groups);
    IDI_GRAPH_REQUIRE(graph, x->dim[3] == attr->groups * w->dim[3] && w->dim[0] % attr->groups == 0,
                      "conv2d: x %s does not fit weight %s in %lld groups",
                      idi_shape_format(x).text, idi_shape_format(w).text, (long long)attr->groups);
    IDI_GRAPH_REQUIRE(
        graph, x->dim[1] + 2 * attr->pad >= w->dim[1] && x->dim[2] + 2 * attr->pad >= w->dim[2],
        "conv2d: x %s with pad %lld is smaller than the kernel %lldx%lld", idi_shape_format(x).text,
        (long long)attr->pad, (long long)w->dim[1], (long long)w->dim[2]);
    return IDI_NONE;
}

idi_value idi_conv2d(idi_graph *graph, idi_value x, idi_value weight, idi_value bias,
                     idi_value residual, const idi_conv2d_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    const idi_shape ws = idi_graph_shape(graph, weight);
    const idi_shape bs = idi_graph_shape(graph, bias);
    const idi_shape rs = idi_graph_shape(graph, residual);
    (void)check_window(graph, &xs, &ws, attr);
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape ys = idi_shape4(xs.dim[0], out_side(xs.dim[1], ws.dim[1], attr),
                                    out_side(xs.dim[2], ws.dim[2], attr), ws.dim[0]);
    IDI_GRAPH_REQUIRE(graph, bias == IDI_NONE || (bs.rank == 1 && bs.dim[0] == ws.dim[0]),
                      "conv2d: bias %s, want [%lld]", idi_shape_format(&bs).text,
                      (long long)ws.dim[0]);
    IDI_GRAPH_REQUIRE(graph, residual == IDI_NONE || idi_shape_equal(&rs, &ys),
                      "conv2d: residual %s, want %s", idi_shape_format(&rs).text,
                      idi_shape_format(&ys).text);
    IDI_GRAPH_REQUIRE(graph, idi_act_is_output_based(attr->act),
                      "conv2d: activation %d cannot be fused here", (int)attr->act);
    IDI_GRAPH_REQUIRE(graph, residual == IDI_NONE || attr->act == IDI_ACT_NONE,
                      "conv2d: activation %d with a residual, want none", (int)attr->act);
    const idi_value in[4] = {x, weight, bias, residual};
    return idi_op_build(graph, idi_op_conv2d, attr, sizeof *attr, in, 4, ys);
}

void idi_gradient_conv2d(idi_graph *graph, const idi_node *node, const idi_value *dout,
                         const bool *is_wanted, idi_value *din)
{
    const idi_conv2d_attr *attr = node->attr;
    const idi_value x = node->in[0];
    const idi_value weight = node->in[1];
    if (is_wanted[3]) din[3] = dout[0];
    if (!is_wanted[0] && !is_wanted[1] && !is_wanted[2]) return;
    const idi_value dz = idi_activation_grad(graph, dout[0], IDI_NONE, node->out[0], attr->act);
    if (is_wanted[0]) {
        const idi_value in[2] = {dz, weight};
        din[0] = idi_op_build(graph, idi_op_conv2d_grad_input, attr, sizeof *attr, in, 2,
                              idi_graph_shape(graph, x));
    }
    if (is_wanted[1]) {
        const idi_value in[2] = {dz, x};
        din[1] = idi_op_build(graph, idi_op_conv2d_grad_weight, attr, sizeof *attr, in, 2,
                              idi_graph_shape(graph, weight));
    }
    if (is_wanted[2]) din[2] = idi_row_sum(graph, dz);
}
