/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pixel_transformer.c - see pixel_transformer.h. */
#include "ops/pixel_transformer.h"

static bool is_shape(const idi_graph *graph, idi_value value, idi_shape want)
{
    const idi_shape shape = idi_graph_shape(graph, value);
    return idi_shape_equal(&shape, &want);
}

idi_value idi_pixel_transformer(idi_graph *graph, const idi_pixel_transformer_inputs *in,
                                const idi_pixel_transformer_attr *attr)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_shape u = idi_graph_shape(graph, in->u);
    const idi_shape weight = idi_graph_shape(graph, in->weight);
    const idi_shape scores = idi_graph_shape(graph, in->scores);
    IDI_GRAPH_REQUIRE(graph, u.rank == 4 && weight.rank == 2 && scores.rank == 3,
                      "pixel_transformer: u %s, weight %s, scores %s, want ranks 4, 2 and 3",
                      idi_shape_format(&u).text, idi_shape_format(&weight).text,
                      idi_shape_format(&scores).text);
    const int64_t batch = u.dim[0];
    const int64_t first = u.dim[3] + 1;
    const int64_t attended = scores.dim[1];
    const int64_t width = first + attended;
    const int64_t out = weight.dim[0];
    const int64_t columns = 2 * weight.dim[1] + out;
    IDI_GRAPH_REQUIRE(graph, attr->heads >= 1 && attended % attr->heads == 0,
                      "pixel_transformer: %lld heads do not divide scores %s",
                      (long long)attr->heads, idi_shape_format(&scores).text);
    const idi_shape y = idi_shape4(batch, u.dim[1], u.dim[2], out);
    IDI_GRAPH_REQUIRE(graph,
                      is_shape(graph, in->residual, y) &&
                          is_shape(graph, in->root_in, idi_shape2(first, first)) &&
                          is_shape(graph, in->scores, idi_shape3(batch, attended, first + 1)) &&
                          is_shape(graph, in->root, idi_shape3(batch, width, width)) &&
                          is_shape(graph, in->model, idi_shape2(first, columns)) &&
                          is_shape(graph, in->reference, idi_shape3(batch, attended, columns)) &&
                          is_shape(graph, in->bias, idi_shape1(columns)),
                      "pixel_transformer: the matrices do not fit u %s, scores %s and weight %s",
                      idi_shape_format(&u).text, idi_shape_format(&scores).text,
                      idi_shape_format(&weight).text);
    const idi_value inputs[9] = {in->u,     in->residual,  in->root_in, in->scores, in->root,
                                 in->model, in->reference, in->bias,    in->weight};
    return idi_op_build(graph, idi_op_pixel_transformer, attr, sizeof *attr, inputs, 9, y);
}

idi_pixel_transformer_sizes idi_pixel_transformer_sizes_of(const idi_exec *exec)
{
    const idi_shape *u = &exec->in[0].shape;
    idi_pixel_transformer_sizes n = {
        .batch = u->dim[0],
        .pixels = u->dim[1] * u->dim[2],
        .channels = u->dim[3],
        .out = exec->in[8].shape.dim[0],
        .heads = ((const idi_pixel_transformer_attr *)exec->attr)->heads,
        .hidden = exec->in[8].shape.dim[1],
        .attended = exec->in[3].shape.dim[1],
    };
    n.tokens = n.attended / n.heads;
    n.width = n.channels + 1 + n.attended;
    return n;
}
