/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_files.c - a generator's report, scores and sheet, and its headline numbers. */
#include "api/evaluate_attack.h"
#include "data/image.h"

#include <math.h>
#include <stdio.h>

static const char *const look_names[IDI_LOOKS] = {"ssim", "ssim_face", "l1", "mse", "mse_face"};
static const char *const row_names[IDI_ATTACK_ROWS] = {"to_second", "to_first", "to_token",
                                                       "to_image", "rank1"};
static const char *const outcome_names[IDI_OUTCOMES] = {"success", "passes", "dodges",
                                                        "matches_both"};
static const char *const base_names[IDI_AS_INJECTED] = {"photograph", "recoloured", "own"};

static const char *name_of(const idi_attack_run *run, int64_t condition)
{
    if (idi_attack_is_searched(run, condition)) return "searched";
    return condition >= IDI_AS_INJECTED ? "injected" : base_names[condition];
}

static bool has_strength(const idi_attack_run *run, int64_t condition)
{
    return condition >= IDI_AS_INJECTED && !idi_attack_is_searched(run, condition);
}

/* What the numbers come to. */
typedef struct summary {
    idi_interval look[IDI_ATTACK_CONDITIONS][IDI_LOOKS];
    int64_t used[IDI_ATTACK_CONDITIONS][IDI_LOOKS];
    double frechet[IDI_ATTACK_CONDITIONS][IDI_EVALUATE_RECOGNISERS];
    idi_attack_verdict verdict[IDI_ATTACK_CONDITIONS][IDI_EVALUATE_RECOGNISERS];
} summary;

static idi_status summarise(const idi_attack_run *run, summary *s)
{
    const idi_attack_people people = {run->first, run->second, run->pairs.attack_count,
                                      run->album.people};
    const idi_report_options o = idi_evaluate_report_options(run->options);
    for (int64_t c = 0; c < run->condition_count; c++) {
        IDI_TRY(idi_evaluate_tell(run->options, "measures", c, run->condition_count));
        for (int l = 0; l < IDI_LOOKS; l++)
            IDI_TRY(idi_attack_mean(run->memory, &people,
                                    idi_attack_looks(run, c) + l * people.count, &o.bootstrap,
                                    &s->look[c][l], &s->used[c][l]));
        for (int64_t k = 0; k < run->recogniser_count && people.count > 1; k++)
            IDI_TRY(idi_attack_frechet(run, c, k, &s->frechet[c][k]));
        for (int64_t k = 0; k < run->recogniser_count; k++)
            IDI_TRY(idi_attack_judge(run->memory, &people, idi_attack_rows(run, c, k),
                                     &run->reports[k], &o.bootstrap, &s->verdict[c][k]));
    }
    return idi_evaluate_tell(run->options, "measures", run->condition_count, run->condition_count);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

/* JSON has no infinity: equal pictures' PSNR is null. */
static json_t *psnr_json(double mse)
{
    return mse > 0.0 ? json_real(idi_psnr_of_mse(mse)) : json_null();
}

static json_t *look_json(const summary *s, int64_t c)
{
    json_t *object = json_object();
    for (int l = 0; l < IDI_LOOKS; l++)
        set(object, look_names[l], s->used[c][l] ? idi_interval_json(s->look[c][l]) : json_null());
    set(object, "psnr", psnr_json(s->look[c][IDI_LOOK_MSE].estimate));
    set(object, "psnr_face", psnr_json(s->look[c][IDI_LOOK_MSE_FACE].estimate));
    set(object, "faces", json_integer((json_int_t)s->used[c][IDI_LOOK_SSIM_FACE]));
    return object;
}

static json_t *verdict_json(const idi_attack_verdict *v, const idi_recogniser_report *report)
{
    json_t *object = json_object(), *rates = json_array();
    for (int r = 0; r < IDI_ATTACK_ROWS; r++)
        set(object, row_names[r], idi_interval_json(v->mean[r]));
    for (int i = 0; i < IDI_REPORT_FARS; i++) {
        json_t *rate = json_pack("{s:f}", "far", idi_report_fars[i]);
        for (int o = 0; report->at[i].is_supported && o < IDI_OUTCOMES; o++)
            set(rate, outcome_names[o], idi_interval_json(v->outcome[i][o]));
        (void)json_array_append_new(rates, rate);
    }
    set(object, "at_far", rates);
    return object;
}

static json_t *search_json(const idi_evaluate_options *o)
{
    return json_pack("{s:I, s:f, s:f, s:I, s:b}", "steps", (json_int_t)o->search_steps, "rate",
                     o->search_rate, "least_ssim", o->search_ssim, "against",
                     (json_int_t)o->search_against, "has_styles", o->search_has_styles);
}

static json_t *condition_json(const idi_attack_run *run, const summary *s, int64_t c)
{
    json_t *object = json_object(), *judged = json_array();
    set(object, "condition", json_string(name_of(run, c)));
    set(object, "strength",
        has_strength(run, c) ? json_real(run->strengths[c - IDI_AS_INJECTED]) : json_null());
    if (idi_attack_is_searched(run, c)) set(object, "search", search_json(run->options));
    set(object, "look_compared_with", json_string(base_names[idi_attack_reference(c)]));
    set(object, "look", look_json(s, c));
    for (int64_t k = 0; k < run->recogniser_count; k++) {
        json_t *verdict = verdict_json(&s->verdict[c][k], &run->reports[k]);
        set(verdict, "frechet_to_photographs",
            run->pairs.attack_count > 1 ? json_real(s->frechet[c][k]) : json_null());
        (void)json_array_append_new(judged, verdict);
    }
    set(object, "recognisers", judged);
    return object;
}

static json_t *report_json(const idi_attack_run *run, const summary *s)
{
    json_t *recognisers = json_array(), *conditions = json_array();
    for (int64_t k = 0; k < run->recogniser_count; k++) {
        json_t *judged = idi_recogniser_json(run->memory, &run->reports[k]);
        set(judged, "model", idi_model_json(run->recognisers[k]));
        set(judged, "role", json_string(k == 0 ? "white box" : "unseen"));
        (void)json_array_append_new(recognisers, judged);
    }
    for (int64_t c = 0; c < run->condition_count; c++)
        (void)json_array_append_new(conditions, condition_json(run, s, c));
    if ((int64_t)json_array_size(recognisers) < run->recogniser_count) { /* no memory for one */
        json_decref(conditions);
        json_decref(recognisers);
        return NULL;
    }
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "idinject-generator/1", "version",
        idi_version(), "device", idi_context_device(run->generator->context), "model",
        idi_model_json(run->generator), "data", idi_album_json(&run->options->data, &run->album),
        "protocol", idi_protocol_json(run->options, &run->pairs), "recognisers", recognisers,
        "conditions", conditions);
}

