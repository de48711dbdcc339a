/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate.c - judging a recogniser: an album, its embeddings, the measures, two files. */
#include "api/evaluate.h"

#include <stdio.h>
#include <string.h>

void idi_evaluate_options_init(idi_evaluate_options *options)
{
    if (!options) return;
    *options = (idi_evaluate_options){.struct_size = sizeof *options,
                                      .calibration_share = 0.5,
                                      .most_genuine = 200000,
                                      .most_impostors = 200000,
                                      .replicates = 2000,
                                      .level = 0.95,
                                      .attacks = 600,
                                      .search_steps = -1,
                                      .search_ssim = 0.9,
                                      .search_rate = 0.1,
                                      .search_against = 1,
                                      .batch = 8,
                                      .thread_count = 1};
    idi_evaluation_data_init(&options->data);
}

static bool is_drawn(const idi_evaluation_data *data)
{
    return !data->source || strcmp(data->source, "portraits") == 0;
}

idi_status idi_evaluate_check(const idi_evaluate_options *options)
{
    IDI_REQUIRE_STRUCT(options, idi_evaluate_options);
    IDI_REQUIRE_STRUCT(&options->data, idi_evaluation_data);
    IDI_REQUIRE(options->batch >= 1 && options->batch <= 1024, IDI_ERR_ARG,
                "evaluate: batch %lld, want 1 to 1024", (long long)options->batch);
    IDI_REQUIRE(options->replicates >= 100 && options->replicates <= 1000000, IDI_ERR_ARG,
                "evaluate: %lld replicates, want 100 to 1000000", (long long)options->replicates);
    IDI_REQUIRE(options->level > 0.0 && options->level < 1.0, IDI_ERR_ARG,
                "evaluate: intervals of level %g, want a number between 0 and 1", options->level);
    IDI_REQUIRE(options->thread_count >= 0 && options->thread_count <= 256, IDI_ERR_ARG,
                "evaluate: %d threads, want 0 to 256", options->thread_count);
    IDI_REQUIRE(options->cues == 0 || (options->cues > 1 && is_drawn(&options->data)), IDI_ERR_ARG,
                "evaluate: cues of %lld people, want 0, or 2 or more of drawn ones",
                (long long)options->cues);
    return IDI_OK;
}

/* One run's state. */
typedef struct evaluation {
    const idi_model *recogniser;
    const idi_evaluate_options *options;
    idi_memory *memory;
    idi_album album;
    float *embeddings;
    idi_pairs pairs;
    idi_recogniser_report report;
    json_t *cues; /* NULL: not wanted */
} evaluation;

static idi_status measure(evaluation *e)
{
    const idi_report_options o = idi_evaluate_report_options(e->options);
    IDI_TRY(idi_album_open(e->memory, &e->options->data, 0, &e->album));
    /* Lists first: what cannot be judged is found before the work. */
    IDI_TRY(idi_report_pairs(e->memory, e->album.person, e->album.photos, &o, &e->pairs));
    IDI_TRY(idi_album_embed(&e->album, &e->recogniser, 1, e->options, &e->embeddings));
    const idi_embedded embedded = {e->embeddings, e->album.person, e->album.photos,
                                   e->recogniser->config.recogniser.embedding_dim, e->album.people};
    IDI_TRY(idi_evaluate_tell(e->options, "measures", 0, 1));
    IDI_TRY(idi_recogniser_report_create(e->memory, &embedded, &e->pairs, &o, &e->report));
    if (e->options->cues > 0)
        IDI_TRY(idi_evaluate_cues(e->recogniser, e->options, &e->album, e->embeddings, &e->report,
                                  &e->cues));
    return idi_evaluate_tell(e->options, "measures", 1, 1);
}

