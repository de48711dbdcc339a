/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_trial.c - see generator_trial.h. */
#include "train/generator_trial.h"
#include "data/image.h"
#include "eval/scores.h"
#include "graph/session.h"
#include "train/faces.h"
#include "train/generator_losses.h"
#include "train/learning.h"

#include <math.h>
#include <string.h>

enum { BATCH = 8 }; /* people at a time, and rows of a sheet */

/* Whose photographs go in: the image's person (where, how), the other one (who), and of each one
 * more to compare with. */
enum { HERS, OTHER, HERS_AGAIN, OTHER_AGAIN, PHOTO_COUNT };
enum { OWN, INJECTED, IMAGE_COUNT };

struct idi_generator_trial {
    idi_memory *memory;
    const idi_recipe *recipe;
    const idi_teacher *teacher;
    idi_faces faces;
    idi_graph *graph;
    idi_graph_session *session;
    idi_value photos[PHOTO_COUNT], labels; /* inputs */
    idi_value images[IMAGE_COUNT];         /* [BATCH, S, S, 3] */
    idi_value embeddings[IMAGE_COUNT];     /* [BATCH, E] of them, or IDI_NONE */
    idi_value wanted[IMAGE_COUNT];         /* of the photographs to compare with */
    uint8_t *rgb;                          /* [PHOTO_COUNT, BATCH, S, S, 3] */
    uint8_t *label_maps;                   /* [BATCH, S, S] */
    float *numbers;                        /* [BATCH, S, S, 3], or two blocks of embeddings */
};

/* --- the graph -------------------------------------------------------------------------------- */

static idi_value embedding_of(idi_generator_trial *t, idi_value faces)
{
    if (!t->teacher->weights) return IDI_NONE;
    return idi_view_of(t->graph, &t->teacher->config, t->teacher->scope, faces).embedding;
}

static idi_value generate(idi_generator_trial *t, idi_value styles, idi_value identity)
{
    const idi_ca2sis_config *config = &t->recipe->network.generator;
    const idi_value tokens =
        idi_ca2sis_tokens(t->graph, config, styles, config->identity_dim ? identity : IDI_NONE);
    return idi_ca2sis_generator(t->graph, config, IDI_FORM_PLAIN, t->labels, tokens);
}

static void add_image(idi_generator_trial *t, int which, idi_value styles)
{
    const int source = which == OWN ? HERS : OTHER;
    const int again = which == OWN ? HERS_AGAIN : OTHER_AGAIN;
    t->images[which] = generate(t, styles, embedding_of(t, t->photos[source]));
    t->embeddings[which] = embedding_of(t, t->images[which]);
    t->wanted[which] = embedding_of(t, t->photos[again]);
    idi_graph_mark_output(t->graph, t->images[which]);
    idi_graph_mark_output(t->graph, t->embeddings[which]);
    idi_graph_mark_output(t->graph, t->wanted[which]);
}

static idi_status build_graph(idi_generator_trial *t, const idi_backend *backend)
{
    static const char *const names[PHOTO_COUNT] = {"hers", "other", "hers_again", "other_again"};
    const int64_t size = t->recipe->data.size;
    IDI_TRY(idi_learning_graph(backend, &t->graph));
    for (int i = 0; i < PHOTO_COUNT; i++)
        t->photos[i] = idi_graph_input(t->graph, names[i], IDI_REAL,
                                       idi_shape4(BATCH, size, size, 3), IDI_RATE_IMAGE);
    t->labels =
        idi_graph_input(t->graph, "labels", IDI_U8, idi_shape3(BATCH, size, size), IDI_RATE_IMAGE);
    const idi_value styles = idi_ca2sis_style_encoder(t->graph, &t->recipe->network.generator,
                                                      t->photos[HERS], t->labels);
    add_image(t, OWN, styles);
    add_image(t, INJECTED, styles);
    return idi_graph_status(t->graph);
}

/* --- opening ---------------------------------------------------------------------------------- */

static size_t face_bytes(const idi_generator_trial *t)
{
    return (size_t)(t->recipe->data.size * t->recipe->data.size * 3);
}

