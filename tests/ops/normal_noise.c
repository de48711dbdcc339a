/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/normal_noise.c - cases of ops/normal_noise.h; its numbers are core/rng.h's. */
#include "ops/normal_noise.h"
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

/* p: the shape, two dimensions */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_normal_noise(graph, in[0], idi_shape2(c->p[0], c->p[1]));
}

#define NOISE(title, rows, columns)                                                                \
    {                                                                                              \
        .name = title, .in = {{{1, {4}}, IDI_FILL_INTEGERS}}, .p = {rows, columns},                \
        .build = build, .is_not_differentiable = true                                              \
    }

static const idi_op_case cases[] = {
    NOISE("one", 1, 1),
    NOISE("ragged", 5, 7),
    NOISE("whole packs", 4, 16),
    NOISE("several blocks", 3, 2057),
};
IDI_SUITE(normal_noise, cases);

Test(normal_noise, numbers_are_those_of_the_seed_and_the_stream)
{
    enum { COUNT = 12 };
    const int32_t words[4] = {(int32_t)0x89ABCDEFU, 0x01234567, 7, (int32_t)0x80000000U};
    double y[COUNT];
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *s;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value seed = idi_graph_input(graph, "seed", IDI_I32, idi_shape1(4), IDI_RATE_IMAGE);
    const idi_value out = idi_normal_noise(graph, seed, idi_shape3(2, 3, 2));
    idi_graph_mark_output(graph, out);
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &s), IDI_OK);
    cr_assert_eq(idi_graph_session_set(s, seed, words, sizeof words), IDI_OK);
    cr_assert_eq(idi_graph_session_run(s, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(s, out, y, sizeof y), IDI_OK);
    for (uint64_t i = 0; i < COUNT; i++)
        cr_expect_eq(y[i], idi_normal(0x0123456789ABCDEFULL, 0x8000000000000007ULL, i));
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

static void noise(idi_graph *graph, const idi_value *in)
{
    (void)idi_normal_noise(graph, in[0], idi_shape1(8));
}

static void noise_of_no_shape(idi_graph *graph, const idi_value *in)
{
    (void)idi_normal_noise(graph, in[0], idi_shape1(0));
}

Test(normal_noise, refusals)
{
    static const idi_shape fits[] = {IDI_I32_SHAPE(4), {0}};
    static const idi_shape short_seed[] = {IDI_I32_SHAPE(2), {0}};
    static const idi_shape reals[] = {{1, {4}}, {0}};
    static const idi_shape absent[] = {{0}};
    idi_expect_refusal(noise, short_seed, "normal_noise: seed i32 [2], want i32 [4]");
    idi_expect_refusal(noise, reals, "normal_noise: seed real [4], want i32 [4]");
    idi_expect_refusal(noise, absent, "normal_noise: seed i32 [], want i32 [4]");
    idi_expect_refusal(noise_of_no_shape, fits, "normal_noise: shape [0], want dimensions from 1");
}
