/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_surrogates.c - identity losses by several recognisers: the mean of what each
 * says alone, by its own embeddings of the person whose identity an image got; and what is refused.
 */
#include "core/rng.h"
#include "cpu/backend.h"
#include "model/create.h"
#include "support/random.h"
#include "train/surrogates.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { FACES = 4, OWN = 1, SIDE = 64, JUDGES = 3, MOST_WIDE = 10 };

/* The teacher first. */
static const char *const paths[JUDGES] = {IDI_SCRATCH "/surrogates_teacher.safetensors",
                                          IDI_SCRATCH "/surrogates_0.safetensors",
                                          IDI_SCRATCH "/surrogates_1.safetensors"};
static const char *const configs[JUDGES] = {
    "{\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, \"width\": 4, "
    "\"blocks\": [1, 1, 1, 1]}",
    "{\"arch\": \"iresnet\", \"input_side\": 48, \"embedding_dim\": 10, \"width\": 4, "
    "\"blocks\": [1, 1, 1, 1]}",
    "{\"arch\": \"mobilefacenet\", \"input_side\": 32, \"embedding_dim\": 6, \"width\": 4, "
    "\"blocks\": [1, 1, 1, 0]}"};

static idi_memory *memory;
static idi_backend *backend; /* double */
static idi_recipe recipe;

static void name_surrogate(int i, const char *path)
{
    (void)snprintf(recipe.surrogates[i], sizeof recipe.surrogates[i], "%s", path);
}

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu64_backend_create(memory, true, &backend));
    for (int i = 0; i < JUDGES; i++) {
        idi_model_config config;
        OK(idi_config_parse(configs[i], strlen(configs[i]), &config));
        OK(idi_model_create_random(memory, &config, (uint64_t)(5 + i), paths[i]));
    }
    recipe = (idi_recipe){0};
    name_surrogate(0, paths[1]);
    name_surrogate(1, paths[2]);
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(surrogates, .init = open_rig, .fini = close_rig);

/* A scene without a generator: faces and images are inputs. */
typedef struct rig {
    idi_teacher teacher;
    idi_surrogates surrogates;
    idi_generator_scene scene;
    idi_value images, own, swapped;
    idi_value of_faces[JUDGES], of_images[JUDGES]; /* embeddings */
    idi_store *store;
    idi_graph_session *session;
} rig;

static void build_graph(rig *r)
{
    idi_generator_scene *s = &r->scene;
    const idi_shape shape = idi_shape4(FACES, SIDE, SIDE, 3);
    *s = (idi_generator_scene){.batch = FACES, .own = OWN, .swapped = FACES - OWN};
    OK(idi_graph_create(memory, &s->graph));
    s->faces = idi_graph_input(s->graph, "faces", IDI_REAL, shape, IDI_RATE_IMAGE);
    r->images = idi_graph_input(s->graph, "images", IDI_REAL, shape, IDI_RATE_IMAGE);
    for (int i = 0; i < JUDGES; i++) {
        const idi_teacher *by = i ? &r->surrogates.at[i - 1] : &r->teacher;
        r->of_faces[i] = idi_view_of(s->graph, &by->config, by->scope, s->faces).embedding;
        r->of_images[i] = idi_view_of(s->graph, &by->config, by->scope, r->images).embedding;
        idi_graph_mark_output(s->graph, r->of_faces[i]);
        idi_graph_mark_output(s->graph, r->of_images[i]);
    }
    s->identity = idi_generator_scene_exchange(s, r->of_faces[0]);
    idi_identity_losses(s, &r->surrogates, r->images, r->of_images[0], &r->own, &r->swapped);
    idi_graph_mark_output(s->graph, r->own);
    idi_graph_mark_output(s->graph, r->swapped);
}

static void fill(rig *r, idi_value input, uint64_t stream)
{
    enum { COUNT = FACES * SIDE * SIDE * 3 };
    double *values = malloc(COUNT * sizeof *values);
    for (int64_t i = 0; i < COUNT; i++)
        values[i] = 2.0 * idi_uniform(idi_test_seed(), stream, (uint64_t)(i / 7)) - 1.0;
    OK(idi_graph_session_set(r->session, input, values, COUNT * sizeof *values));
    free(values);
}