static idi_status make_buffers(idi_generator_trial *t)
{
    const size_t embeddings =
        t->teacher->weights ? 2 * (size_t)t->teacher->config.embedding_dim : 0;
    const size_t numbers = face_bytes(t) > embeddings ? face_bytes(t) : embeddings;
    IDI_TRY(idi_alloc(t->memory, IDI_TAG_IMAGE, PHOTO_COUNT * BATCH * face_bytes(t), &t->rgb));
    IDI_TRY(idi_alloc(t->memory, IDI_TAG_IMAGE, BATCH * face_bytes(t) / 3, &t->label_maps));
    return idi_alloc(t->memory, IDI_TAG_IMAGE, BATCH * numbers * sizeof *t->numbers, &t->numbers);
}

static idi_status open_trial(idi_generator_trial *t, const idi_store *store)
{
    const idi_recipe *r = t->recipe;
    union {
        const idi_store *store;
        void *user;
    } source = {.store = store};
    IDI_TRY(idi_faces_open(t->memory, r, r->validation.people, r->validation.photos, &t->faces));
    IDI_REQUIRE(idi_dataset_identity_count(t->faces.cached) >= BATCH, IDI_ERR_ARG,
                "recipe: validation has %lld people, want at least %d",
                (long long)idi_dataset_identity_count(t->faces.cached), (int)BATCH);
    IDI_REQUIRE(idi_dataset_fewest_photos(t->faces.cached) >= 2, IDI_ERR_ARG,
                "recipe: validation has people with one photograph, want two of each");
    IDI_TRY(make_buffers(t));
    IDI_TRY(build_graph(t, idi_store_backend(store)));
    return idi_graph_session_create(t->graph, idi_store_backend(store), idi_store_average_source,
                                    source.user, &t->session);
}

idi_status idi_generator_trial_create(const idi_recipe *recipe, const idi_teacher *teacher,
                                      const idi_store *store, idi_generator_trial **trial_out)
{
    idi_memory *memory = idi_store_backend(store)->memory;
    idi_generator_trial *t;
    *trial_out = NULL;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *t, &t));
    t->memory = memory;
    t->recipe = recipe;
    t->teacher = teacher;
    const idi_status st = open_trial(t, store);
    if (st != IDI_OK) idi_generator_trial_destroy(&t);
    *trial_out = t;
    return st;
}

void idi_generator_trial_destroy(idi_generator_trial **trial)
{
    if (!trial || !*trial) return;
    idi_generator_trial *t = *trial;
    idi_graph_session_destroy(&t->session);
    idi_graph_destroy(&t->graph);
    idi_faces_close(&t->faces);
    idi_free(t->memory, t->rgb);
    idi_free(t->memory, t->label_maps);
    idi_free(t->memory, t->numbers);
    idi_free(t->memory, t);
    *trial = NULL;
}

/* --- running ---------------------------------------------------------------------------------- */

static int64_t people_count(const idi_generator_trial *t)
{
    return idi_dataset_identity_count(t->faces.cached);
}

static uint8_t *photo_at(const idi_generator_trial *t, int photo, int64_t row)
{
    return t->rgb + (size_t)(photo * BATCH + row) * face_bytes(t);
}

/* The people of one row, counted round. */
static idi_status read_row(idi_generator_trial *t, int64_t person, int64_t row)
{
    const idi_dataset *faces = t->faces.cached;
    const int64_t people = people_count(t);
    for (int photo = 0; photo < PHOTO_COUNT; photo++) {
        const bool is_other = photo == OTHER || photo == OTHER_AGAIN;
        const bool is_again = photo == HERS_AGAIN || photo == OTHER_AGAIN;
        const int64_t who = (person + (is_other ? people / 2 : 0)) % people;
        idi_sample sample = {.rgb = photo_at(t, photo, row)};
        if (photo == HERS) sample.labels = t->label_maps + (size_t)row * face_bytes(t) / 3;
        IDI_TRY(idi_dataset_read(faces, idi_dataset_photo(faces, who, is_again), &sample));
    }
    return IDI_OK;
}

static idi_status run_from(idi_generator_trial *t, int64_t first)
{
    const int64_t count = BATCH * (int64_t)face_bytes(t);
    for (int64_t row = 0; row < BATCH; row++)
        IDI_TRY(read_row(t, first + row, row));
    for (int photo = 0; photo < PHOTO_COUNT; photo++) {
        idi_image_to_float(photo_at(t, photo, 0), count, t->numbers);
        IDI_TRY(idi_graph_session_set_floats(t->session, t->photos[photo], t->numbers, count));
    }
    IDI_TRY(idi_graph_session_set(t->session, t->labels, t->label_maps, (size_t)count / 3));
    return idi_graph_session_run(t->session, NULL, NULL);
}

