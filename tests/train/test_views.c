/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_views.c - views in the graph are what the augmentation of photographs does, and
 * the same whatever parts and ranks a batch has. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "support/random.h"
#include "train/seeds.h"
#include "train/views.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { FACES = 4, SIDE = 20, FACE = SIDE * SIDE * 3, STEP = 7 };

static idi_memory *memory;
static idi_backend *backend; /* double */
static uint8_t *rgb;         /* [FACES, SIDE, SIDE, 3] */
static idi_recipe recipe;

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu64_backend_create(memory, true, &backend));
    recipe = (idi_recipe){.seed = 3, .data.size = SIDE, .batch = {FACES, 1, 1}};
    rgb = malloc(FACES * FACE);
    for (int64_t i = 0; i < FACES * FACE; i++) /* far enough from black and white */
        rgb[i] = (uint8_t)(90.0 + 60.0 * idi_uniform(idi_test_seed(), 7, (uint64_t)(i / 5)));
}

static void close_rig(void)
{
    free(rgb);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(views, .init = open_rig, .fini = close_rig);

/* The views of part `part` of the faces. */
static void see(int part, int64_t rank_first, double *seen)
{
    const int64_t count = idi_recipe_part(&recipe);
    const uint8_t *faces = rgb + (rank_first + part * count) * FACE;
    float *numbers = malloc(FACES * FACE * sizeof *numbers);
    idi_graph *graph;
    idi_graph_session *session;
    idi_views views;
    OK(idi_graph_create(memory, &graph));
    const idi_value images = idi_graph_input(graph, "images", IDI_REAL,
                                             idi_shape4(count, SIDE, SIDE, 3), IDI_RATE_IMAGE);
    const idi_value out = idi_views_build(graph, &recipe, part, images, &views);
    idi_graph_mark_output(graph, out);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    for (int64_t i = 0; i < count * FACE; i++)
        numbers[i] = (float)(2.0 * faces[i] / 255.0 - 1.0);
    OK(idi_graph_session_set_floats(session, images, numbers, count * FACE));
    OK(idi_views_set(&views, session, STEP, rank_first, numbers));
    OK(idi_graph_session_run(session, NULL, NULL));
    OK(idi_graph_session_get(session, out, seen, (size_t)(count * FACE) * sizeof *seen));
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&graph);
    free(numbers);
}

/* Floats' roundings of maps and matrices are all that differs. */
static void expect_augmented(void)
{
    double *seen = malloc(FACES * FACE * sizeof *seen);
    float *want = malloc(FACE * sizeof *want);
    double change = 0.0;
    see(0, 0, seen);
    for (int i = 0; i < FACES; i++) {
        idi_augment(&recipe.views, idi_seed_of(&recipe, IDI_SEED_VIEWS),
                    (uint64_t)(STEP * FACES + i), rgb + i * FACE, SIDE, want);
        for (int k = 0; k < FACE; k++) {
            cr_assert_float_eq(seen[i * FACE + k], (double)want[k], 2e-5, "face %d, [%d]", i, k);
            change = fmax(change, fabs((double)want[k] - (2.0 * rgb[i * FACE + k] / 255.0 - 1.0)));
        }
    }
    cr_expect_gt(change, 0.01, "nothing was changed");
    free(seen);
    free(want);
}

Test(views, move_as_the_augmentation_does)
{
    recipe.views = (idi_augmentation){.shift = 0.2};
    expect_augmented();
    recipe.views = (idi_augmentation){.zoom = 0.3};
    expect_augmented();
    recipe.views = (idi_augmentation){.roll = 0.5};
    expect_augmented();
}

Test(views, tint_as_the_augmentation_does)
{
    recipe.views = (idi_augmentation){.gain = 0.3};
    expect_augmented();
    recipe.views = (idi_augmentation){.bias = 0.1};
    expect_augmented();
    recipe.views = (idi_augmentation){.white_balance = 0.2};
    expect_augmented();
    recipe.views = (idi_augmentation){.grey = 1.0};
    expect_augmented();
    recipe.views = (idi_augmentation){.noise = 0.1};
    expect_augmented();
}

static const idi_augmentation all = {0.1, 0.1, 0.2, 0.1, 0.05, 0.1, 0.05, 0.5};

Test(views, all_of_it_together)
{
    recipe.views = all;
    expect_augmented();
}

Test(views, a_row_has_the_same_view_in_any_part_and_rank)
{
    double *whole = malloc(FACES * FACE * sizeof *whole);
    double *part = malloc(FACES * FACE * sizeof *part);
    recipe.views = all;
    see(0, 0, whole);
    recipe.batch.parts = 2;
    see(1, 0, part);
    cr_expect_arr_eq(part, whole + 2 * FACE, 2 * FACE * sizeof *part);
    see(0, 2, part);
    cr_expect_arr_eq(part, whole + 2 * FACE, 2 * FACE * sizeof *part);
    free(whole);
    free(part);
}

Test(views, none_are_the_images_themselves)
{
    idi_graph *graph;
    idi_views views;
    OK(idi_graph_create(memory, &graph));
    const idi_value images = idi_graph_input(graph, "images", IDI_REAL,
                                             idi_shape4(FACES, SIDE, SIDE, 3), IDI_RATE_IMAGE);
    cr_expect_eq(idi_views_build(graph, &recipe, 0, images, &views), images);
    idi_graph_destroy(&graph);
}
