/* SPDX-License-Identifier: Apache-2.0 */
/* ops/adam.c - see adam.h. */
#include "ops/adam.h"

static idi_value build(idi_graph *graph, const idi_value *in, const idi_adam_attr *attr)
{
    static const char *const names[4] = {"parameter", "gradient", "first moment", "second moment"};
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape shape = idi_graph_shape(graph, in[0]);
    for (int i = 0; i < 4; i++) {
        const idi_shape other = idi_graph_shape(graph, in[i]);
        IDI_GRAPH_REQUIRE(graph, other.rank >= 1 && idi_shape_equal(&other, &shape),
                          "adam: %s %s, want the parameter's %s", names[i],
                          idi_shape_format(&other).text, idi_shape_format(&shape).text);
    }
    const idi_shape rates = idi_graph_shape(graph, in[4]);
    IDI_GRAPH_REQUIRE(graph, rates.rank == 1 && rates.dim[0] == IDI_ADAM_RATES,
                      "adam: rates %s, want [4]", idi_shape_format(&rates).text);
    IDI_GRAPH_REQUIRE(
        graph, attr->beta1 >= 0.0 && attr->beta1 < 1.0 && attr->beta2 >= 0.0 && attr->beta2 < 1.0,
        "adam: betas are %g and %g, want 0 or more and below 1", attr->beta1, attr->beta2);
    IDI_GRAPH_REQUIRE(graph, attr->eps > 0.0 && attr->weight_decay >= 0.0,
                      "adam: eps is %g and weight decay %g, want above 0, and 0 or more", attr->eps,
                      attr->weight_decay);
    const idi_shape shapes[3] = {shape, shape, shape};
    return idi_graph_node(graph, &idi_ops[idi_op_adam], attr, sizeof *attr, in, 5, shapes, 3);
}

idi_adam_step idi_adam(idi_graph *graph, idi_value parameter, idi_value gradient,
                       idi_value first_moment, idi_value second_moment, idi_value rates,
                       const idi_adam_attr *attr)
{
    const idi_value in[5] = {parameter, gradient, first_moment, second_moment, rates};
    const idi_value first = build(graph, in, attr);
    return (idi_adam_step){first, idi_graph_sibling(graph, first, 1),
                           idi_graph_sibling(graph, first, 2)};
}