static void open_scene(rig *r)
{
    OK(idi_teacher_open(memory, paths[0], IDI_TEACHER, &r->teacher));
    OK(idi_surrogates_open(memory, &recipe, &r->surrogates));
    build_graph(r);
    OK(idi_store_create(backend, &r->store));
    OK(idi_store_add(r->store, r->scene.graph, 1));
    OK(idi_teacher_place(&r->teacher, r->store));
    OK(idi_surrogates_place(&r->surrogates, r->store));
    OK(idi_graph_session_create(r->scene.graph, backend, idi_store_source, r->store, &r->session));
    fill(r, r->scene.faces, 1);
    fill(r, r->images, 2);
    OK(idi_graph_session_run(r->session, NULL, NULL));
}

static void close_scene(rig *r)
{
    idi_graph_session_destroy(&r->session);
    idi_store_destroy(&r->store);
    idi_graph_destroy(&r->scene.graph);
    idi_surrogates_close(&r->surrogates);
    idi_teacher_close(&r->teacher);
}

/* Whose identity the image of a row got. */
static int giver_of(int row)
{
    if (row < OWN) return row;
    return row + 1 < FACES ? row + 1 : OWN;
}

/* Mean of 1 - cosine of rows first..last by one recogniser. */
static double loss_by(const rig *r, int judge, int first, int last)
{
    double faces[FACES * MOST_WIDE];
    double images[FACES * MOST_WIDE];
    const idi_shape shape = idi_graph_shape(r->scene.graph, r->of_faces[judge]);
    const int64_t width = idi_shape_last(&shape);
    const size_t bytes = (size_t)(FACES * width) * sizeof *faces;
    double sum = 0.0;
    OK(idi_graph_session_get(r->session, r->of_faces[judge], faces, bytes));
    OK(idi_graph_session_get(r->session, r->of_images[judge], images, bytes));
    for (int row = first; row <= last; row++) {
        double cosine = 0.0;
        for (int64_t i = 0; i < width; i++)
            cosine += images[row * width + i] * faces[giver_of(row) * width + i];
        sum += 1.0 - cosine;
    }
    return sum / (double)(last - first + 1);
}

static void expect_mean(const rig *r, idi_value loss, int first, int last)
{
    double have;
    double want = 0.0;
    OK(idi_graph_session_get(r->session, loss, &have, sizeof have));
    for (int i = 0; i <= r->surrogates.count; i++)
        want += loss_by(r, i, first, last) / (double)(1 + r->surrogates.count);
    cr_expect_float_eq(have, want, 1e-12, "%.15g, want %.15g", have, want);
    for (int i = 0; i <= r->surrogates.count; i++)
        cr_expect_gt(fabs(loss_by(r, i, first, last) - want), 1e-6, "they all say the same");
}

Test(surrogates, the_loss_is_the_mean_of_what_each_says)
{
    rig r = {.session = NULL};
    open_scene(&r);
    expect_mean(&r, r.own, 0, OWN - 1);
    expect_mean(&r, r.swapped, OWN, FACES - 1);
    close_scene(&r);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(idi_status status, const char *words)
{
    idi_surrogates s;
    cr_expect_eq(idi_surrogates_open(memory, &recipe, &s), status, "%s", idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
    idi_surrogates_close(&s);
}

Test(surrogates, files_of_something_else_are_refused)
{
    static const char generator[] = IDI_SCRATCH "/surrogates_generator.safetensors";
    static const char text[] =
        "{\"arch\": \"ca2sis-id\", \"size\": 64, \"code_channels\": 12, "
        "\"style_dim\": 8, \"style_width\": 1, \"noise_dim\": 0, \"norm_groups\": 4}";
    idi_model_config config;
    name_surrogate(1, IDI_SCRATCH "/surrogates_none.safetensors");
    refused(IDI_ERR_IO, "recipe: surrogates: " IDI_SCRATCH "/surrogates_none.safetensors");
    OK(idi_config_parse(text, strlen(text), &config));
    OK(idi_model_create_random(memory, &config, 1, generator));
    name_surrogate(1, generator);
    refused(IDI_ERR_ARG, "surrogates_generator.safetensors: is a ca2sis-id, want a recogniser");
}