static idi_status write_pairs(const evaluation *e, idi_file_writer *writer, const char *kind,
                              const idi_photo_pair *pairs, const double *scores, int64_t count)
{
    char first[IDI_FIELD_BYTES], second[IDI_FIELD_BYTES];
    for (int64_t i = 0; i < count; i++) {
        idi_csv_photo(&e->album, pairs[i].first, first);
        idi_csv_photo(&e->album, pairs[i].second, second);
        IDI_TRY(idi_file_print(writer, "%s,%s,%s,%lld,%lld,%.17g\n", kind, first, second,
                               (long long)e->album.person[pairs[i].first],
                               (long long)e->album.person[pairs[i].second], scores[i]));
    }
    return IDI_OK;
}

static idi_status write_scores(const evaluation *e, const char *path)
{
    idi_status st = IDI_OK;
    idi_file_writer writer;
    const idi_pairs *p = &e->pairs;
    IDI_TRY(idi_file_writer_open(e->memory, path, &writer));
    IDI_TRY_TO(done,
               idi_file_print(&writer, "kind,first,second,first_person,second_person,score\n"));
    IDI_TRY_TO(done,
               write_pairs(e, &writer, "genuine", p->genuine, e->report.genuine, p->genuine_count));
    IDI_TRY_TO(done, write_pairs(e, &writer, "impostor", p->impostor, e->report.impostor,
                                 p->impostor_count));
    st = idi_file_writer_commit(&writer);
done:
    idi_file_writer_abandon(&writer);
    return st;
}

static idi_status write_files(const evaluation *e)
{
    const idi_evaluate_options *o = e->options;
    if (o->scores_path) IDI_TRY(write_scores(e, o->scores_path));
    if (!o->report_path) return IDI_OK;
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "schema", "idinject-recogniser/1", "version",
        idi_version(), "device", idi_context_device(e->recogniser->context), "model",
        idi_model_json(e->recogniser), "data", idi_album_json(&o->data, &e->album), "protocol",
        idi_protocol_json(o, &e->pairs), "recogniser", idi_recogniser_json(e->memory, &e->report));
    if (e->cues) (void)json_object_set(root, "cues", e->cues);
    return idi_json_write(e->memory, o->report_path, root);
}

static void tell_result(const evaluation *e, idi_recogniser_result *out)
{
    const idi_recogniser_report *r = &e->report;
    *out = (idi_recogniser_result){.struct_size = out->struct_size,
                                   .people = e->album.people,
                                   .photos = e->album.photos,
                                   .genuine = r->genuine_count,
                                   .impostors = r->impostor_count,
                                   .eer = idi_measured_of(r->eer),
                                   .auc = idi_measured_of(r->auc),
                                   .rank1 = r->probes ? idi_measured_of(r->rank1)
                                                      : (idi_measured){-1.0, -1.0, -1.0}};
    (void)snprintf(out->pairs_hash, sizeof out->pairs_hash, "%016llx",
                   (unsigned long long)e->pairs.hash);
    for (int i = 0; i < IDI_EVALUATE_FARS; i++)
        out->at[i] = (idi_rate_at_far){idi_report_fars[i], r->at[i].is_supported,
                                       r->at[i].threshold.value, idi_measured_of(r->at[i].tar)};
}

idi_status idi_evaluate_recogniser(const idi_model *recogniser, const idi_evaluate_options *options,
                                   idi_recogniser_result *result)
{
    IDI_TRY(idi_require_recogniser(recogniser));
    IDI_TRY(idi_evaluate_check(options));
    if (result) IDI_REQUIRE_STRUCT(result, idi_recogniser_result);
    evaluation e = {
        .recogniser = recogniser, .options = options, .memory = recogniser->context->memory};
    idi_status st = measure(&e);
    if (st == IDI_OK) st = write_files(&e);
    if (st == IDI_OK && result) tell_result(&e, result);
    json_decref(e.cues);
    idi_recogniser_report_free(e.memory, &e.report);
    idi_pairs_free(e.memory, &e.pairs);
    idi_free(e.memory, e.embeddings);
    idi_album_close(e.memory, &e.album);
    return st;
}
