/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_planes.c - see label_planes.h. */
#include "ops/label_planes.h"
#include "ops/label_map.h"
#include "ops/slice.h"

static idi_value build(idi_graph *graph, idi_value labels, idi_value x, int64_t classes,
                       idi_shape y)
{
    IDI_GRAPH_REQUIRE(graph, classes >= 1 && classes <= IDI_MAX_CLASSES,
                      "label_planes: %lld classes, want 1 to %d", (long long)classes,
                      (int)IDI_MAX_CLASSES);
    const idi_label_planes_attr attr = {classes};
    const idi_value in[2] = {labels, x};
    y.dim[3] += classes;
    return idi_op_build(graph, idi_op_label_planes, &attr, sizeof attr, in, 2, y);
}

idi_value idi_label_planes(idi_graph *graph, idi_value labels, idi_value x, int64_t classes)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape shape = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, shape.rank == 4, "label_planes: x is %s, want [N, H, W, C]",
                      idi_shape_format(&shape).text);
    if (!idi_require_label_map(graph, "label_planes", labels, shape.dim[0])) return IDI_NONE;
    return build(graph, labels, x, classes, shape);
}

idi_value idi_label_planes_alone(idi_graph *graph, idi_value labels, int64_t classes,
                                 int64_t height, int64_t width)
{
    if (!idi_require_label_map(graph, "label_planes", labels, -1)) return IDI_NONE;
    IDI_GRAPH_REQUIRE(graph, height >= 1 && width >= 1,
                      "label_planes: %lldx%lld pixels, want at least 1x1", (long long)height,
                      (long long)width);
    const idi_shape shape = idi_graph_shape(graph, labels);
    return build(graph, labels, IDI_NONE, classes, idi_shape4(shape.dim[0], height, width, 0));
}

void idi_gradient_label_planes(idi_graph *graph, const idi_node *node, const idi_value *dout,
                               const bool *is_wanted, idi_value *din)
{
    const idi_label_planes_attr *attr = node->attr;
    if (!is_wanted[1]) return;
    const idi_shape x = idi_graph_shape(graph, node->in[1]);
    din[1] = idi_slice(graph, dout[0], 3, attr->classes, idi_shape_last(&x));
}
