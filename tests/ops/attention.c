/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/attention.c - cases of ops/attention.h. */
#include "ops/attention.h"
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/scale.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

/* p[0] heads, p[1] factor of q, 0 for 1: large scores make the softmax sharp. */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value q = c->p[1] ? idi_scale(graph, in[0], (double)c->p[1]) : in[0];
    return idi_attention(graph, q, in[1], in[2], c->p[0]);
}

static idi_value build_beside_maps(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    idi_value maps;
    return idi_attention_with_maps(graph, in[0], in[1], in[2], c->p[0], &maps);
}

static idi_value build_maps(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    idi_value maps;
    const idi_value q = c->p[1] ? idi_scale(graph, in[0], (double)c->p[1]) : in[0];
    (void)idi_attention_with_maps(graph, q, in[1], in[2], c->p[0], &maps);
    return maps;
}

#define QKV(n, t, s, d)                                                                            \
    {                                                                                              \
        {{3, {n, t, d}}}, {{3, {n, s, d}}},                                                        \
        {                                                                                          \
            {                                                                                      \
                3,                                                                                 \
                {                                                                                  \
                    n, s, d                                                                        \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

static const idi_op_case cases[] = {
    {.name = "one", .in = QKV(1, 1, 1, 1), .p = {1}, .build = build},
    {.name = "one key", .in = QKV(2, 5, 1, 6), .p = {2}, .reduction = 5, .build = build},
    {.name = "one query",
     .in = QKV(1, 1, 7, 3),
     .p = {1},
     .reduction = 7,
     .condition = 2,
     .build = build},
    {.name = "primes",
     .in = QKV(2, 13, 11, 21),
     .p = {3},
     .reduction = 21,
     .condition = 2,
     .build = build},
    {.name = "self",
     .in = QKV(1, 37, 37, 16),
     .p = {2},
     .reduction = 37,
     .condition = 2,
     .build = build},
    {.name = "19 styles",
     .in = QKV(2, 67, 19, 32),
     .p = {4},
     .reduction = 67,
     .condition = 2,
     .build = build},
    {.name = "wide heads", /* more features than the plain loops sum at a time */
     .in = QKV(1, 3, 5, 142),
     .p = {2},
     .reduction = 71,
     .condition = 2,
     .build = build},
    {.name = "sharp",
     .in = QKV(1, 9, 23, 12),
     .p = {2, 40},
     .reduction = 23,
     .condition = 80,
     .stored_condition =
         6, /* rounding the scaled q moves scores, of up to 40, by as much of them */
     .build = build},
    {.name = "gradient tiles", /* 128 queries at a time */
     .in = QKV(2, 261, 5, 4),
     .p = {2},
     .reduction = 261,
     .condition = 4,
     .build = build},
    {.name = "gradient of many keys", /* 65536/607 = 107 queries at a time */
     .in = {{{3, {1, 109, 3}}, .is_constant = true},
            {{3, {1, 607, 3}}},
            {{3, {1, 607, 3}}, .is_constant = true}},
     .p = {1},
     .reduction = 607,
     .condition = 4,
     .build = build},
    {.name = "gradient of very many keys", /* 16 queries at a time */
     .in = {{{3, {1, 17, 1}}},
            {{3, {1, 4111, 1}}, .is_constant = true},
            {{3, {1, 4111, 1}}, .is_constant = true}},
     .p = {1},
     .reduction = 4111,
     .condition = 4,
     .build = build},
    {.name = "only dv",
     .in = {{{3, {1, 3, 4}}, .is_constant = true},
            {{3, {1, 5, 4}}, .is_constant = true},
            {{3, {1, 5, 4}}}},
     .p = {2},
     .reduction = 5,
     .condition = 2,
     .build = build},
    {.name = "only dk",
     .in = {{{3, {1, 3, 4}}, .is_constant = true},
            {{3, {1, 5, 4}}},
            {{3, {1, 5, 4}}, .is_constant = true}},
     .p = {1},
     .reduction = 5,
     .condition = 2,
     .build = build},
    {.name = "key block edge", /* 256 keys a block, 128 queries a tile */
     .in = QKV(1, 128, 256, 4),
     .p = {1},
     .reduction = 256,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "one key more",
     .in = QKV(1, 129, 257, 4),
     .p = {1},
     .reduction = 257,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "three key blocks, sharp",
     .in = QKV(2, 271, 601, 14),
     .p = {2, 20},
     .reduction = 601,
     .condition = 40,
     .stored_condition = 3, /* as above, with half the factor */
     .build = build,
     .is_not_differentiable = true},
    {.name = "long query tiles", /* 512 queries a tile */
     .in = QKV(2, 1031, 20, 10),
     .p = {2},
     .reduction = 20,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "large values",
     .in = {{{3, {1, 41, 8}}}, {{3, {1, 43, 8}}}, {{3, {1, 43, 8}}, IDI_FILL_LARGE}},
     .p = {2},
     .reduction = 43,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "huge scores", /* beyond exp's range without the maximum taken off */
     .in = {{{3, {1, 5, 2}}, IDI_FILL_CONSTANT}, {{3, {1, 300, 2}}}, {{3, {1, 300, 2}}}},
     .p = {1},
     .reduction = 300,
     .condition = 4000,
     .build = build,
     .is_not_differentiable = true},
    /* The CUDA backend's branches. */
    {.name = "20 tokens, 64 features",
     .in = QKV(1, 70, 20, 128),
     .p = {2},
     .reduction = 70,
     .condition = 2,
     .build = build},
    {.name = "20 tokens, 32 features",
     .in = QKV(2, 70, 20, 64),
     .p = {2},
     .reduction = 70,
     .condition = 2,
     .build = build},
    {.name = "one key, 64 features",
     .in = QKV(2, 3, 1, 64),
     .p = {1},
     .reduction = 3,
     .build = build},
    {.name = "32 keys", /* the most of one tile of a warp */
     .in = QKV(1, 17, 32, 64),
     .p = {1},
     .reduction = 64,
     .condition = 2,
     .build = build},
    {.name = "33 keys",
     .in = QKV(1, 17, 33, 64),
     .p = {1},
     .reduction = 64,
     .condition = 2,
     .build = build},
    {.name = "64 keys, 32 features", /* the most that stay in shared memory */
     .in = QKV(1, 33, 64, 64),
     .p = {2},
     .reduction = 64,
     .condition = 2,
     .build = build},
    {.name = "65 keys, 32 features",
     .in = QKV(1, 33, 65, 64),
     .p = {2},
     .reduction = 65,
     .condition = 2,
     .build = build},
    {.name = "self, 64 tokens",
     .in = QKV(1, 64, 64, 64),
     .p = {1},
     .reduction = 64,
     .condition = 2,
     .build = build},
    {.name = "three tiles of keys", /* two stages in turn */
     .in = QKV(1, 65, 129, 64),
     .p = {1},
     .reduction = 129,
     .condition = 2,
     .build = build},
    {.name = "32 queries a warp",
     .in = QKV(1, 130, 70, 128),
     .p = {2},
     .reduction = 130,
     .condition = 2,
     .build = build},
    {.name = "32 queries a warp, 32 features",
     .in = QKV(2, 30, 66, 64),
     .p = {2},
     .reduction = 66,
     .condition = 2,
     .build = build},
    {.name = "sharp, 32 features", /* what was summed before shrinks */
     .in = QKV(1, 20, 70, 32),
     .p = {1, 20},
     .reduction = 70,
     .condition = 40,
     .stored_condition = 3,
     .build = build},
    {.name = "self, 256 tokens", /* the library's from here on */
     .in = QKV(1, 256, 256, 64),
     .p = {2},
     .reduction = 256,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "many tokens, heads of 24", /* the library's too */
     .in = QKV(2, 257, 262, 24),
     .p = {1},
     .reduction = 262,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "self, 257 tokens", /* the emulated library has no engine for it */
     .in = QKV(1, 257, 257, 32),
     .p = {1},
     .reduction = 257,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "wide heads, many keys", /* two chunks of features, two tiles of all */
     .in = QKV(1, 66, 70, 142),
     .p = {2},
     .reduction = 71,
     .condition = 2,
     .build = build},
    {.name = "several tiles of queries a block",
     .in = QKV(4, 129, 3, 8),
     .p = {8},
     .reduction = 129,
     .condition = 4,
     .build = build},
    {.name = "several tiles of queries a block, 33 features",
     .in = QKV(4, 65, 2, 264),
     .p = {8},
     .reduction = 65,
     .condition = 2,
     .build = build,
     .is_not_differentiable = true},
    {.name = "several tiles of queries a share",
     .in = {{{3, {17, 129, 8}}, .is_constant = true},
            {{3, {17, 2, 8}}},
            {{3, {17, 2, 8}}, .is_constant = true}},
     .p = {8},
     .reduction = 129,
     .condition = 4,
     .build = build},
    {.name = "several tiles of queries a share of 33 keys",
     .in = {{{3, {17, 129, 8}}, .is_constant = true},
            {{3, {17, 33, 8}}},
            {{3, {17, 33, 8}}, .is_constant = true}},
     .p = {8},
     .reduction = 129,
     .condition = 4,
     .build = build},
    {.name = "beside maps",
     .in = QKV(2, 19, 20, 64),
     .p = {2},
     .reduction = 32,
     .condition = 2,
     .build = build_beside_maps},
    {.name = "maps of one key",
     .in = QKV(2, 3, 1, 8),
     .p = {2},
     .build = build_maps,
     .is_not_differentiable = true},
    {.name = "maps, 20 tokens, 64 features",
     .in = QKV(2, 133, 20, 128),
     .p = {2},
     .reduction = 64,
     .condition = 2,
     .build = build_maps,
     .is_not_differentiable = true},
    {.name = "maps, 21 tokens, 32 features", /* rows that start anywhere */
     .in = QKV(1, 300, 21, 96),
     .p = {3},
     .reduction = 32,
     .condition = 2,
     .build = build_maps,
     .is_not_differentiable = true},
    {.name = "maps, 64 tokens, 5 features",
     .in = QKV(3, 7, 64, 20),
     .p = {4},
     .reduction = 64,
     .condition = 2,
     .build = build_maps,
     .is_not_differentiable = true},
    {.name = "maps, long query tiles",
     .in = QKV(1, 1031, 3, 8),
     .p = {2},
     .reduction = 8,
     .condition = 2,
     .build = build_maps,
     .is_not_differentiable = true},
    {.name = "maps, sharp",
     .in = QKV(1, 20, 62, 32),
     .p = {1, 20},
     .reduction = 62,
     .condition = 40,
     .stored_condition = 3,
     .build = build_maps,
     .is_not_differentiable = true},
};
IDI_SUITE(attention, cases);

static void expect_refused(idi_shape q, idi_shape k, idi_shape v, int64_t heads, const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value y =
        idi_attention(graph, idi_graph_input(graph, "q", IDI_REAL, q, IDI_RATE_IMAGE),
                      idi_graph_input(graph, "k", IDI_REAL, k, IDI_RATE_IMAGE),
                      idi_graph_input(graph, "v", IDI_REAL, v, IDI_RATE_IMAGE), heads);
    cr_expect_eq(y, IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), words), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(attention, refuses_what_does_not_fit)
{
    const idi_shape q = idi_shape3(2, 5, 12);
    const idi_shape k = idi_shape3(2, 7, 12);
    expect_refused(idi_shape2(5, 12), k, k, 3, "q [5, 12], want [N, T, D]");
    expect_refused(q, idi_shape3(1, 7, 12), k, 3, "k [1, 7, 12], want [2, S, 12]");
    expect_refused(q, idi_shape3(2, 7, 8), k, 3, "k [2, 7, 8], want [2, S, 12]");
    expect_refused(q, k, idi_shape3(2, 8, 12), 3, "v [2, 8, 12], want k's shape [2, 7, 12]");
    expect_refused(q, k, k, 5, "5 heads do not divide");
    expect_refused(q, k, k, 0, "0 heads do not divide");
}

/* q, k and v of `keys` tokens, all the same shape. */
static idi_value build_refused_maps(idi_graph *graph, int64_t keys, int64_t width, int64_t heads,
                                    idi_value *q, idi_value *maps)
{
    const idi_shape shape = idi_shape3(1, keys, width);
    *q = idi_graph_input(graph, "q", IDI_REAL, shape, IDI_RATE_IMAGE);
    return idi_attention_with_maps(graph, *q, *q, *q, heads, maps);
}

static void expect_maps_refused(int64_t keys, int64_t width, int64_t heads, const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_value q;
    idi_value maps;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    cr_expect_eq(build_refused_maps(graph, keys, width, heads, &q, &maps), IDI_NONE);
    cr_expect_eq(maps, IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), words), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(attention, maps_are_of_few_tokens_and_features)
{
    expect_maps_refused(65, 8, 2, "maps over 65 tokens, there are maps over up to 64");
    expect_maps_refused(7, 130, 2, "heads of 65 features, there are maps of up to 64");
    expect_maps_refused(7, 12, 5, "5 heads do not divide");
}

Test(attention, no_gradient_flows_through_maps)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_value q;
    idi_value maps;
    idi_value gradient;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    cr_assert_neq(build_refused_maps(graph, 5, 4, 2, &q, &maps), IDI_NONE);
    const idi_shape shape = idi_graph_shape(graph, maps);
    cr_expect(shape.rank == 4 && shape.dim[1] == 2 && shape.dim[2] == 5 && shape.dim[3] == 5);
    const idi_value dmaps = idi_graph_input(graph, "dmaps", IDI_REAL, shape, IDI_RATE_IMAGE);
    cr_expect_eq(idi_backward(graph, maps, dmaps, &q, 1, &gradient), IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), "no gradient flows through its maps"), "%s",
              idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

/* What the oracle's maps are: mixing the values by them gives the other output. */
Test(attention, maps_mix_the_values)
{
    enum { HEADS = 2, T = 3, S = 5, D = 4, SIZE = D / HEADS };
    double data[3][S * D];
    double y[T * D];
    double maps[HEADS * T * S];
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *oracle;
    idi_graph_session *session;
    idi_value in[3];
    idi_value map;
    const char *const names[3] = {"q", "k", "v"};
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    for (int i = 0; i < 3; i++)
        in[i] =
            idi_graph_input(graph, names[i], IDI_REAL, idi_shape3(1, i ? S : T, D), IDI_RATE_IMAGE);
    const idi_value out = idi_attention_with_maps(graph, in[0], in[1], in[2], HEADS, &map);
    idi_graph_mark_output(graph, out);
    idi_graph_mark_output(graph, map);
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &oracle), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, oracle, NULL, NULL, &session), IDI_OK);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < S * D; j++)
            data[i][j] = idi_uniform(idi_test_seed(), (uint64_t)i, (uint64_t)j) - 0.5;
        cr_assert_eq(
            idi_graph_session_set(session, in[i], data[i], (i ? S : T) * D * sizeof(double)),
            IDI_OK);
    }
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(session, out, y, sizeof y), IDI_OK);
    cr_assert_eq(idi_graph_session_get(session, map, maps, sizeof maps), IDI_OK);
    for (int t = 0; t < T; t++)
        for (int j = 0; j < D; j++) {
            double mixed = 0.0;
            for (int s = 0; s < S; s++)
                mixed += maps[(j / SIZE * T + t) * S + s] * data[2][s * D + j];
            cr_expect_float_eq(mixed, y[t * D + j], 1e-14);
        }
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&oracle);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}
