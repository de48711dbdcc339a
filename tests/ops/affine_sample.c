/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/affine_sample.c - cases of ops/affine_sample.h, known values, and what its builder
 * refuses. */
#include "ops/affine_sample.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"

#include <criterion/criterion.h>
#include <math.h>

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_affine_sample(graph, in[0], in[1], c->p[0], c->p[1]);
}

/* A coordinate's rounding grows with the side that it counts pixels of; a pixel of x may have all
 * of y. */
#define CASE(title, n, h, w, channels, height, width, side, map_fill)                              \
    {                                                                                              \
        .name = title, .in = {{{4, {n, h, w, channels}}}, {{3, {n, 2, 3}}, map_fill, 0, true}},    \
        .p = {height, width}, .reduction = (height) * (width), .condition = side, .build = build   \
    }

static const idi_op_case cases[] = {
    CASE("one pixel", 1, 1, 1, 1, 1, 1, 1, IDI_FILL_UNIFORM),
    CASE("from one pixel", 2, 1, 1, 3, 3, 4, 4, IDI_FILL_UNIFORM),
    CASE("to one pixel", 2, 5, 4, 3, 1, 1, 5, IDI_FILL_UNIFORM),
    CASE("images, ragged", 3, 9, 7, 3, 9, 7, 9, IDI_FILL_UNIFORM),
    CASE("images, nearly as they were", 4, 16, 16, 3, 16, 16, 16, IDI_FILL_POSITIVE),
    CASE("channels one by one", 2, 5, 11, 2, 5, 11, 11, IDI_FILL_UNIFORM),
    CASE("packs of channels", 2, 7, 5, 16, 8, 6, 8, IDI_FILL_UNIFORM),
    CASE("packs of four, not of eight", 2, 6, 5, 12, 4, 9, 9, IDI_FILL_UNIFORM),
    CASE("to a larger image", 2, 5, 6, 3, 21, 17, 21, IDI_FILL_UNIFORM),
    CASE("to a smaller image", 2, 23, 19, 3, 6, 5, 23, IDI_FILL_UNIFORM),
    CASE("one row", 2, 1, 13, 3, 1, 13, 13, IDI_FILL_UNIFORM),
    CASE("one column", 2, 13, 1, 3, 13, 1, 13, IDI_FILL_UNIFORM),
    CASE("everything from the middle", 2, 6, 8, 3, 6, 8, 8, IDI_FILL_ZERO),
    CASE("several blocks", 1, 24, 31, 3, 25, 30, 31, IDI_FILL_UNIFORM),
    /* Places go to thousands of sides. */
    CASE("edges alone, almost", 2, 9, 9, 3, 9, 9, 9000, IDI_FILL_LARGE),
};
IDI_SUITE(affine_sample, cases);

/* What a 2x3 image of one channel becomes. */
static void check_known(const float map[6], const float want[6])
{
    const float x[6] = {1.0F, 2.0F, 4.0F, 8.0F, 16.0F, 32.0F};
    float y[6];
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *session;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value image =
        idi_graph_input(graph, "x", IDI_REAL, idi_shape4(1, 2, 3, 1), IDI_RATE_IMAGE);
    const idi_value maps =
        idi_graph_input(graph, "map", IDI_REAL, idi_shape3(1, 2, 3), IDI_RATE_IMAGE);
    const idi_value out = idi_affine_sample(graph, image, maps, 2, 3);
    idi_graph_mark_output(graph, out);
    cr_assert_eq(idi_cpu32_backend_create(memory, false, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_OK);
    cr_assert_eq(idi_graph_session_set(session, image, x, sizeof x), IDI_OK);
    cr_assert_eq(idi_graph_session_set(session, maps, map, 6 * sizeof *map), IDI_OK);
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK);
    cr_assert_eq(idi_graph_session_get(session, out, y, sizeof y), IDI_OK);
    for (int i = 0; i < 6; i++)
        cr_expect(fabsf(y[i] - want[i]) < 1e-5F, "[%d] is %g, want %g", i, (double)y[i],
                  (double)want[i]);
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

Test(affine_sample, known_values)
{
    const float pixel = 2.0F / 3.0F;
    check_known((const float[6]){1, 0, 0, 0, 1, 0}, (const float[6]){1, 2, 4, 8, 16, 32});
    check_known((const float[6]){-1, 0, 0, 0, 1, 0}, (const float[6]){4, 2, 1, 32, 16, 8});
    check_known((const float[6]){1, 0, pixel, 0, 1, 0}, (const float[6]){2, 4, 4, 16, 32, 32});
    check_known((const float[6]){1, 0, -pixel / 2, 0, 1, 0},
                (const float[6]){1, 1.5F, 3, 8, 12, 24});
    check_known((const float[6]){1, 0, 0, 0, 1, 1}, (const float[6]){8, 16, 32, 8, 16, 32});
    check_known((const float[6]){0, 0, NAN, 0, 0, NAN}, (const float[6]){1, 1, 1, 1, 1, 1});
}

static void same_size(idi_graph *graph, const idi_value *in)
{
    (void)idi_affine_sample(graph, in[0], in[1], 5, 5);
}

static void empty(idi_graph *graph, const idi_value *in)
{
    (void)idi_affine_sample(graph, in[0], in[1], 5, 0);
}

Test(affine_sample, refusals)
{
    static const idi_shape rank[] = {{3, {5, 5, 3}}, {3, {5, 2, 3}}, {0}};
    static const idi_shape samples[] = {{4, {2, 5, 5, 3}}, {3, {1, 2, 3}}, {0}};
    static const idi_shape square[] = {{4, {2, 5, 5, 3}}, {3, {2, 3, 3}}, {0}};
    static const idi_shape fits[] = {{4, {2, 5, 5, 3}}, {3, {2, 2, 3}}, {0}};
    idi_expect_refusal(same_size, rank, "affine_sample: x is [5, 5, 3], want [N, H, W, C]");
    idi_expect_refusal(same_size, samples, "affine_sample: map is [1, 2, 3], want [2, 2, 3]");
    idi_expect_refusal(same_size, square, "affine_sample: map is [2, 3, 3], want [2, 2, 3]");
    idi_expect_refusal(empty, fits, "affine_sample: output of 5 x 0, want 1 x 1 or more");
}