/* --- CSV -------------------------------------------------------------------------------------- */

static idi_status print_header(idi_file_writer *writer)
{
    IDI_TRY(idi_file_print(writer, "condition,strength,recogniser,image,image_check,token,"
                                   "token_check,first_person,second_person"));
    for (int r = 0; r < IDI_ATTACK_ROWS; r++)
        IDI_TRY(idi_file_print(writer, ",%s", row_names[r]));
    for (int l = 0; l < IDI_LOOKS; l++)
        IDI_TRY(idi_file_print(writer, ",%s", look_names[l]));
    return idi_file_print(writer, "\n");
}

/* Numbers with 17 digits; what is not there is left empty. */
static idi_status print_numbers(idi_file_writer *writer, const double *values, int count,
                                int64_t step)
{
    for (int i = 0; i < count; i++) {
        const double value = values[i * step];
        IDI_TRY(isnan(value) ? idi_file_print(writer, ",")
                             : idi_file_print(writer, ",%.17g", value));
    }
    return IDI_OK;
}

static idi_status print_pair(const idi_attack_run *run, idi_file_writer *writer, int64_t c,
                             int64_t k, int64_t pair)
{
    const idi_attack_pair *p = &run->pairs.attack[pair];
    const int64_t photos[4] = {p->image, p->image_check, p->token, p->token_check};
    const int64_t count = run->pairs.attack_count;
    char field[IDI_FIELD_BYTES];
    IDI_TRY(idi_file_print(writer, "%s,", name_of(run, c)));
    if (has_strength(run, c))
        IDI_TRY(idi_file_print(writer, "%.17g", run->strengths[c - IDI_AS_INJECTED]));
    IDI_TRY(idi_file_print(writer, ",%s", run->recognisers[k]->fingerprint));
    for (int i = 0; i < 4; i++) {
        idi_csv_photo(&run->album, photos[i], field);
        IDI_TRY(idi_file_print(writer, ",%s", field));
    }
    IDI_TRY(idi_file_print(writer, ",%lld,%lld", (long long)run->first[pair],
                           (long long)run->second[pair]));
    IDI_TRY(print_numbers(writer, idi_attack_rows(run, c, k) + pair, IDI_ATTACK_ROWS, count));
    IDI_TRY(print_numbers(writer, idi_attack_looks(run, c) + pair, IDI_LOOKS, count));
    return idi_file_print(writer, "\n");
}

