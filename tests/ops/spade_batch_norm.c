/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/spade_batch_norm.c - cases of ops/spade_batch_norm.h, and what its builder refuses. */
#include "ops/spade_batch_norm.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: the activation. */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_spade_batch_norm_inputs inputs = {in[0], in[1], in[2], in[3], in[4],
                                                in[5], in[6], in[7], in[8]};
    return idi_spade_batch_norm(graph, &inputs, 1e-5, (idi_act)c->p[0]);
}

#define FORWARD .build = build, .is_not_differentiable = true

/* clang-format off */
#define SPADE(n, h, w, c) {{4, {n, h, w, c}}}, {{1, {c}}}, {{1, {c}}, IDI_FILL_POSITIVE},          \
    {{4, {n, h, w, 2 * (c)}}}
#define STYLE(n, h, w, c) {{4, {n, h, w, 2 * (c)}}}, {{1, {1}}}, {{1, {1}}}
#define NO_STYLE {{0}}, {{0}}, {{0}}
#define NOISE(n, h, w, c) {{3, {n, h, w}}}, {{1, {c}}}
/* clang-format on */

/* Two products and as many sums, which may cancel. */
static const idi_op_case cases[] = {
    {.name = "one", .in = {SPADE(1, 1, 1, 1)}, .condition = 4, FORWARD},
    {.name = "maps", .in = {SPADE(2, 3, 5, 7)}, .p = {IDI_ACT_LEAKY_RELU}, .condition = 4, FORWARD},
    {.name = "packs", .in = {SPADE(1, 9, 13, 16)}, .condition = 4, FORWARD},
    {.name = "style",
     .in = {SPADE(2, 5, 3, 6), STYLE(2, 5, 3, 6)},
     .p = {IDI_ACT_LEAKY_RELU},
     .condition = 4,
     FORWARD},
    {.name = "style, packs",
     .in = {SPADE(1, 4, 4, 24), STYLE(1, 4, 4, 24)},
     .condition = 4,
     FORWARD},
    {.name = "noise",
     .in = {SPADE(2, 5, 3, 5), NO_STYLE, NOISE(2, 5, 3, 5)},
     .condition = 4,
     FORWARD},
    {.name = "style and noise, packs, several chunks of rows",
     .in = {SPADE(2, 41, 37, 32), STYLE(2, 41, 37, 32), NOISE(2, 41, 37, 32)},
     .p = {IDI_ACT_LEAKY_RELU},
     .condition = 4,
     FORWARD},
    {.name = "several tiles of channels",
     .in = {SPADE(1, 1, 3, 2056)},
     .p = {IDI_ACT_RELU},
     .condition = 4,
     FORWARD},
    /* x - mean is exact here; a shift folded beforehand would lose three digits. */
    {.name = "near-constant x and mean",
     .in = {{{4, {1, 6, 7, 6}}, IDI_FILL_CONSTANT},
            {{1, {6}}, IDI_FILL_CONSTANT},
            {{1, {6}}, IDI_FILL_POSITIVE},
            {{4, {1, 6, 7, 12}}}},
     .condition = 4,
     FORWARD},
};
IDI_SUITE(spade_batch_norm, cases);

static void all(idi_graph *graph, const idi_value *in)
{
    const idi_spade_batch_norm_inputs inputs = {.x = in[0],
                                                .mean = in[1],
                                                .variance = in[1],
                                                .maps = in[2],
                                                .style_maps = in[2],
                                                .blend_gamma = in[3],
                                                .blend_beta = in[3],
                                                .noise = IDI_NONE,
                                                .noise_scale = IDI_NONE};
    (void)idi_spade_batch_norm(graph, &inputs, 1e-5, IDI_ACT_NONE);
}

/* No optional input is there. */
static idi_spade_batch_norm_inputs plain(const idi_value *in)
{
    return (idi_spade_batch_norm_inputs){in[0],    in[1],    in[1],    in[2],   IDI_NONE,
                                         IDI_NONE, IDI_NONE, IDI_NONE, IDI_NONE};
}

static void no_blend(idi_graph *graph, const idi_value *in)
{
    idi_spade_batch_norm_inputs inputs = plain(in);
    inputs.style_maps = in[2];
    (void)idi_spade_batch_norm(graph, &inputs, 1e-5, IDI_ACT_NONE);
}

static void tanh_act(idi_graph *graph, const idi_value *in)
{
    const idi_spade_batch_norm_inputs inputs = plain(in);
    (void)idi_spade_batch_norm(graph, &inputs, 1e-5, IDI_ACT_TANH);
}

static void no_maps(idi_graph *graph, const idi_value *in)
{
    idi_spade_batch_norm_inputs inputs = plain(in);
    inputs.maps = IDI_NONE;
    (void)idi_spade_batch_norm(graph, &inputs, 1e-5, IDI_ACT_NONE);
}

static void lone_blend(idi_graph *graph, const idi_value *in)
{
    idi_spade_batch_norm_inputs inputs = plain(in);
    inputs.blend_beta = in[3];
    (void)idi_spade_batch_norm(graph, &inputs, 1e-5, IDI_ACT_NONE);
}

Test(spade_batch_norm, refusals)
{
    static const idi_shape fits[] = {
        {4, {2, 5, 5, 6}}, {1, {6}}, {4, {2, 5, 5, 12}}, {1, {1}}, {0}};
    static const idi_shape flat[] = {{3, {2, 25, 6}}, {1, {6}}, {4, {2, 5, 5, 12}}, {1, {1}}, {0}};
    static const idi_shape mean[] = {
        {4, {2, 5, 5, 6}}, {1, {5}}, {4, {2, 5, 5, 12}}, {1, {1}}, {0}};
    static const idi_shape maps[] = {{4, {2, 5, 5, 6}}, {1, {6}}, {4, {2, 5, 5, 6}}, {1, {1}}, {0}};
    idi_expect_refusal(all, flat, "spade_batch_norm: x [2, 25, 6], want [N, H, W, C]");
    idi_expect_refusal(all, mean, "spade_batch_norm: mean [5], want [6]");
    idi_expect_refusal(all, maps, "spade_batch_norm: maps [2, 5, 5, 6], want [2, 5, 5, 12]");
    idi_expect_refusal(no_blend, fits, "spade_batch_norm: style_maps [2, 5, 5, 12], want none");
    idi_expect_refusal(tanh_act, fits, "spade_batch_norm: activation 3, want none");
    idi_expect_refusal(no_maps, fits, "spade_batch_norm: maps is missing");
    idi_expect_refusal(lone_blend, fits, "spade_batch_norm: blend_beta [1], want none");
}
