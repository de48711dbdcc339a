/* SPDX-License-Identifier: Apache-2.0 */
/* ops/narrow.c - see narrow.h. */
#include "ops/narrow.h"
#include "ops/widen.h"

idi_value idi_narrow(idi_graph *graph, idi_value x)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_dtype dtype = idi_graph_dtype(graph, x);
    IDI_GRAPH_REQUIRE(graph, dtype == IDI_WIDE, "narrow: x is %s, want wide",
                      idi_dtype_name(dtype));
    return idi_op_build(graph, idi_op_narrow, NULL, 0, &x, 1, idi_graph_shape(graph, x));
}

/* In a graph that mixes kinds what comes back is wide already. */
void idi_gradient_narrow(idi_graph *graph, const idi_node *node, const idi_value *dout,
                         const bool *is_wanted, idi_value *din)
{
    (void)node;
    const bool is_wide = idi_graph_dtype(graph, dout[0]) == IDI_WIDE;
    if (is_wanted[0]) din[0] = is_wide ? dout[0] : idi_widen(graph, dout[0]);
}
