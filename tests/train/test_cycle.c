/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_cycle.c - the way back from an exchanged identity: the loss is what the same
 * weights give in two runs of a graph without it, one from the photographs, one from its images;
 * and it counts by its weight and by the share of the faces that it is of. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "data/image.h"
#include "model/create.h"
#include "support/random.h"
#include "train/generator_step.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)   cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define RECOGNISER IDI_SCRATCH "/cycle_recogniser.safetensors"

enum { SIDE = 64, FACES = 5, OWN = 2, DIM = 8, FACE = SIDE * SIDE * 3 };

static const char recogniser[] =
    "{\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

static const char tiny[] =
    "{\"network\": {\"arch\": \"ca2sis-id\", \"size\": 64, \"code_side\": 32, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 1, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 0, \"identity_dim\": 8, \"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 4, \"has_self_attention\": false}, "
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}]}, "
    "\"recogniser\": \"" RECOGNISER "\", \"batch\": {\"people\": 5}, "
    "\"swaps\": {\"share\": 0.6}, \"loss\": {\"cycle\": 0.7}, "
    "\"optimiser\": {\"rate\": 1e-30, \"decay_after\": -1}}";

static idi_memory *memory;
static idi_backend *backend; /* double */
static idi_recipe recipe;
static uint8_t *rgb, *labels;
static idi_batch batch;

static void open_rig(void)
{
    idi_model_config config;
    const uint64_t seed = idi_test_seed();
    memory = idi_test_memory();
    OK(idi_cpu64_backend_create(memory, false, &backend));
    OK(idi_recipe_parse(tiny, strlen(tiny), &recipe));
    OK(idi_config_parse(recogniser, strlen(recogniser), &config));
    OK(idi_model_create_random(memory, &config, 5, RECOGNISER));
    rgb = malloc(FACES * FACE);
    labels = malloc(FACES * SIDE * SIDE);
    for (int64_t i = 0; i < FACES * FACE; i++)
        rgb[i] = (uint8_t)(256.0 * idi_uniform(seed, 7, (uint64_t)(i / 17)));
    for (int64_t i = 0; i < FACES * SIDE * SIDE; i++)
        labels[i] = (uint8_t)(19.0 * idi_uniform(seed, 8, (uint64_t)(i / 97)));
    batch = (idi_batch){.count = FACES, .size = SIDE, .rgb = rgb, .labels = labels};
}

static void close_rig(void)
{
    free(rgb);
    free(labels);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(cycle, .init = open_rig, .fini = close_rig);

/* What begins with zeros hides what is behind it. */
static void wake(idi_store *store)
{
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const idi_value_info *info = idi_store_at(store, i);
        if (strncmp(info->name, "res", 3) != 0 && strncmp(info->name, "cross", 5) != 0) continue;
        const int64_t count = idi_shape_count(&info->shape);
        float *values = malloc((size_t)count * sizeof *values);
        OK(idi_store_get(store, i, values));
        for (int64_t k = 0; k < count; k++)
            if (values[k] == 0.0F)
                values[k] = (float)(0.4 * idi_uniform(3, (uint64_t)i, (uint64_t)k) - 0.2);
        OK(idi_store_set(store, i, values));
        free(values);
    }
}

/* A step's terms, and its loss in double. */
typedef struct outcome {
    double loss, terms[IDI_TERM_COUNT];
} outcome;

static outcome run(idi_generator_step *step)
{
    outcome o;
    idi_step_report report;
    OK(idi_generator_step_run(step, 1, &batch, &report, o.terms));
    OK(idi_graph_session_get(step->session, step->optimiser.loss, &o.loss, sizeof o.loss));
    return o;
}

static void open_step(idi_generator_step *step)
{
    OK(idi_generator_step_open(backend, &recipe, NULL, step));
    wake(step->store);
    idi_graph_session_note_parameters(step->session);
}

/* --- another way to the same ------------------------------------------------------------------ */

typedef struct plain {
    idi_graph *graph;
    idi_graph_session *session;
    idi_value faces, labels, identity, images, embeddings;
} plain;

