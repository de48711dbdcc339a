/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_files.c - a generator's report and sheet, and its headline numbers. */
#include "api/evaluate_attack.h"
#include "data/image.h"

#include <math.h>
#include <stdio.h>

static const char *const outcome_names[IDI_OUTCOMES] = {"success", "passes", "dodges",
                                                        "matches_both"};

/* What the numbers come to. */
typedef struct summary {
    idi_interval look[IDI_ATTACK_CONDITIONS][IDI_LOOKS];
    int64_t used[IDI_ATTACK_CONDITIONS][IDI_LOOKS];
    double frechet[IDI_ATTACK_CONDITIONS][IDI_EVALUATE_RECOGNISERS];
    idi_attack_verdict *verdicts; /* [view][subject][recogniser] */
} summary;

static idi_attack_verdict *verdict_of(const idi_attack_run *run, const summary *s, int64_t view,
                                      int64_t subject, int64_t k)
{
    return s->verdicts + (view * run->subject_count + subject) * run->recogniser_count + k;
}

/* As they are first, subject by subject, then view by view. */
static idi_status judge_all(const idi_attack_run *run, const idi_attack_people *people,
                            const idi_bootstrap_options *bootstrap, summary *s)
{
    const int64_t total = run->view_count * run->subject_count;
    for (int64_t i = 0; i < total; i++) {
        const int64_t view = i / run->subject_count, subject = i % run->subject_count;
        IDI_TRY(idi_evaluate_tell(run->options, "measures", i, total));
        for (int64_t k = 0; k < run->recogniser_count; k++)
            IDI_TRY(idi_attack_judge(run->memory, people, idi_attack_rows(run, view, subject, k),
                                     &run->reports[k], bootstrap,
                                     verdict_of(run, s, view, subject, k)));
    }
    return idi_evaluate_tell(run->options, "measures", total, total);
}

static idi_status summarise(const idi_attack_run *run, summary *s)
{
    const idi_attack_people people = {run->first, run->second, run->pairs.attack_count,
                                      run->album.people};
    const idi_report_options o = idi_evaluate_report_options(run->options);
    const int64_t verdicts = run->view_count * run->subject_count * run->recogniser_count;
    IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL, (size_t)verdicts * sizeof *s->verdicts,
                      &s->verdicts));
    for (int64_t c = 0; c < run->condition_count; c++) {
        for (int l = 0; l < IDI_LOOKS; l++)
            IDI_TRY(idi_attack_mean(run->memory, &people,
                                    idi_attack_looks(run, c) + l * people.count, &o.bootstrap,
                                    &s->look[c][l], &s->used[c][l]));
        for (int64_t k = 0; k < run->recogniser_count && people.count > 1; k++)
            IDI_TRY(idi_attack_frechet(run, c, k, &s->frechet[c][k]));
    }
    return judge_all(run, &people, &o.bootstrap, s);
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
        set(object, idi_look_names[l],
            s->used[c][l] ? idi_interval_json(s->look[c][l]) : json_null());
    set(object, "psnr", psnr_json(s->look[c][IDI_LOOK_MSE].estimate));
    set(object, "psnr_face", psnr_json(s->look[c][IDI_LOOK_MSE_FACE].estimate));
    set(object, "faces", json_integer((json_int_t)s->used[c][IDI_LOOK_SSIM_FACE]));
    return object;
}

static json_t *verdict_json(const idi_attack_verdict *v, const idi_recogniser_report *report)
{
    json_t *object = json_object(), *rates = json_array();
    for (int r = 0; r < IDI_ATTACK_ROWS; r++)
        set(object, idi_attack_row_names[r], idi_interval_json(v->mean[r]));
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
    set(object, "condition", json_string(idi_attack_name(run, c)));
    set(object, "strength",
        idi_attack_has_strength(run, c) ? json_real(run->strengths[c - IDI_AS_INJECTED])
                                        : json_null());
    if (idi_attack_is_searched(run, c)) set(object, "search", search_json(run->options));
    set(object, "look_compared_with", json_string(idi_attack_name(run, idi_attack_reference(c))));
    set(object, "look", look_json(s, c));
    for (int64_t k = 0; k < run->recogniser_count; k++) {
        json_t *verdict =
            verdict_json(verdict_of(run, s, IDI_DEGRADE_NONE, c, k), &run->reports[k]);
        set(verdict, "frechet_to_photographs",
            run->pairs.attack_count > 1 ? json_real(s->frechet[c][k]) : json_null());
        (void)json_array_append_new(judged, verdict);
    }
    set(object, "recognisers", judged);
    return object;
}

/* What is left of a subject under a view. */
static json_t *shown_json(const idi_attack_run *run, const summary *s, int64_t view,
                          int64_t subject)
{
    json_t *judged = json_array();
    for (int64_t k = 0; k < run->recogniser_count; k++)
        (void)json_array_append_new(
            judged, verdict_json(verdict_of(run, s, view, subject, k), &run->reports[k]));
    return json_pack("{s:s, s:o, s:o}", "condition", idi_attack_name(run, subject), "strength",
                     idi_attack_has_strength(run, subject)
                         ? json_real(run->strengths[subject - IDI_AS_INJECTED])
                         : json_null(),
                     "recognisers", judged);
}

static json_t *robustness_json(const idi_attack_run *run, const summary *s)
{
    json_t *views = json_array();
    for (int64_t view = 0; view < run->view_count; view++) {
        json_t *conditions = json_array();
        for (int64_t subject = 0; subject < run->subject_count; subject++)
            (void)json_array_append_new(conditions, shown_json(run, s, view, subject));
        (void)json_array_append_new(views, json_pack("{s:s, s:o}", "degradation",
                                                     idi_degradation_name((idi_degradation)view),
                                                     "conditions", conditions));
    }
    return views;
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
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "idinject-generator/1", "version",
        idi_version(), "device", idi_context_device(run->generator->context), "model",
        idi_model_json(run->generator), "data", idi_album_json(&run->options->data, &run->album),
        "protocol", idi_protocol_json(run->options, &run->pairs), "recognisers", recognisers,
        "conditions", conditions);
    if (run->options->robustness) set(root, "robustness", robustness_json(run, s));
    if (run->leverage) set(root, "leverage", json_incref(run->leverage));
    return root;
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
    const idi_attack_verdict *v = verdict_of(run, s, IDI_DEGRADE_NONE, c, k);
    for (int i = 0; i < IDI_EVALUATE_FARS; i++)
        out->at[i] = (idi_attack_at_far){idi_report_fars[i], run->reports[k].at[i].is_supported,
                                         idi_measured_of(v->outcome[i][IDI_OUTCOME_SUCCESS]),
                                         idi_measured_of(v->outcome[i][IDI_OUTCOME_PASSES])};
    out->own_to_photo =
        idi_measured_of(verdict_of(run, s, IDI_DEGRADE_NONE, IDI_AS_OWN, k)->mean[IDI_TO_IMAGE]);
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
    if (o->scores_path) IDI_TRY_TO(done, idi_attack_write_scores(run));
    if (o->sheet_path) IDI_TRY_TO(done, write_sheet(run));
    if (o->report_path)
        IDI_TRY_TO(done, idi_json_write(run->memory, o->report_path, report_json(run, s)));
    if (result) tell_result(run, s, result);
done:
    idi_free(run->memory, s->verdicts);
    idi_free(run->memory, s);
    return st;
}
