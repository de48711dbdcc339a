/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/spectral_scale.c - cases of ops/spectral_scale.h, and what its builder refuses. */
#include "ops/spectral_scale.h"
#include "ops/unit_product.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    return idi_spectral_scale(graph, in[0], in[1], in[2]);
}

/* As in training: u and v from the last step's u. */
static idi_value build_step(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    (void)c;
    const idi_value v = idi_unit_product(graph, in[0], in[1], true);
    const idi_value u = idi_unit_product(graph, in[0], v, false);
    return idi_spectral_scale(graph, in[0], u, v);
}

/* The gradient of the same by in[2], which is dy. */
static idi_value build_step_gradient(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    idi_value gradient = IDI_NONE;
    const idi_value y = build_step(graph, in, c);
    cr_assert_eq(idi_backward(graph, y, in[2], &in[0], 1, &gradient), IDI_OK);
    return gradient;
}

/* Positive numbers: sigma is a sum without cancellation. */
#define CASE(title, o, kh, kw, i)                                                                  \
    {                                                                                              \
        .name = title,                                                                             \
        .in = {{{4, {o, kh, kw, i}}, IDI_FILL_POSITIVE},                                           \
               {{1, {o}}, IDI_FILL_POSITIVE, .is_constant = true},                                 \
               {{4, {1, kh, kw, i}}, IDI_FILL_POSITIVE, .is_constant = true}},                     \
        .reduction = (o) * (kh) * (kw) * (i), .condition = 2, .build = build                       \
    }

static const idi_op_case cases[] = {
    {.name = "one", /* 1/(u v): its gradient is 0 */
     .in = {{{2, {1, 1}}, IDI_FILL_POSITIVE},
            {{1, {1}}, IDI_FILL_POSITIVE},
            {{2, {1, 1}}, IDI_FILL_POSITIVE}},
     .build = build,
     .is_not_differentiable = true},
    {.name = "a matrix",
     .in = {{{2, {3, 2}}, IDI_FILL_POSITIVE},
            {{1, {3}}, IDI_FILL_POSITIVE, .is_constant = true},
            {{2, {1, 2}}, IDI_FILL_POSITIVE, .is_constant = true}},
     .reduction = 6,
     .condition = 2,
     .build = build},
    CASE("ragged", 5, 3, 2, 3),
    CASE("packs", 6, 4, 4, 2),
    CASE("long rows", 2, 4, 4, 67),
    CASE("many rows", 301, 1, 1, 4),
    {.name = "near-constant", /* the gradient nearly cancels: dy - (dy y) u v */
     .in = {{{4, {4, 2, 2, 3}}, IDI_FILL_CONSTANT},
            {{1, {4}}, IDI_FILL_POSITIVE, .is_constant = true},
            {{4, {1, 2, 2, 3}}, IDI_FILL_POSITIVE, .is_constant = true}},
     .reduction = 48,
     .condition = 2,
     .stored_condition = 4,
     .build = build},
    {.name = "a step of training",
     .in = {{{4, {24, 4, 4, 22}}}, {{1, {24}}}},
     .reduction = 24 * 352,
     .condition = 4,
     .stored_condition = 4,
     .build = build_step,
     .is_not_differentiable = true},
    {.name = "a step of training, gradient",
     .in = {{{4, {13, 3, 3, 5}}}, {{1, {13}}}, {{4, {13, 3, 3, 5}}}},
     .reduction = 13 * 45,
     .condition = 4,
     .stored_condition = 4,
     .build = build_step_gradient,
     .is_not_differentiable = true},
};
IDI_SUITE(spectral_scale, cases);

static void scale(idi_graph *graph, const idi_value *in)
{
    (void)idi_spectral_scale(graph, in[0], in[1], in[2]);
}

Test(spectral_scale, refusals)
{
    static const idi_shape rank[] = {{1, {5}}, {1, {5}}, {1, {1}}, {0}};
    static const idi_shape wrong_u[] = {{2, {5, 7}}, {1, {7}}, {2, {1, 7}}, {0}};
    static const idi_shape wrong_v[] = {{2, {5, 7}}, {1, {5}}, {1, {7}}, {0}};
    idi_expect_refusal(scale, rank, "spectral_scale: weight is [5], want [O, ...]");
    idi_expect_refusal(scale, wrong_u,
                       "spectral_scale: u [7] and v [1, 7], want [5] and [1, 7] for weight [5, 7]");
    idi_expect_refusal(scale, wrong_v, "spectral_scale: u [5] and v [7], want [5] and [1, 7]");
}
