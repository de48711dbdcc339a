/* SPDX-License-Identifier: Apache-2.0 */
/* ops/batch_norm.c - see batch_norm.h. */
#include "ops/batch_norm.h"

static bool is_vector(const idi_shape *shape, int64_t length)
{
    return shape->rank == 1 && shape->dim[0] == length;
}

idi_value idi_batch_norm(idi_graph *graph, idi_value x, idi_value gamma, idi_value beta,
                         idi_value mean, idi_value variance, double eps)
{
    static const char *const names[5] = {"x", "gamma", "beta", "mean", "variance"};
    const idi_value in[5] = {x, gamma, beta, mean, variance};
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, xs.rank >= 1, "batch_norm: x is %s, want [..., C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(
        graph, mean != IDI_NONE && variance != IDI_NONE,
        "batch_norm: mean and variance are wanted, only gamma and beta may be absent");
    for (int i = 1; i < 5; i++) {
        const idi_shape shape = idi_graph_shape(graph, in[i]);
        IDI_GRAPH_REQUIRE(graph, in[i] == IDI_NONE || is_vector(&shape, idi_shape_last(&xs)),
                          "batch_norm: %s %s, want [%lld], as many as x's channels", names[i],
                          idi_shape_format(&shape).text, (long long)idi_shape_last(&xs));
    }
    IDI_GRAPH_REQUIRE(graph, eps >= 0.0, "batch_norm: eps is %g, want 0 or more", eps);
    const idi_batch_norm_attr attr = {eps};
    return idi_op_build(graph, idi_op_batch_norm, &attr, sizeof attr, in, 5, xs);
}

/* mean and variance are constants: their gradients stay IDI_NONE. */
void idi_gradient_batch_norm(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    if (!is_wanted[0] && !is_wanted[1] && !is_wanted[2]) return;
    const idi_value in[5] = {node->in[0], node->in[1], node->in[3], node->in[4], dout[0]};
    idi_shape shapes[3] = {{0}, {0}, {0}};
    for (int i = 0; i < 3; i++)
        if (is_wanted[i]) shapes[i] = idi_graph_shape(graph, node->in[i]);
    (void)idi_graph_node(graph, &idi_ops[idi_op_batch_norm_grad], node->attr,
                         sizeof(idi_batch_norm_attr), in, 5, shapes, 3);
    if (idi_graph_has_failed(graph)) return;
    const idi_node *grad = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1);
    for (int i = 0; i < 3; i++)
        din[i] = grad->out[i];
}
