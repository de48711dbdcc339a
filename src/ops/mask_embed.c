/* SPDX-License-Identifier: Apache-2.0 */
/* ops/mask_embed.c - see mask_embed.h. */
#include "ops/mask_embed.h"
#include "ops/label_map.h"

/* The side of a square of `count` pixels, or 0 if that is no square. */
static int64_t side_of(int64_t count)
{
    int64_t side = 0;
    while (side * side < count)
        side++;
    return side * side == count ? side : 0;
}

idi_value idi_mask_embed(idi_graph *graph, idi_value labels, idi_value weight, idi_value bias,
                         int64_t first_class, int64_t parts)
{
    if (!idi_require_label_map(graph, "mask_embed", labels, -1)) return IDI_NONE;
    const idi_shape ls = idi_graph_shape(graph, labels);
    const idi_shape ws = idi_graph_shape(graph, weight);
    const idi_shape bs = idi_graph_shape(graph, bias);
    const int64_t side = side_of(ws.dim[0]);
    IDI_GRAPH_REQUIRE(graph, ws.rank == 2 && side > 0, "mask_embed: weight %s, want [side*side, E]",
                      idi_shape_format(&ws).text);
    IDI_GRAPH_REQUIRE(graph, bs.rank == 1 && bs.dim[0] == ws.dim[1],
                      "mask_embed: bias %s, want [%lld]", idi_shape_format(&bs).text,
                      (long long)ws.dim[1]);
    IDI_GRAPH_REQUIRE(graph,
                      first_class >= 0 && parts >= 1 && first_class <= IDI_MAX_CLASSES - parts,
                      "mask_embed: %lld classes from %lld on, want classes 0 to %d",
                      (long long)parts, (long long)first_class, IDI_MAX_CLASSES - 1);
    const idi_mask_embed_attr attr = {side, first_class, parts};
    const idi_value in[3] = {labels, weight, bias};
    return idi_op_build(graph, idi_op_mask_embed, &attr, sizeof attr, in, 3,
                        idi_shape3(ls.dim[0], ws.dim[1], parts));
}

void idi_gradient_mask_embed(idi_graph *graph, const idi_node *node, const idi_value *dout,
                             const bool *is_wanted, idi_value *din)
{
    const idi_mask_embed_attr *attr = node->attr;
    const idi_value in[2] = {dout[0], node->in[0]};
    idi_shape shapes[2] = {{.rank = 0}, {.rank = 0}};
    for (int i = 0; i < 2; i++)
        if (is_wanted[i + 1]) shapes[i] = idi_graph_shape(graph, node->in[i + 1]);
    (void)idi_graph_node(graph, &idi_ops[idi_op_mask_embed_grad], attr, sizeof *attr, in, 2, shapes,
                         2);
    if (idi_graph_has_failed(graph)) return;
    const idi_node *grad = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1);
    for (int i = 0; i < 2; i++)
        din[i + 1] = grad->out[i];
}
