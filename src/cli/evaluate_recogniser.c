/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate_recogniser.c - a recogniser's report, and what of it is printed. */
#include "evaluate.h"

#include <stdio.h>

static void print_row(const char *name, const idi_measured *m)
{
    (void)printf("| %s | %.4f | %.4f .. %.4f | |\n", name, m->value, m->low, m->high);
}

static void print_rates(const idi_recogniser_result *r)
{
    for (int i = 0; i < IDI_EVALUATE_FARS; i++) {
        const idi_rate_at_far *at = &r->at[i];
        if (at->is_supported) {
            (void)printf("| TAR at FAR %g | %.4f | %.4f .. %.4f | %.17g |\n", at->far,
                         at->tar.value, at->tar.low, at->tar.high, at->threshold);
        } else {
            (void)printf("| TAR at FAR %g | - | %lld impostor pairs are too few | - |\n", at->far,
                         (long long)r->impostors);
        }
    }
}

static void print_cell(const json_t *measured)
{
    (void)printf(" %.3f (%.3f .. %.3f) |", json_number_value(json_object_get(measured, "value")),
                 json_number_value(json_object_get(measured, "low")),
                 json_number_value(json_object_get(measured, "high")));
}

static void print_cues(const json_t *cues)
{
    const json_t *list = json_object_get(cues, "rows");
    const json_t *row, *at;
    size_t i, k;
    (void)printf("\n%lld people with parts of somebody else's face, held against their own\n\n"
                 "| replaced | cosine |",
                 (long long)json_integer_value(json_object_get(cues, "people")));
    json_array_foreach(json_object_get(json_array_get(list, 0), "at_far"), k, at)(void)
        printf(" accepted at FAR %g |", json_number_value(json_object_get(at, "far")));
    (void)printf("\n| --- | --- |");
    for (size_t column = 0; column < k; column++)
        (void)printf(" --- |");
    json_array_foreach(list, i, row)
    {
        (void)printf("\n| %s |", json_string_value(json_object_get(row, "replaced")));
        print_cell(json_object_get(row, "cosine"));
        json_array_foreach(json_object_get(row, "at_far"), k, at)
            print_cell(json_object_get(at, "accepted"));
    }
    (void)printf("\n");
}

static void print_result(const idi_evaluation *e, const idi_recogniser_result *r,
                         const json_t *cues)
{
    (void)printf("%s: %lld photographs of %lld people, %lld genuine and %lld impostor pairs (%s)\n"
                 "\n| measure | value | 95%% interval | threshold |\n| --- | ---: | --- | ---: |\n",
                 e->arguments->model, (long long)r->photos, (long long)r->people,
                 (long long)r->genuine, (long long)r->impostors, r->pairs_hash);
    print_rates(r);
    print_row("EER", &r->eer);
    print_row("AUC", &r->auc);
    if (r->rank1.value >= 0.0) print_row("rank-1", &r->rank1);
    if (cues) print_cues(cues);
    (void)printf("\n%s, %s, %s\n", e->page_path, e->report_path, e->scores_path);
}

idi_status idi_evaluate_judge_recogniser(idi_evaluation *evaluation)
{
    idi_cli *cli = evaluation->cli;
    idi_model *model;
    idi_recogniser_result result = {.struct_size = sizeof result};
    IDI_CLI_TRY(idi_model_load(cli->context, evaluation->arguments->model, &model));
    idi_status st = idi_cli_make_folder(cli, evaluation->arguments->folder_out);
    if (st == IDI_OK) {
        idi_cli_will_write(cli, evaluation->report_path);
        idi_cli_will_write(cli, evaluation->scores_path);
        st = idi_evaluate_recogniser(model, &evaluation->options, &result);
    }
    json_t *root = NULL;
    if (st == IDI_OK) st = idi_evaluate_read_report(evaluation, false, &root);
    if (st == IDI_OK) print_result(evaluation, &result, json_object_get(root, "cues"));
    json_decref(root);
    idi_model_destroy(&model);
    return st;
}
