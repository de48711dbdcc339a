/* SPDX-License-Identifier: Apache-2.0 */
/* train/validation.c - see validation.h. */
#include "train/validation.h"
#include "eval/pairs.h"
#include "eval/verification.h"
#include "graph/session.h"
#include "train/faces.h"
#include "train/learning.h"

enum { MOST_FACES = 32 }; /* in one run of the network */

struct idi_validation {
    idi_memory *memory;
    const idi_recipe *recipe;
    const idi_store *store;
    idi_faces faces;
    idi_cropper *cropper;
    idi_graph *graph;
    idi_value crop, embedding;
    idi_graph_session *session;
    idi_pairs pairs;
    int64_t count, dim; /* photographs, numbers of an embedding */
    int64_t *person;    /* [count] */
    float *crops;       /* [MOST_FACES, side, side, 3] */
    float *embeddings;  /* [count, dim], and room for a last run's empty places */
    double *scores;     /* [genuine_count + impostor_count] */
};

static idi_status list_people(idi_validation *v)
{
    v->count = idi_dataset_count(v->faces.cached);
    IDI_TRY(
        idi_alloc(v->memory, IDI_TAG_GENERAL, (size_t)v->count * sizeof *v->person, &v->person));
    for (int64_t i = 0; i < v->count; i++)
        v->person[i] = idi_dataset_identity(v->faces.cached, i);
    return IDI_OK;
}

static idi_status draw_pairs(idi_validation *v)
{
    const int64_t needed = idi_impostors_needed(IDI_VALIDATION_FAR);
    idi_pairs_options options;
    idi_pairs_init(&options);
    options.attack = 0;
    const idi_status st = idi_pairs_create(v->memory, v->person, v->count, &options, &v->pairs);
    if (st != IDI_OK) return idi_fail_prefix(st, "recipe: validation: ");
    IDI_REQUIRE(
        v->pairs.impostor_count >= needed && v->pairs.genuine_count > 0, IDI_ERR_ARG,
        "recipe: validation has %lld genuine pairs and %lld of two people, want 1 and %lld: "
        "more people or photos",
        (long long)v->pairs.genuine_count, (long long)v->pairs.impostor_count, (long long)needed);
    return IDI_OK;
}

static idi_status make_buffers(idi_validation *v)
{
    const int64_t side = v->recipe->network.recogniser.input_side;
    const int64_t pairs = v->pairs.genuine_count + v->pairs.impostor_count;
    IDI_TRY(idi_alloc_zeroed(v->memory, IDI_TAG_IMAGE, (size_t)(MOST_FACES * side * side * 3),
                             sizeof *v->crops, &v->crops));
    IDI_TRY(idi_alloc(v->memory, IDI_TAG_GENERAL,
                      (size_t)((v->count + MOST_FACES) * v->dim) * sizeof *v->embeddings,
                      &v->embeddings));
    return idi_alloc(v->memory, IDI_TAG_GENERAL, (size_t)pairs * sizeof *v->scores, &v->scores);
}

static idi_status build_graph(idi_validation *v)
{
    const idi_recogniser_config *config = &v->recipe->network.recogniser;
    const int64_t side = config->input_side;
    IDI_TRY(idi_learning_graph(idi_store_backend(v->store), &v->graph));
    v->crop = idi_graph_input(v->graph, "crop", IDI_REAL, idi_shape4(MOST_FACES, side, side, 3),
                              IDI_RATE_IMAGE);
    v->embedding = idi_recogniser(v->graph, config, v->crop, IDI_MODE_INFERENCE);
    idi_graph_mark_output(v->graph, v->embedding);
    return idi_graph_status(v->graph);
}

static idi_status open_network(idi_validation *v)
{
    const idi_recogniser_config *config = &v->recipe->network.recogniser;
    const idi_cropper_options options = {.size = v->recipe->data.size,
                                         .side = config->input_side,
                                         .most = MOST_FACES,
                                         .worker_count = (int)v->recipe->workers};
    union {
        const idi_store *store;
        void *user;
    } source = {.store = v->store};
    v->dim = config->embedding_dim;
    IDI_TRY(idi_cropper_create(v->memory, &options, &v->cropper));
    IDI_TRY(build_graph(v));
    return idi_graph_session_create(v->graph, idi_store_backend(v->store), idi_store_average_source,
                                    source.user, &v->session);
}

