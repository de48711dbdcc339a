/* SPDX-License-Identifier: Apache-2.0 */
/* ops/region_mean.c - see region_mean.h. */
#include "ops/region_mean.h"
#include "ops/label_map.h"

idi_value idi_region_mean(idi_graph *graph, idi_value x, idi_value labels, int64_t regions)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape xs = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, regions >= 1 && regions <= IDI_MAX_CLASSES,
                      "region_mean: %lld regions, want 1 to %d", (long long)regions,
                      IDI_MAX_CLASSES);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "region_mean: x %s, want [N, H, W, K]",
                      idi_shape_format(&xs).text);
    if (!idi_require_label_map(graph, "region_mean", labels, xs.dim[0])) return IDI_NONE;
    const idi_region_mean_attr attr = {regions};
    const idi_value in[2] = {x, labels};
    return idi_op_build(graph, idi_op_region_mean, &attr, sizeof attr, in, 2,
                        idi_shape3(xs.dim[0], regions, xs.dim[3]));
}
