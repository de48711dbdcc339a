/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention.c - see attention.h. */
#include "ops/attention.h"
#include "ops/grad_node.h"

/* What both builders ask of the shapes: q, or IDI_NONE after a failure. */
static idi_value check(idi_graph *graph, idi_value q, idi_value k, idi_value v, int64_t heads)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape qs = idi_graph_shape(graph, q);
    const idi_shape ks = idi_graph_shape(graph, k);
    const idi_shape vs = idi_graph_shape(graph, v);
    IDI_GRAPH_REQUIRE(graph, qs.rank == 3, "attention: q %s, want [N, T, D]",
                      idi_shape_format(&qs).text);
    IDI_GRAPH_REQUIRE(graph, ks.rank == 3 && ks.dim[0] == qs.dim[0] && ks.dim[2] == qs.dim[2],
                      "attention: k %s, want [%lld, S, %lld] for q %s", idi_shape_format(&ks).text,
                      (long long)qs.dim[0], (long long)qs.dim[2], idi_shape_format(&qs).text);
    IDI_GRAPH_REQUIRE(graph, idi_shape_equal(&vs, &ks), "attention: v %s, want k's shape %s",
                      idi_shape_format(&vs).text, idi_shape_format(&ks).text);
    IDI_GRAPH_REQUIRE(graph, heads >= 1 && qs.dim[2] % heads == 0,
                      "attention: %lld heads do not divide the width of q %s", (long long)heads,
                      idi_shape_format(&qs).text);
    return q;
}

/* maps of rank 0: none. */
static idi_value build(idi_graph *graph, idi_value q, idi_value k, idi_value v, int64_t heads,
                       idi_shape maps)
{
    const idi_attention_attr attr = {heads};
    const idi_value in[3] = {q, k, v};
    const idi_shape out[2] = {idi_graph_shape(graph, q), maps};
    return idi_graph_node(graph, &idi_ops[idi_op_attention], &attr, sizeof attr, in, 3, out, 2);
}

idi_value idi_attention(idi_graph *graph, idi_value q, idi_value k, idi_value v, int64_t heads)
{
    if (check(graph, q, k, v, heads) == IDI_NONE) return IDI_NONE;
    return build(graph, q, k, v, heads, (idi_shape){.rank = 0});
}

idi_value idi_attention_with_maps(idi_graph *graph, idi_value q, idi_value k, idi_value v,
                                  int64_t heads, idi_value *maps_out)
{
    *maps_out = IDI_NONE;
    if (check(graph, q, k, v, heads) == IDI_NONE) return IDI_NONE;
    const idi_shape qs = idi_graph_shape(graph, q);
    const int64_t keys = idi_graph_shape(graph, k).dim[1];
    const int64_t features = qs.dim[2] / heads;
    IDI_GRAPH_REQUIRE(graph, keys <= IDI_ATTENTION_MAP_KEYS,
                      "attention: maps over %lld tokens, there are maps over up to %d",
                      (long long)keys, IDI_ATTENTION_MAP_KEYS);
    IDI_GRAPH_REQUIRE(graph, features <= IDI_ATTENTION_MAP_FEATURES,
                      "attention: maps of heads of %lld features, there are maps of up to %d",
                      (long long)features, IDI_ATTENTION_MAP_FEATURES);
    const idi_value y = build(graph, q, k, v, heads, idi_shape4(qs.dim[0], heads, qs.dim[1], keys));
    if (y != IDI_NONE) *maps_out = idi_graph_sibling(graph, y, 1);
    return y;
}

void idi_gradient_attention(idi_graph *graph, const idi_node *node, const idi_value *dout,
                            const bool *is_wanted, idi_value *din)
{
    if (dout[1] != IDI_NONE) {
        (void)idi_graph_fail(
            graph, idi_fail(IDI_ERR_UNSUPPORTED, "attention: no gradient flows through its maps"));
        return;
    }
    const idi_value in[4] = {node->in[0], node->in[1], node->in[2], dout[0]};
    idi_grad_node(graph, idi_op_attention_grad, node, sizeof(idi_attention_attr), in, 4, is_wanted,
                  din);
}
