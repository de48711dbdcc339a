/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_conv.c - see label_conv.h. */
#include "ops/label_conv.h"
#include "ops/label_map.h"

static const int64_t taps = 9;

/* The output's channels; 0 if the weight fits neither form. */
static int64_t channels_of(const idi_shape *weight, int64_t batch)
{
    const int64_t classes = idi_shape_last(weight);
    if (classes < 1 || classes > IDI_MAX_CLASSES) return 0;
    if (weight->rank == 4 && weight->dim[1] == 3 && weight->dim[2] == 3) return weight->dim[0];
    const bool is_own = weight->rank == 3 && weight->dim[0] == batch && weight->dim[1] % taps == 0;
    return is_own ? weight->dim[1] / taps : 0;
}

idi_value idi_label_conv(idi_graph *graph, idi_value labels, idi_value weight, idi_value bias,
                         int64_t height, int64_t width, idi_act act)
{
    if (!idi_require_label_map(graph, "label_conv", labels, -1)) return IDI_NONE;
    const idi_shape ls = idi_graph_shape(graph, labels);
    const idi_shape ws = idi_graph_shape(graph, weight);
    const idi_shape bs = idi_graph_shape(graph, bias);
    const int64_t channels = channels_of(&ws, ls.dim[0]);
    IDI_GRAPH_REQUIRE(graph, channels > 0,
                      "label_conv: weight %s, want [O, 3, 3, R], R from 1 to %d, or [%lld, 9*O, R]",
                      idi_shape_format(&ws).text, IDI_MAX_CLASSES, (long long)ls.dim[0]);
    IDI_GRAPH_REQUIRE(graph, bs.rank == 1 && bs.dim[0] == channels,
                      "label_conv: bias %s, want [%lld]", idi_shape_format(&bs).text,
                      (long long)channels);
    IDI_GRAPH_REQUIRE(graph, height >= 1 && width >= 1,
                      "label_conv: output of %lld x %lld, want 1 x 1 or more", (long long)height,
                      (long long)width);
    IDI_GRAPH_REQUIRE(graph, idi_act_is_output_based(act),
                      "label_conv: activation %d cannot be fused here", (int)act);
    const idi_label_conv_attr attr = {height, width, idi_shape_last(&ws), act};
    const idi_value in[3] = {labels, weight, bias};
    return idi_op_build(graph, idi_op_label_conv, &attr, sizeof attr, in, 3,
                        idi_shape4(ls.dim[0], height, width, channels));
}

void idi_gradient_label_conv(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    const idi_label_conv_attr *attr = node->attr;
    if (idi_graph_shape(graph, node->in[1]).rank == 3) {
        (void)idi_graph_fail(graph, idi_fail(IDI_ERR_UNSUPPORTED,
                                             "label_conv: weights of a sample have no gradient"));
        return;
    }
    const idi_value dz = idi_activation_grad(graph, dout[0], IDI_NONE, node->out[0], attr->act);
    const idi_value in[2] = {dz, node->in[0]};
    idi_shape shapes[2] = {{.rank = 0}, {.rank = 0}};
    for (int i = 0; i < 2; i++)
        if (is_wanted[i + 1]) shapes[i] = idi_graph_shape(graph, node->in[i + 1]);
    (void)idi_graph_node(graph, &idi_ops[idi_op_label_conv_grad], attr, sizeof *attr, in, 2, shapes,
                         2);
    if (idi_graph_has_failed(graph)) return;
    const idi_node *grad = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1);
    for (int i = 0; i < 2; i++)
        din[i + 1] = grad->out[i];
}
