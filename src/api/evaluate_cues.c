/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate_cues.c - what a recogniser goes by: see evaluate.h. */
#include "api/evaluate.h"
#include "data/portrait_cues.h"
#include "eval/people.h"

/* What is replaced, from nothing to everything. */
static const struct {
    unsigned cues;
    const char *name;
} rows[] = {{0, "nothing"},
            {IDI_CUE_COLOUR, "colour"},
            {IDI_CUE_TEXTURE, "texture"},
            {IDI_CUE_INNER, "inner face"},
            {IDI_CUE_OUTLINE, "outline"},
            {IDI_CUE_INNER | IDI_CUE_OUTLINE, "inner face and outline"},
            {IDI_CUE_ALL, "everything"}};
enum { ROWS = sizeof rows / sizeof rows[0] };

typedef struct trials {
    const idi_evaluate_options *options;
    const idi_album *album;
    idi_memory *memory;
    idi_people people;
    int64_t count;     /* of people, each once in a row */
    float *embeddings; /* [ROWS * count, dim] */
    double *scores;    /* [count] of a row */
} trials;

static const idi_person *person_of(const trials *t, int64_t trial)
{
    return &t->people.people[t->people.calibration + trial];
}

static uint64_t seed_of(const trials *t, int64_t trial)
{
    return (uint64_t)(t->options->data.first_person + person_of(t, trial)->number);
}

/* One more photograph of the person, of which the album has none; the parts are the next one's. */
static idi_status draw(const void *user, int64_t index, uint8_t *rgb_out)
{
    const trials *t = user;
    const int64_t trial = index % t->count;
    const idi_evaluation_data *data = &t->options->data;
    const uint64_t seed = seed_of(t, trial);
    idi_portrait_person person, other;
    idi_portrait_photo photo;
    idi_portrait_person_from_seed(seed, &person);
    idi_portrait_person_from_seed(seed_of(t, (trial + 1) % t->count), &other);
    idi_portrait_photo_from_seed(seed, (uint64_t)(data->first_photo + data->photos), &photo);
    idi_portrait_replace(&person, &other, rows[index / t->count].cues);
    return idi_portrait_render_params(&person, &photo, data->size, rgb_out, NULL, NULL);
}

static double cosine(const float *a, const float *b, int64_t dim)
{
    double sum = 0.0;
    for (int64_t i = 0; i < dim; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static json_t *accepted_json(const trials *t, const idi_recogniser_report *report)
{
    json_t *list = json_array();
    for (int i = 0; i < IDI_REPORT_FARS; i++) {
        idi_interval rate;
        int64_t accepted = 0;
        if (!report->at[i].is_supported) continue;
        for (int64_t j = 0; j < t->count; j++)
            accepted += t->scores[j] >= report->at[i].threshold.value;
        if (idi_wilson(accepted, t->count, t->options->level, &rate) != IDI_OK) continue;
        (void)json_array_append_new(list, json_pack("{s:f, s:o}", "far", idi_report_fars[i],
                                                    "accepted", idi_interval_json(rate)));
    }
    return list;
}

static idi_status judge_row(const trials *t, int row, const float *album, int64_t dim,
                            const idi_recogniser_report *report, json_t *list)
{
    const idi_bootstrap_options bootstrap = idi_evaluate_report_options(t->options).bootstrap;
    idi_interval mean;
    for (int64_t j = 0; j < t->count; j++)
        t->scores[j] = cosine(t->embeddings + (row * t->count + j) * dim,
                              album + t->people.photo[person_of(t, j)->first] * dim, dim);
    IDI_TRY(idi_bootstrap_mean(t->memory, &bootstrap, (idi_scores){t->scores, t->count}, &mean));
    (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "replaced", rows[row].name,
                                                "cosine", idi_interval_json(mean), "at_far",
                                                accepted_json(t, report)));
    return IDI_OK;
}

static idi_status run(trials *t, const idi_model *recogniser, const float *album,
                      const idi_recogniser_report *report, json_t *list)
{
    const idi_evaluate_options *o = t->options;
    const int64_t dim = recogniser->config.recogniser.embedding_dim;
    IDI_TRY(idi_people_divide(t->memory, t->album->person, t->album->photos, o->seed,
                              o->calibration_share, &t->people));
    t->count = t->people.count - t->people.calibration;
    if (t->count > o->cues) t->count = o->cues;
    IDI_REQUIRE(t->count >= 2, IDI_ERR_ARG, "evaluate: cues of %lld people, want 2 or more",
                (long long)t->count);
    IDI_TRY(
        idi_alloc(t->memory, IDI_TAG_GENERAL, (size_t)t->count * sizeof *t->scores, &t->scores));
    const idi_faces faces = {"faces of two people", ROWS * t->count, o->data.size, draw, t};
    IDI_TRY(idi_faces_embed(&faces, &recogniser, 1, o, &t->embeddings));
    for (int row = 0; row < ROWS; row++)
        IDI_TRY(judge_row(t, row, album, dim, report, list));
    return IDI_OK;
}

idi_status idi_evaluate_cues(const idi_model *recogniser, const idi_evaluate_options *options,
                             const idi_album *album, const float *embeddings,
                             const idi_recogniser_report *report, json_t **cues_out)
{
    trials t = {.options = options, .album = album, .memory = recogniser->context->memory};
    json_t *list = json_array();
    const idi_status st = run(&t, recogniser, embeddings, report, list);
    *cues_out =
        st == IDI_OK ? json_pack("{s:I, s:O}", "people", (json_int_t)t.count, "rows", list) : NULL;
    json_decref(list);
    idi_free(t.memory, t.embeddings);
    idi_free(t.memory, t.scores);
    idi_people_free(t.memory, &t.people);
    return st;
}
