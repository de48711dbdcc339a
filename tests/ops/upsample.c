/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/upsample.c - cases of ops/upsample.h, known values, and what its builder refuses. */
#include "ops/upsample.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_upsample(graph, in[0], (idi_upsample_mode)c->p[0]);
}

#define CASE(title, mode, ...)                                                                     \
    {                                                                                              \
        .name = title, .in = {{{4, __VA_ARGS__}}}, .p = {mode}, .reduction = 16, .build = build    \
    }

/* The gradient of a single element is a sum that may cancel. */
#define ONE(title, mode)                                                                           \
    {                                                                                              \
        .name = title, .in = {{{4, {1, 1, 1, 1}}}}, .p = {mode}, .is_not_differentiable = true,    \
        .build = build                                                                             \
    }

static const idi_op_case cases[] = {
    ONE("nearest, one", IDI_UPSAMPLE_NEAREST),
    CASE("nearest, one pixel", IDI_UPSAMPLE_NEAREST, {5, 1, 1, 7}),
    CASE("nearest, ragged", IDI_UPSAMPLE_NEAREST, {2, 3, 5, 7}),
    CASE("nearest, wide", IDI_UPSAMPLE_NEAREST, {1, 2, 1, 67}),
    CASE("nearest, channels in packs", IDI_UPSAMPLE_NEAREST, {2, 3, 5, 24}),
    ONE("bilinear, one", IDI_UPSAMPLE_BILINEAR),
    CASE("bilinear, one pixel", IDI_UPSAMPLE_BILINEAR, {5, 1, 1, 7}),
    CASE("bilinear, one row", IDI_UPSAMPLE_BILINEAR, {1, 1, 6, 3}),
    CASE("bilinear, two pixels", IDI_UPSAMPLE_BILINEAR, {2, 2, 1, 2}),
    CASE("bilinear, ragged", IDI_UPSAMPLE_BILINEAR, {3, 5, 4, 7}),
    CASE("bilinear, wide", IDI_UPSAMPLE_BILINEAR, {1, 3, 3, 67}),
    CASE("bilinear, channels in packs", IDI_UPSAMPLE_BILINEAR, {2, 5, 3, 24}),
};
IDI_SUITE(upsample, cases);

/* Both modes of one row of three pixels, as PyTorch makes them. */
static void check_row(idi_upsample_mode mode, bool is_plain, const float *want)
{
    const float x[3] = {4.0F, 8.0F, 0.0F};
    float y[12];
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *session;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value in =
        idi_graph_input(graph, "x", IDI_REAL, idi_shape4(1, 1, 3, 1), IDI_RATE_IMAGE);
    const idi_value out = idi_upsample(graph, in, mode);
    idi_graph_mark_output(graph, out);
    cr_assert_eq(idi_cpu32_backend_create(memory, is_plain, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_OK);
    cr_assert_eq(idi_graph_session_set(session, in, x, sizeof x), IDI_OK);
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(session, out, y, sizeof y), IDI_OK);
    for (int i = 0; i < 12; i++)
        cr_assert(fabsf(y[i] - want[i % 6]) < 1e-6F, "[%d] is %g, want %g", i, (double)y[i],
                  (double)want[i % 6]);
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(upsample, known_values)
{
    const float nearest[6] = {4.0F, 4.0F, 8.0F, 8.0F, 0.0F, 0.0F};
    const float bilinear[6] = {4.0F, 5.0F, 7.0F, 6.0F, 2.0F, 0.0F};
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        check_row(IDI_UPSAMPLE_NEAREST, is_plain, nearest);
        check_row(IDI_UPSAMPLE_BILINEAR, is_plain, bilinear);
    }
}

static void expect_failure(idi_shape x, int mode, const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value in = idi_graph_input(graph, "x", IDI_REAL, x, IDI_RATE_IMAGE);
    cr_assert_eq(idi_upsample(graph, in, (idi_upsample_mode)mode), IDI_NONE,
                 "wanted a failure with: %s", words);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(upsample, refuses_what_does_not_fit)
{
    expect_failure(idi_shape3(3, 4, 5), IDI_UPSAMPLE_NEAREST, "x is [3, 4, 5]");
    expect_failure(idi_shape4(1, 3, 4, 5), 2, "mode is 2");
}