/* Adds the cosines of the first `rows` people. */
static idi_status add_cosines(idi_generator_trial *t, int which, int64_t rows, double *sum)
{
    const int64_t dim = t->teacher->config.embedding_dim;
    float *wanted = t->numbers + BATCH * dim;
    IDI_TRY(
        idi_graph_session_get_floats(t->session, t->embeddings[which], t->numbers, BATCH * dim));
    IDI_TRY(idi_graph_session_get_floats(t->session, t->wanted[which], wanted, BATCH * dim));
    for (int64_t row = 0; row < rows; row++) {
        double cosine;
        IDI_TRY(idi_cosine(t->numbers + row * dim, wanted + row * dim, dim, &cosine));
        *sum += cosine;
    }
    return IDI_OK;
}

idi_status idi_generator_trial_run(idi_generator_trial *trial, idi_generator_result *result_out)
{
    const int64_t people = people_count(trial);
    double sum[IMAGE_COUNT] = {0.0, 0.0};
    *result_out = (idi_generator_result){(double)NAN, (double)NAN};
    if (!trial->teacher->weights) return IDI_OK;
    idi_graph_session_note_parameters(trial->session);
    for (int64_t first = 0; first < people; first += BATCH) {
        const int64_t rows = people - first < BATCH ? people - first : BATCH;
        IDI_TRY(run_from(trial, first));
        for (int which = 0; which < IMAGE_COUNT; which++)
            IDI_TRY(add_cosines(trial, which, rows, &sum[which]));
    }
    *result_out = (idi_generator_result){sum[OWN] / (double)people, sum[INJECTED] / (double)people};
    return IDI_OK;
}

/* --- pictures --------------------------------------------------------------------------------- */

enum { COLUMN_HERS, COLUMN_LABELS, COLUMN_OWN, COLUMN_OTHER, COLUMN_INJECTED, COLUMN_COUNT };

static void put(const idi_generator_trial *t, idi_image *sheet, int column, int64_t row,
                const uint8_t *face)
{
    const size_t line = (size_t)t->recipe->data.size * 3;
    const size_t sheet_line = COLUMN_COUNT * line;
    uint8_t *to = sheet->pixels + (size_t)row * (size_t)t->recipe->data.size * sheet_line +
                  (size_t)column * line;
    for (int64_t y = 0; y < t->recipe->data.size; y++, to += sheet_line, face += line)
        memcpy(to, face, line);
}

static void put_labels(const idi_generator_trial *t, idi_image *sheet, int64_t row,
                       uint8_t *scratch)
{
    const size_t pixels = face_bytes(t) / 3;
    const uint8_t *labels = t->label_maps + (size_t)row * pixels;
    const uint8_t(*colours)[3] = idi_label_scheme_at(0)->class_colours;
    for (size_t i = 0; i < pixels; i++)
        memcpy(scratch + 3 * i, colours[labels[i]], 3);
    put(t, sheet, COLUMN_LABELS, row, scratch);
}

/* Photographs, then images over them. */
static idi_status fill(idi_generator_trial *t, idi_image *sheet)
{
    const int64_t count = BATCH * (int64_t)face_bytes(t);
    for (int64_t row = 0; row < BATCH; row++) {
        put(t, sheet, COLUMN_HERS, row, photo_at(t, HERS, row));
        put(t, sheet, COLUMN_OTHER, row, photo_at(t, OTHER, row));
        put_labels(t, sheet, row, photo_at(t, HERS_AGAIN, row));
    }
    for (int which = 0; which < IMAGE_COUNT; which++) {
        IDI_TRY(idi_graph_session_get_floats(t->session, t->images[which], t->numbers, count));
        idi_image_from_float(t->numbers, count, t->rgb);
        for (int64_t row = 0; row < BATCH; row++)
            put(t, sheet, which == OWN ? COLUMN_OWN : COLUMN_INJECTED, row, photo_at(t, 0, row));
    }
    return IDI_OK;
}

idi_status idi_generator_trial_show(idi_generator_trial *trial, const char *path)
{
    const int64_t size = trial->recipe->data.size;
    idi_image sheet;
    idi_graph_session_note_parameters(trial->session);
    IDI_TRY(run_from(trial, 0));
    IDI_TRY(idi_image_create(trial->memory, COLUMN_COUNT * size, BATCH * size, 3, &sheet));
    idi_status st = fill(trial, &sheet);
    if (st == IDI_OK) st = idi_png_write(trial->memory, path, &sheet, NULL);
    idi_image_free(trial->memory, &sheet);
    return st;
}
