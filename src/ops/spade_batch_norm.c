/* SPDX-License-Identifier: Apache-2.0 */
/* ops/spade_batch_norm.c - see spade_batch_norm.h. */
#include "ops/spade_batch_norm.h"

enum { INPUTS = 9 };

/* What an input has to be, and the inputs that come together. */
typedef struct wanted {
    const char *name;
    idi_shape shape;
    int partner; /* absent together with that input; -1: always there */
} wanted;

static bool fits(idi_graph *graph, const idi_value *in, const wanted *want, int i)
{
    if (in[i] == IDI_NONE) {
        if (want->partner >= 0 && in[want->partner] == IDI_NONE) return true;
        (void)idi_graph_fail(graph,
                             idi_fail(IDI_ERR_SHAPE, "spade_batch_norm: %s is missing, want %s",
                                      want->name, idi_shape_format(&want->shape).text));
        return false;
    }
    const idi_shape shape = idi_graph_shape(graph, in[i]);
    const bool is_alone = want->partner >= 0 && in[want->partner] == IDI_NONE;
    if (!is_alone && idi_shape_equal(&shape, &want->shape)) return true;
    (void)idi_graph_fail(graph, idi_fail(IDI_ERR_SHAPE, "spade_batch_norm: %s %s, want %s",
                                         want->name, idi_shape_format(&shape).text,
                                         is_alone ? "none" : idi_shape_format(&want->shape).text));
    return false;
}

idi_value idi_spade_batch_norm(idi_graph *graph, const idi_spade_batch_norm_inputs *inputs,
                               double eps, idi_act act)
{
    if (idi_graph_has_failed(graph)) return IDI_NONE;
    const idi_value in[INPUTS] = {inputs->x,          inputs->mean,       inputs->variance,
                                  inputs->maps,       inputs->style_maps, inputs->blend_gamma,
                                  inputs->blend_beta, inputs->noise,      inputs->noise_scale};
    const idi_shape xs = idi_graph_shape(graph, inputs->x);
    IDI_GRAPH_REQUIRE(graph, xs.rank == 4, "spade_batch_norm: x %s, want [N, H, W, C]",
                      idi_shape_format(&xs).text);
    IDI_GRAPH_REQUIRE(graph, eps > 0.0, "spade_batch_norm: eps %g, want more than 0", eps);
    IDI_GRAPH_REQUIRE(graph,
                      act == IDI_ACT_NONE || act == IDI_ACT_RELU || act == IDI_ACT_LEAKY_RELU,
                      "spade_batch_norm: activation %d, want none, relu or leaky_relu", (int)act);
    const idi_shape channel = idi_shape1(xs.dim[3]);
    const idi_shape maps = idi_shape4(xs.dim[0], xs.dim[1], xs.dim[2], 2 * xs.dim[3]);
    const idi_shape pixel = idi_shape3(xs.dim[0], xs.dim[1], xs.dim[2]);
    const wanted want[INPUTS] = {{"x", xs, -1},
                                 {"mean", channel, -1},
                                 {"variance", channel, -1},
                                 {"maps", maps, -1},
                                 {"style_maps", maps, 5},
                                 {"blend_gamma", idi_shape1(1), 4},
                                 {"blend_beta", idi_shape1(1), 4},
                                 {"noise", pixel, 8},
                                 {"noise_scale", channel, 7}};
    for (int i = 1; i < INPUTS; i++)
        if (!fits(graph, in, &want[i], i)) return IDI_NONE;
    const idi_spade_batch_norm_attr attr = {eps, act};
    return idi_op_build(graph, idi_op_spade_batch_norm, &attr, sizeof attr, in, INPUTS, xs);
}
