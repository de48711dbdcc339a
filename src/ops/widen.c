/* SPDX-License-Identifier: Apache-2.0 */
/* ops/widen.c - see widen.h. */
#include "ops/widen.h"
#include "ops/narrow.h"

idi_value idi_widen(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_dtype dtype = idi_graph_dtype(graph, x);
    IDI_GRAPH_REQUIRE(graph, x != IDI_NONE && dtype == IDI_REAL, "widen: x is %s, want real",
                      x == IDI_NONE ? "absent" : idi_dtype_name(dtype));
    return idi_op_build(graph, idi_op_widen, NULL, 0, &x, 1, idi_graph_shape(graph, x));
}

void idi_gradient_widen(idi_graph *graph, const idi_node *node, const idi_value *dout,
                        const bool *is_wanted, idi_value *din)
{
    (void)node;
    if (is_wanted[0]) din[0] = idi_narrow(graph, dout[0]);
}