static void open_plain(const idi_generator_step *step, plain *p)
{
    const idi_ca2sis_config *config = &recipe.network.generator;
    const idi_teacher *teacher = &step->teacher;
    OK(idi_graph_create(memory, &p->graph));
    p->faces = idi_graph_input(p->graph, "faces", IDI_REAL, idi_shape4(FACES, SIDE, SIDE, 3),
                               IDI_RATE_IMAGE);
    p->labels =
        idi_graph_input(p->graph, "labels", IDI_U8, idi_shape3(FACES, SIDE, SIDE), IDI_RATE_IMAGE);
    p->identity =
        idi_graph_input(p->graph, "identity", IDI_REAL, idi_shape2(FACES, DIM), IDI_RATE_IMAGE);
    const idi_value styles = idi_ca2sis_style_encoder(p->graph, config, p->faces, p->labels);
    p->images = idi_ca2sis_generator(p->graph, config, IDI_FORM_PLAIN, p->labels,
                                     idi_ca2sis_tokens(p->graph, config, styles, p->identity));
    p->embeddings = idi_view_of(p->graph, &teacher->config, teacher->scope, p->faces).embedding;
    idi_graph_mark_output(p->graph, p->images);
    idi_graph_mark_output(p->graph, p->embeddings);
    OK(idi_graph_session_create(p->graph, backend, idi_store_source, step->store, &p->session));
}

static void close_plain(plain *p)
{
    idi_graph_session_destroy(&p->session);
    idi_graph_destroy(&p->graph);
}

static void generate(const plain *p, const double *faces, const double *identity, double *images)
{
    OK(idi_graph_session_set(p->session, p->faces, faces, FACES * FACE * sizeof *faces));
    OK(idi_graph_session_set(p->session, p->labels, labels, FACES * SIDE * SIDE));
    OK(idi_graph_session_set(p->session, p->identity, identity, FACES * DIM * sizeof *identity));
    OK(idi_graph_session_run(p->session, NULL, NULL));
    OK(idi_graph_session_get(p->session, p->images, images, FACES * FACE * sizeof *images));
}

static double expected(const idi_generator_step *step)
{
    static const int giver[FACES] = {0, 1, 3, 4, 2};
    double own[FACES * DIM] = {0.0};
    double given[FACES * DIM];
    double sum = 0.0;
    double *faces = malloc(FACES * FACE * sizeof *faces);
    double *images = malloc(FACES * FACE * sizeof *images);
    float *floats = malloc(FACES * FACE * sizeof *floats);
    plain p;
    idi_image_to_float(rgb, FACES * FACE, floats);
    for (int i = 0; i < FACES * FACE; i++)
        faces[i] = (double)floats[i];
    open_plain(step, &p);
    generate(&p, faces, own, images);
    OK(idi_graph_session_get(p.session, p.embeddings, own, sizeof own));
    for (int i = 0; i < FACES * DIM; i++)
        given[i] = own[giver[i / DIM] * DIM + i % DIM];
    generate(&p, faces, given, images);
    generate(&p, images, own, images);
    for (int i = OWN * FACE; i < FACES * FACE; i++)
        sum += fabs(images[i] - faces[i]) / ((FACES - OWN) * FACE);
    close_plain(&p);
    free(floats);
    free(images);
    free(faces);
    return sum;
}

Test(cycle, is_two_runs_of_the_generator)
{
    idi_generator_step step;
    open_step(&step);
    const double want = expected(&step);
    const outcome have = run(&step);
    cr_expect_gt(want, 0.05);
    cr_expect(fabs(have.terms[IDI_TERM_CYCLE] - want) < 1e-6 * want, "%.9g, want %.9g",
              have.terms[IDI_TERM_CYCLE], want);
    idi_generator_step_close(&step);
}

Test(cycle, counts_by_its_weight_and_by_its_faces)
{
    idi_generator_step step;
    open_step(&step);
    const double want = expected(&step);
    const outcome with = run(&step);
    idi_generator_step_close(&step);
    recipe.weights.cycle = 0.0;
    open_step(&step);
    const outcome without = run(&step);
    idi_generator_step_close(&step);
    const double share = (double)(FACES - OWN) / FACES;
    cr_expect(isnan(without.terms[IDI_TERM_CYCLE]));
    cr_expect(fabs(with.loss - without.loss - 0.7 * share * want) < 1e-9, "%.12g, want %.12g",
              with.loss - without.loss, 0.7 * share * want);
}
