/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate_generator.c - a generator's report against a list of recognisers, and what of it is
 * printed. */
#include "evaluate.h"
#include "evaluate_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

idi_status idi_evaluate_strengths(idi_evaluation *evaluation)
{
    const char *text = evaluation->arguments->strengths;
    int64_t count = 0;
    for (const char *at = text; *at;) {
        char *end;
        const double value = strtod(at, &end);
        const bool is_whole = end > at && isfinite(value) && (*end == ',' || *end == '\0');
        if (!is_whole || (*end == ',' && !end[1]) || count == IDI_EVALUATE_MOST_STRENGTHS)
            return idi_cli_usage(evaluation->cli,
                                 "option --strengths is '%s', want up to %d numbers such as 0.5,1",
                                 text, (int)IDI_EVALUATE_MOST_STRENGTHS);
        evaluation->strengths[count++] = value;
        at = *end ? end + 1 : end;
    }
    evaluation->options.strengths = evaluation->strengths;
    evaluation->options.strength_count = count;
    return IDI_OK;
}

/* The models of one run. */
typedef struct models {
    idi_model *generator;
    idi_model *recognisers[IDI_EVALUATE_RECOGNISERS];
    int64_t count;
} models;

static idi_status load_models(idi_evaluation *e, models *m)
{
    IDI_CLI_TRY(idi_model_load(e->cli->context, e->arguments->model, &m->generator));
    if (e->arguments->recognisers)
        return idi_cli_load_models(e->cli, "recognisers", e->arguments->recognisers,
                                   IDI_EVALUATE_RECOGNISERS, m->recognisers, &m->count);
    IDI_CLI_TRY(idi_model_load_recogniser(m->generator, &m->recognisers[0]));
    m->count = 1;
    return IDI_OK;
}

/* --- the table, from the report ----------------------------------------------------------------
 */

static void print_cell(double value)
{
    if (isnan(value)) {
        (void)printf(" - |");
    } else {
        (void)printf(" %.3f |", value);
    }
}

static void print_row(const json_t *condition, const json_t *judged, const json_t *recogniser)
{
    const json_t *look = json_object_get(condition, "look");
    const json_t *rates = json_object_get(judged, "at_far");
    const char *name = json_string_value(json_object_get(condition, "condition"));
    const double strength = idi_report_number(condition, "strength");
    (void)printf("| %s", name ? name : "");
    if (!isnan(strength)) (void)printf(" %g", strength);
    (void)printf(" | %s |",
                 json_string_value(json_object_get(json_object_get(recogniser, "model"), "file")));
    print_cell(idi_report_number(judged, "to_first"));
    print_cell(idi_report_number(judged, "to_second"));
    for (size_t i = 0; i < 2; i++) {
        print_cell(idi_report_number(json_array_get(rates, i), "success"));
        print_cell(idi_report_number(json_array_get(rates, i), "passes"));
    }
    print_cell(idi_report_number(judged, "rank1"));
    print_cell(idi_report_number(look, "ssim"));
    print_cell(idi_report_number(look, "ssim_face"));
    (void)printf("\n");
}

static void print_table(const json_t *root)
{
    const json_t *recognisers = json_object_get(root, "recognisers");
    const json_t *condition, *judged;
    size_t c, k;
    (void)printf("\n| images | recogniser | cos first | cos second | success 1e-2 | passes 1e-2 | "
                 "success 1e-3 | passes 1e-3 | rank-1 | SSIM | in the face |\n"
                 "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    json_array_foreach(json_object_get(root, "conditions"), c, condition)
        json_array_foreach(json_object_get(condition, "recognisers"), k, judged)
            print_row(condition, judged, json_array_get(recognisers, k));
}

/* How often a condition's images are accepted as the second person, one cell a degradation. */
static void print_robust_row(const json_t *views, size_t c, size_t k, const json_t *recogniser)
{
    const json_t *view;
    size_t v;
    const json_t *first =
        json_array_get(json_object_get(json_array_get(views, 0), "conditions"), c);
    const double strength = idi_report_number(first, "strength");
    (void)printf("| %s", json_string_value(json_object_get(first, "condition")));
    if (!isnan(strength)) (void)printf(" %g", strength);
    (void)printf(" | %s |",
                 json_string_value(json_object_get(json_object_get(recogniser, "model"), "file")));
    json_array_foreach(views, v, view)
    {
        const json_t *shown = json_array_get(json_object_get(view, "conditions"), c);
        const json_t *judged = json_array_get(json_object_get(shown, "recognisers"), k);
        print_cell(
            idi_report_number(json_array_get(json_object_get(judged, "at_far"), 0), "success"));
    }
    (void)printf("\n");
}

static void print_robustness(const json_t *root)
{
    const json_t *views = json_object_get(root, "robustness");
    const json_t *recognisers = json_object_get(root, "recognisers");
    const json_t *view;
    size_t v;
    if (!views) return;
    (void)printf("\nsuccess at FAR 1e-2 after degradation; second: the second person's photograph, "
                 "the ceiling\n\n| images | recogniser |");
    json_array_foreach(views, v, view)(void)
        printf(" %s |", json_string_value(json_object_get(view, "degradation")));
    (void)printf("\n| --- | --- |");
    for (size_t i = 0; i < v; i++)
        (void)printf(" ---: |");
    (void)printf("\n");
    const size_t shown = json_array_size(json_object_get(json_array_get(views, 0), "conditions"));
    for (size_t c = 0; c < shown; c++)
        for (size_t k = 0; k < json_array_size(recognisers); k++)
            print_robust_row(views, c, k, json_array_get(recognisers, k));
}

static void print_result(const idi_evaluation *e, const idi_generator_result *r, const json_t *root)
{
    (void)printf("%s: %lld pairs among %lld people, against %lld recognisers (%s)\n",
                 e->arguments->model, (long long)r->pairs, (long long)r->people,
                 (long long)r->recogniser_count, r->pairs_hash);
    print_table(root);
    print_robustness(root);
    idi_print_leverage(json_object_get(root, "leverage"), json_object_get(root, "recognisers"));
    (void)printf("\nSSIM: 'own' and 'recoloured' against the photograph, 'injected' against 'own'."
                 "\n%s, %s, %s, %s\n",
                 e->page_path, e->report_path, e->scores_path, e->sheet_path);
}

static idi_status judge(idi_evaluation *e, const models *m)
{
    idi_generator_result result = {.struct_size = sizeof result};
    const idi_model *recognisers[IDI_EVALUATE_RECOGNISERS];
    for (int64_t k = 0; k < m->count; k++)
        recognisers[k] = m->recognisers[k];
    IDI_CLI_TRY(idi_cli_make_folder(e->cli, e->arguments->folder_out));
    idi_cli_will_write(e->cli, e->report_path);
    idi_cli_will_write(e->cli, e->scores_path);
    idi_cli_will_write(e->cli, e->sheet_path);
    IDI_CLI_TRY(idi_evaluate_generator(m->generator, recognisers, m->count, &e->options, &result));
    json_t *root;
    const idi_status st = idi_evaluate_read_report(e, true, &root);
    if (st == IDI_OK) print_result(e, &result, root);
    json_decref(root);
    return st;
}

idi_status idi_evaluate_judge_generator(idi_evaluation *evaluation)
{
    models m = {0};
    idi_status st = load_models(evaluation, &m);
    if (st == IDI_OK) st = judge(evaluation, &m);
    for (int64_t k = 0; k < m.count; k++)
        idi_model_destroy(&m.recognisers[k]);
    idi_model_destroy(&m.generator);
    return st;
}
