/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/elementwise.c - cases of reshape, add, scale and activation. */
#include "ops/activation.h"
#include "ops/add.h"
#include "ops/reshape.h"
#include "ops/scale.h"
#include "support/op_check.h"

static idi_value build_reshape(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c; /* the view needs a neighbour that runs */
    return idi_scale(graph, idi_reshape(graph, in[0], idi_shape2(6, 5)), 2.0);
}

static idi_value build_add(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_add(graph, in[0], in[1]);
}

static idi_value build_scale(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_scale(graph, in[0], (double)c->p[0] / 7.0);
}

static idi_value build_activation(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_activation(graph, in[0], (idi_act)c->p[0]);
}

static const idi_op_case reshape_cases[] = {
    {.name = "view", .in = {{{3, {2, 3, 5}}}}, .build = build_reshape},
};
IDI_SUITE(reshape, reshape_cases);

static const idi_op_case add_cases[] = {
    {.name = "one", .in = {{{1, {1}}}, {{1, {1}}}}, .build = build_add},
    {.name = "ragged", .in = {{{4, {2, 3, 5, 7}}}, {{4, {2, 3, 5, 7}}}}, .build = build_add},
    {.name = "whole packs", .in = {{{2, {3, 16}}}, {{2, {3, 16}}}}, .build = build_add},
    {.name = "several blocks", .in = {{{2, {3, 2057}}}, {{2, {3, 2057}}}}, .build = build_add},
};
IDI_SUITE(add, add_cases);

static const idi_op_case scale_cases[] = {
    {.name = "ragged", .in = {{{2, {3, 7}}}}, .p = {-5}, .build = build_scale},
};
IDI_SUITE(scale, scale_cases);

#define ACTIVATION(title, act, fill_)                                                              \
    {                                                                                              \
        .name = title, .in = {{{2, {3, 37}}, fill_}}, .p = {act}, .condition = 2,                  \
        .build = build_activation                                                                  \
    }

#define SATURATED(title, act)                                                                      \
    {                                                                                              \
        .name = title, .in = {{{2, {3, 37}}, IDI_FILL_LARGE}}, .p = {act}, .condition = 2,         \
        .build = build_activation, .is_not_differentiable = true                                   \
    }

static const idi_op_case activation_cases[] = {
    ACTIVATION("relu", IDI_ACT_RELU, IDI_FILL_UNIFORM),
    ACTIVATION("leaky relu", IDI_ACT_LEAKY_RELU, IDI_FILL_UNIFORM),
    ACTIVATION("tanh", IDI_ACT_TANH, IDI_FILL_UNIFORM),
    ACTIVATION("sigmoid", IDI_ACT_SIGMOID, IDI_FILL_UNIFORM),
    ACTIVATION("silu", IDI_ACT_SILU, IDI_FILL_UNIFORM),
    ACTIVATION("silu large", IDI_ACT_SILU, IDI_FILL_LARGE),
    ACTIVATION("gelu", IDI_ACT_GELU, IDI_FILL_UNIFORM),
    ACTIVATION("gelu zero", IDI_ACT_GELU, IDI_FILL_ZERO),
    /* Saturated: a slope taken from the output, 1 - y*y, has no digits left. */
    SATURATED("tanh large", IDI_ACT_TANH),
    SATURATED("sigmoid large", IDI_ACT_SIGMOID),
};
IDI_SUITE(activation, activation_cases);
