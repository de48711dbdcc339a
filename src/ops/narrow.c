/* SPDX-License-Identifier: Apache-2.0 */
/* ops/narrow.c - see narrow.h. */
#include "ops/narrow.h"

idi_value idi_narrow(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_dtype dtype = idi_graph_dtype(graph, x);
    IDI_GRAPH_REQUIRE(graph, dtype == IDI_WIDE, "narrow: x is %s, want wide",
                      idi_dtype_name(dtype));
    return idi_op_build(graph, idi_op_narrow, NULL, 0, &x, 1, idi_graph_shape(graph, x));
}
