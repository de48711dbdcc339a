/* SPDX-License-Identifier: Apache-2.0 */
/* cli/attack_report.c - an attack's report as JSON, and as the tables that are printed. */
#include "attack.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const shown_names[IDI_SHOWN] = {"reference", "attack", "target"};

static json_t *cosines_json(const idi_attack_judge_row *j, int subject, int how)
{
    json_t *object = json_pack("{s:f, s:f}", "to_target", j->to_target[subject][how], "to_own",
                               j->to_own[subject][how]);
    if (!j->has_threshold) return object;
    (void)json_object_set_new(object, "is_taken_for_target",
                              json_boolean(j->to_target[subject][how] >= j->threshold));
    (void)json_object_set_new(object, "is_taken_for_own",
                              json_boolean(j->to_own[subject][how] >= j->threshold));
    return object;
}

static json_t *judge_json(const idi_attack_judge_row *j)
{
    json_t *shown = json_object();
    for (int subject = 0; subject < IDI_SHOWN; subject++) {
        json_t *views = json_object();
        for (int how = 0; how < IDI_DEGRADATIONS; how++)
            (void)json_object_set_new(views, idi_degradation_name((idi_degradation)how),
                                      cosines_json(j, subject, how));
        (void)json_object_set_new(shown, shown_names[subject], views);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "file", j->name, "arch", j->info.arch,
                     "fingerprint", j->info.fingerprint, "role",
                     j->is_attacked ? "attacked" : "unseen", "threshold",
                     j->has_threshold ? json_real(j->threshold) : json_null(), "images", shown);
}

static json_t *search_json(const idi_attack_arguments *a)
{
    return json_pack("{s:I, s:f, s:f, s:b, s:s, s:s}", "steps", (json_int_t)a->steps, "rate",
                     a->rate, "least_ssim", a->ssim, "has_styles", a->styles, "start",
                     "best of injection strengths 0, 1/4, 1/2, 3/4, 1", "stop",
                     "after all steps; the largest mean cosine at or above the floor is kept");
}

/* NULL unless all of them are in it. */
static json_t *judges_json(const idi_attack_work *w)
{
    json_t *judges = json_array();
    for (int64_t k = 0; k < w->judge_count; k++)
        if (json_array_append_new(judges, judge_json(&w->judges[k])) != 0) {
            json_decref(judges);
            return NULL;
        }
    return judges;
}

static json_t *report_json(const idi_attack_work *w, const idi_model_info *info)
{
    char seed[24];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)w->arguments->seed);
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:o, s:s, s:f, s:o}", "schema",
                     "idinject-attack/1", "version", idi_version(), "device",
                     idi_context_device(w->cli->context), "model", "arch", info->arch,
                     "fingerprint", info->fingerprint, "search", search_json(w->arguments),
                     "noise_seed", seed, "ssim", idi_attack_result_ssim(w->result), "recognisers",
                     judges_json(w));
}

idi_status idi_attack_save_report(const idi_attack_work *work, const char *path)
{
    idi_model_info info = {.struct_size = sizeof info};
    IDI_CLI_TRY(idi_model_get_info(work->generator, &info));
    json_t *root = report_json(work, &info);
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    if (!text)
        return idi_cli_fail(work->cli, IDI_ERR_NOMEM,
                            "%s: cannot be put together: no memory, or a name that is not UTF-8",
                            path);
    const idi_status st = idi_cli_save_text(work->cli, path, text);
    free(text);
    return st;
}

/* --- printed ---------------------------------------------------------------------------------- */

static void print_judge(const idi_attack_judge_row *j)
{
    for (int subject = 0; subject < IDI_SHOWN; subject++) {
        (void)printf("| %s | %s | %s |", shown_names[subject], j->name,
                     j->is_attacked ? "attacked" : "unseen");
        for (int how = 0; how < IDI_DEGRADATIONS; how++)
            (void)printf(" %.3f |", j->to_target[subject][how]);
        (void)printf(" %.3f |\n", j->to_own[subject][IDI_DEGRADE_NONE]);
    }
}

void idi_attack_print(const idi_attack_work *work)
{
    (void)printf(
        "SSIM of attack and reference %.3f; cosines to the target's photograph, as they are "
        "and degraded,\nand to the own one\n\n| image | recogniser | role |",
        idi_attack_result_ssim(work->result));
    for (int how = 0; how < IDI_DEGRADATIONS; how++)
        (void)printf(" %s |", idi_degradation_name((idi_degradation)how));
    (void)printf(" own |\n| --- | --- | --- |");
    for (int how = 0; how <= IDI_DEGRADATIONS; how++)
        (void)printf(" ---: |");
    (void)printf("\n");
    for (int64_t k = 0; k < work->judge_count; k++)
        print_judge(&work->judges[k]);
}
