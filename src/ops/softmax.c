/* SPDX-License-Identifier: Apache-2.0 */
/* ops/softmax.c - see softmax.h. */
#include "ops/softmax.h"

idi_value idi_softmax(idi_graph *graph, idi_value x, int64_t groups)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape shape = idi_graph_shape(graph, x);
    IDI_GRAPH_REQUIRE(graph, groups >= 1 && idi_shape_last(&shape) % groups == 0,
                      "softmax: %lld groups do not divide the features of %s", (long long)groups,
                      idi_shape_format(&shape).text);
    const idi_softmax_attr attr = {groups};
    return idi_op_build(graph, idi_op_softmax, &attr, sizeof attr, &x, 1, shape);
}
