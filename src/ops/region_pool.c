/* SPDX-License-Identifier: Apache-2.0 */
/* ops/region_pool.c - see region_pool.h. */
#include "ops/region_pool.h"
#include "ops/label_map.h"

static const double pool_eps = 1e-5;

idi_value idi_region_pool(idi_graph *graph, idi_value x, idi_value labels, int64_t regions)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, regions >= 1 && regions <= IDI_MAX_CLASSES,
                      "region_pool: %lld regions, want 1 to %d", (long long)regions,
                      IDI_MAX_CLASSES);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4 && xs.dim[3] % regions == 0,
                      "region_pool: x %s, want [N, H, W, %lld*K]", idi_shape_format(&xs).text,
                      (long long)regions);
    if (!idi_require_label_map(graph, "region_pool", labels, xs.dim[0])) return IDI_NONE;
    const idi_region_pool_attr attr = {regions, xs.dim[1], xs.dim[2], pool_eps};
    const idi_value in[2] = {x, labels};
    return idi_op_build(graph, idi_op_region_pool, &attr, sizeof attr, in, 2,
                        idi_shape3(xs.dim[0], regions, xs.dim[3] / regions));
}

void idi_gradient_region_pool(idi_graph *graph, const idi_node *node, const idi_value *dout,
                              const bool *is_wanted, idi_value *din)
{
    const idi_region_pool_attr *attr = node->attr;
    if (!is_wanted[0]) return;
    const idi_value in[2] = {dout[0], node->in[1]};
    din[0] = idi_op_build(graph, idi_op_region_pool_grad, attr, sizeof *attr, in, 2,
                          idi_graph_shape(graph, node->in[0]));
}