static idi_status open_validation(idi_validation *v)
{
    const idi_recipe *r = v->recipe;
    IDI_TRY(idi_faces_open(v->memory, r, r->validation.people, r->validation.photos, &v->faces));
    IDI_TRY(list_people(v));
    IDI_TRY(draw_pairs(v));
    IDI_TRY(open_network(v));
    return make_buffers(v);
}

idi_status idi_validation_create(const idi_recipe *recipe, const idi_store *store,
                                 idi_validation **validation_out)
{
    idi_memory *memory = idi_store_backend(store)->memory;
    idi_validation *v;
    *validation_out = NULL;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *v, &v));
    v->memory = memory;
    v->recipe = recipe;
    v->store = store;
    const idi_status st = open_validation(v);
    if (st != IDI_OK) idi_validation_destroy(&v);
    *validation_out = v;
    return st;
}

void idi_validation_destroy(idi_validation **validation)
{
    if (!validation || !*validation) return;
    idi_validation *v = *validation;
    idi_graph_session_destroy(&v->session);
    idi_graph_destroy(&v->graph);
    idi_cropper_destroy(&v->cropper);
    idi_faces_close(&v->faces);
    idi_pairs_free(v->memory, &v->pairs);
    idi_free(v->memory, v->person);
    idi_free(v->memory, v->crops);
    idi_free(v->memory, v->embeddings);
    idi_free(v->memory, v->scores);
    idi_free(v->memory, v);
    *validation = NULL;
}

/* Photographs in the order of the data set. */
static idi_status embed(idi_validation *v, idi_loader *loader)
{
    const int64_t side = v->recipe->network.recogniser.input_side;
    int64_t done = 0;
    idi_graph_session_note_parameters(v->session);
    while (done < v->count) {
        idi_batch batch;
        IDI_TRY(idi_loader_next(loader, &batch));
        IDI_TRY(idi_cropper_run(v->cropper, &batch, v->crops));
        IDI_TRY(idi_graph_session_set_floats(v->session, v->crop, v->crops,
                                             MOST_FACES * side * side * 3));
        IDI_TRY(idi_graph_session_run(v->session, NULL, NULL));
        IDI_TRY(idi_graph_session_get_floats(v->session, v->embedding,
                                             v->embeddings + done * v->dim, MOST_FACES * v->dim));
        done += batch.count;
    }
    return IDI_OK;
}

static idi_status score(const idi_validation *v, const idi_photo_pair *pairs, int64_t count,
                        double *scores)
{
    for (int64_t i = 0; i < count; i++)
        IDI_TRY(idi_cosine(v->embeddings + pairs[i].first * v->dim,
                           v->embeddings + pairs[i].second * v->dim, v->dim, &scores[i]));
    return IDI_OK;
}

static idi_status measure(idi_validation *v, idi_validation_result *result)
{
    const idi_scores genuine = {v->scores, v->pairs.genuine_count};
    const idi_scores impostor = {v->scores + v->pairs.genuine_count, v->pairs.impostor_count};
    idi_verification verification;
    idi_operating_point point;
    IDI_TRY(score(v, v->pairs.genuine, v->pairs.genuine_count, v->scores));
    IDI_TRY(score(v, v->pairs.impostor, v->pairs.impostor_count, v->scores + genuine.count));
    IDI_TRY(idi_verification_create(v->memory, genuine, impostor, &verification));
    const idi_status st = idi_verification_at_far(&verification, IDI_VALIDATION_FAR, &point);
    if (st == IDI_OK)
        *result = (idi_validation_result){point.tar, idi_verification_eer(&verification)};
    idi_verification_free(v->memory, &verification);
    return st;
}

idi_status idi_validation_run(idi_validation *validation, idi_validation_result *result_out)
{
    idi_validation *v = validation;
    const idi_loader_options options = {
        .order = IDI_ORDER_STORED, .batch = MOST_FACES, .worker_count = (int)v->recipe->workers};
    idi_loader *loader;
    IDI_TRY(idi_loader_create(v->memory, v->faces.cached, &options, &loader));
    idi_status st = embed(v, loader);
    idi_loader_destroy(&loader);
    if (st == IDI_OK) st = measure(v, result_out);
    return st;
}