static idi_status print_all(const idi_attack_run *run, idi_file_writer *writer)
{
    IDI_TRY(print_header(writer));
    for (int64_t c = 0; c < run->condition_count; c++)
        for (int64_t k = 0; k < run->recogniser_count; k++)
            for (int64_t pair = 0; pair < run->pairs.attack_count; pair++)
                IDI_TRY(print_pair(run, writer, c, k, pair));
    return idi_file_writer_commit(writer);
}

static idi_status write_scores(const idi_attack_run *run)
{
    idi_file_writer writer;
    IDI_TRY(idi_file_writer_open(run->memory, run->options->scores_path, &writer));
    const idi_status st = print_all(run, &writer);
    idi_file_writer_abandon(&writer);
    return st;
}

/* --- the rest --------------------------------------------------------------------------------- */

static idi_status write_sheet(const idi_attack_run *run)
{
    const idi_image sheet = {run->sheet, run->size * (run->condition_count + 1),
                             run->size * run->sheet_rows, 3};
    return idi_png_write(run->memory, run->options->sheet_path, &sheet, NULL);
}

static void tell_recogniser(const idi_attack_run *run, const summary *s, int64_t k,
                            idi_attacked_recogniser *out)
{
    const int64_t c = run->condition_count > IDI_AS_INJECTED ? IDI_AS_INJECTED : IDI_AS_OWN;
    const idi_attack_verdict *v = &s->verdict[c][k];
    for (int i = 0; i < IDI_EVALUATE_FARS; i++)
        out->at[i] = (idi_attack_at_far){idi_report_fars[i], run->reports[k].at[i].is_supported,
                                         idi_measured_of(v->outcome[i][IDI_OUTCOME_SUCCESS]),
                                         idi_measured_of(v->outcome[i][IDI_OUTCOME_PASSES])};
    out->own_to_photo = idi_measured_of(s->verdict[IDI_AS_OWN][k].mean[IDI_TO_IMAGE]);
    out->to_second = idi_measured_of(v->mean[IDI_TO_SECOND]);
    out->rank1 = idi_measured_of(v->mean[IDI_RANK1]);
}

static void tell_result(const idi_attack_run *run, const summary *s, idi_generator_result *out)
{
    const int64_t c = run->condition_count > IDI_AS_INJECTED ? IDI_AS_INJECTED : IDI_AS_OWN;
    const bool has_faces = s->used[c][IDI_LOOK_SSIM_FACE] > 0;
    *out = (idi_generator_result){.struct_size = out->struct_size,
                                  .people = run->album.people,
                                  .photos = run->album.photos,
                                  .pairs = run->pairs.attack_count,
                                  .own_ssim = s->look[IDI_AS_OWN][IDI_LOOK_SSIM].estimate,
                                  .attack_ssim = s->look[c][IDI_LOOK_SSIM].estimate,
                                  .attack_ssim_face =
                                      has_faces ? s->look[c][IDI_LOOK_SSIM_FACE].estimate : -1.0,
                                  .recogniser_count = run->recogniser_count};
    (void)snprintf(out->pairs_hash, sizeof out->pairs_hash, "%016llx",
                   (unsigned long long)run->pairs.hash);
    for (int64_t k = 0; k < run->recogniser_count; k++)
        tell_recogniser(run, s, k, &out->recognisers[k]);
}

idi_status idi_attack_write(const idi_attack_run *run, idi_generator_result *result)
{
    idi_status st = IDI_OK;
    const idi_evaluate_options *o = run->options;
    summary *s;
    IDI_TRY(idi_alloc_zeroed(run->memory, IDI_TAG_GENERAL, 1, sizeof *s, &s));
    IDI_TRY_TO(done, summarise(run, s));
    if (o->scores_path) IDI_TRY_TO(done, write_scores(run));
    if (o->sheet_path) IDI_TRY_TO(done, write_sheet(run));
    if (o->report_path)
        IDI_TRY_TO(done, idi_json_write(run->memory, o->report_path, report_json(run, s)));
    if (result) tell_result(run, s, result);
done:
    idi_free(run->memory, s);
    return st;
}
