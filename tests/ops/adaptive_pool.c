/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/adaptive_pool.c - cases of ops/adaptive_pool.h, known values, and what its builder
 * refuses. */
#include "ops/adaptive_pool.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/op_check.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* p: top, left, height, width, out_height, out_width */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_adaptive_pool_attr attr = {c->p[0], c->p[1], c->p[2], c->p[3],
                                         c->p[4], c->p[5], 0,       0};
    return idi_adaptive_pool(graph, in[0], &attr);
}

static const idi_op_case cases[] = {
    {.name = "one", .in = {{{4, {1, 1, 1, 1}}}}, .p = {0, 0, 1, 1, 1, 1}, .build = build},
    {.name = "same size", .in = {{{4, {2, 3, 5, 2}}}}, .p = {0, 0, 3, 5, 3, 5}, .build = build},
    {.name = "whole image to one",
     .in = {{{4, {2, 7, 5, 3}}}},
     .p = {0, 0, 7, 5, 1, 1},
     .reduction = 35,
     .condition = 4,
     .build = build},
    {.name = "cells that overlap",
     .in = {{{4, {2, 7, 10, 3}}}},
     .p = {0, 0, 7, 10, 5, 3},
     .reduction = 16,
     .build = build},
    {.name = "crop",
     .in = {{{4, {2, 11, 13, 3}}}},
     .p = {2, 3, 7, 9, 4, 4},
     .reduction = 9,
     .build = build},
    {.name = "crop at the far corner",
     .in = {{{4, {1, 6, 7, 5}}}},
     .p = {3, 2, 3, 5, 2, 3},
     .reduction = 6,
     .build = build},
    {.name = "channels in packs",
     .in = {{{4, {2, 7, 9, 24}}}},
     .p = {1, 2, 5, 6, 3, 4},
     .reduction = 9,
     .build = build},
    {.name = "larger than the crop",
     .in = {{{4, {2, 5, 4, 3}}}},
     .p = {1, 1, 3, 2, 7, 5},
     .reduction = 16,
     .build = build},
    {.name = "recogniser's view",
     .in = {{{4, {1, 64, 64, 3}}}},
     .p = {8, 9, 47, 45, 28, 28},
     .reduction = 9,
     .is_not_differentiable = true,
     .build = build},
};
IDI_SUITE(adaptive_pool, cases);

/* Five pixels of which the last four become three: [1, 2], [2, 3], [3, 4] averaged. */
Test(adaptive_pool, known_values)
{
    const float x[5] = {100.0F, 1.0F, 2.0F, 3.0F, 5.0F};
    const float want[3] = {1.5F, 2.5F, 4.0F};
    float y[3];
    const idi_adaptive_pool_attr attr = {0, 1, 1, 4, 1, 3, 0, 0};
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *session;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value in =
        idi_graph_input(graph, "x", IDI_REAL, idi_shape4(1, 1, 5, 1), IDI_RATE_IMAGE);
    const idi_value out = idi_adaptive_pool(graph, in, &attr);
    idi_graph_mark_output(graph, out);
    cr_assert_eq(idi_cpu32_backend_create(memory, false, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_OK);
    cr_assert_eq(idi_graph_session_set(session, in, x, sizeof x), IDI_OK);
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(session, out, y, sizeof y), IDI_OK);
    for (int i = 0; i < 3; i++)
        cr_assert(fabsf(y[i] - want[i]) < 1e-6F, "[%d] is %g, want %g", i, (double)y[i],
                  (double)want[i]);
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

static void expect_failure(idi_shape x, const idi_adaptive_pool_attr *attr, const char *words)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value in = idi_graph_input(graph, "x", IDI_REAL, x, IDI_RATE_IMAGE);
    cr_assert_eq(idi_adaptive_pool(graph, in, attr), IDI_NONE, "wanted a failure with: %s", words);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(adaptive_pool, refuses_what_does_not_fit)
{
    const idi_shape x = idi_shape4(1, 8, 9, 3);
    const idi_adaptive_pool_attr whole = {0, 0, 8, 9, 2, 2, 0, 0};
    expect_failure(idi_shape3(8, 9, 3), &whole, "x is [8, 9, 3]");
    const idi_adaptive_pool_attr outside[] = {
        {-1, 0, 8, 9, 2, 2, 0, 0}, {1, 0, 8, 9, 2, 2, 0, 0},         {0, -1, 8, 9, 2, 2, 0, 0},
        {0, 1, 8, 9, 2, 2, 0, 0},  {0, 0, 0, 9, 2, 2, 0, 0},         {0, 0, 8, -1, 2, 2, 0, 0},
        {0, 0, 9, 9, 2, 2, 0, 0},  {INT64_MAX, 0, 8, 9, 2, 2, 0, 0},
    };
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        expect_failure(x, &outside[i], "not inside x [1, 8, 9, 3]");
    expect_failure(x, &(idi_adaptive_pool_attr){0, 0, 8, 9, 0, 2, 0, 0}, "the output is 0x2");
    expect_failure(x, &(idi_adaptive_pool_attr){0, 0, 8, 9, 2, -3, 0, 0}, "the output is 2x-3");
}
