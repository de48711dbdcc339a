/* SPDX-License-Identifier: Apache-2.0 */
/* cli/attack_work.c - an attack's models and pictures, the search, and what recognisers say of it.
 */
#include "attack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef idi_attack_arguments arguments;
typedef idi_attack_work task;

/* --- the inputs ------------------------------------------------------------------------------- */

static idi_status load_pictures(task *w)
{
    const arguments *a = w->arguments;
    idi_context *context = w->cli->context;
    const char *style_mask = a->style_mask ? a->style_mask : a->mask;
    const char *own = a->identity ? a->identity : a->style;
    IDI_CLI_TRY(idi_bitmap_load_labels(context, a->mask, a->scheme, &w->labels));
    IDI_CLI_TRY(idi_bitmap_load_labels(context, style_mask, a->scheme, &w->photo_labels));
    IDI_CLI_TRY(idi_bitmap_load(context, a->style, &w->photo));
    IDI_CLI_TRY(idi_bitmap_load(context, own, &w->own_photo));
    return idi_bitmap_load(context, a->target, &w->target_photo);
}

/* NULL: the one that the generator's file names. */
static const char *attacked_list(const arguments *a)
{
    return a->recognisers ? a->recognisers : a->recogniser;
}

static idi_status load_list(task *w, const char *option, const char *text)
{
    idi_model *models[IDI_ATTACK_RECOGNISERS] = {NULL};
    int64_t count = 0;
    const idi_status st =
        idi_cli_load_models(w->cli, option, text, IDI_ATTACK_RECOGNISERS, models, &count);
    for (int64_t i = 0; i < count; i++)
        w->judges[w->judge_count++].model = models[i];
    return st;
}

/* Of the list's file `index`, without folders. */
static void take_name(const char *list, int64_t index, idi_attack_judge_row *judge)
{
    for (; index > 0; index--)
        list = strchr(list, ',') + 1;
    const size_t length = strcspn(list, ",");
    size_t from = length;
    while (from > 0 && list[from - 1] != '/')
        from--;
    (void)snprintf(judge->name, sizeof judge->name, "%.*s", (int)(length - from), list + from);
}

/* "0.3,0.4": one for each judge. */
static idi_status read_thresholds(task *w)
{
    const char *at = w->arguments->thresholds;
    for (int64_t k = 0; at && k < w->judge_count; k++) {
        char *end;
        idi_attack_judge_row *j = &w->judges[k];
        j->threshold = strtod(at, &end);
        j->has_threshold = end > at && isfinite(j->threshold);
        if (!j->has_threshold || *end != (k + 1 < w->judge_count ? ',' : '\0'))
            return idi_cli_usage(w->cli, "option --thresholds is '%s', want %lld numbers",
                                 w->arguments->thresholds, (long long)w->judge_count);
        at = end + 1;
    }
    return IDI_OK;
}

static idi_status load_models(task *w)
{
    const arguments *a = w->arguments;
    IDI_CLI_TRY(idi_model_load(w->cli->context, a->model, &w->generator));
    if (a->recogniser)
        IDI_CLI_TRY(idi_model_load(w->cli->context, a->recogniser, &w->recogniser));
    else
        IDI_CLI_TRY(idi_model_load_recogniser(w->generator, &w->recogniser));
    if (attacked_list(a))
        IDI_CLI_TRY(load_list(w, "recognisers", attacked_list(a)));
    else
        IDI_CLI_TRY(idi_model_load_recogniser(w->generator, &w->judges[w->judge_count++].model));
    w->attacked_count = w->judge_count;
    return a->unseen ? load_list(w, "unseen", a->unseen) : IDI_OK;
}

static idi_status read_people(task *w)
{
    IDI_CLI_TRY(idi_style_from_image(w->generator, &w->photo, &w->photo_labels, &w->style));
    IDI_CLI_TRY(idi_identity_from_image(w->recogniser, &w->own_photo, &w->own));
    IDI_CLI_TRY(idi_identity_from_image(w->recogniser, &w->target_photo, &w->token));
    for (int64_t k = 0; k < w->judge_count; k++) {
        idi_attack_judge_row *j = &w->judges[k];
        j->is_attacked = k < w->attacked_count;
        j->info.struct_size = sizeof j->info;
        IDI_CLI_TRY(idi_model_get_info(j->model, &j->info));
        IDI_CLI_TRY(idi_identity_from_image(j->model, &w->target_photo, &j->target));
        IDI_CLI_TRY(idi_identity_from_image(j->model, &w->own_photo, &j->own));
    }
    return IDI_OK;
}

static idi_status name_judges(task *w)
{
    const arguments *a = w->arguments;
    idi_model_info info = {.struct_size = sizeof info};
    IDI_CLI_TRY(idi_model_get_info(w->generator, &info));
    const char *attacked = attacked_list(a) ? attacked_list(a) : info.recogniser;
    for (int64_t k = 0; k < w->attacked_count; k++)
        take_name(attacked, k, &w->judges[k]);
    for (int64_t k = w->attacked_count; k < w->judge_count; k++)
        take_name(a->unseen, k - w->attacked_count, &w->judges[k]);
    return IDI_OK;
}

idi_status idi_attack_load(idi_attack_work *work)
{
    IDI_CLI_TRY(load_models(work));
    IDI_CLI_TRY(read_thresholds(work));
    IDI_CLI_TRY(name_judges(work));
    IDI_CLI_TRY(load_pictures(work));
    return read_people(work);
}

void idi_attack_free(idi_attack_work *work)
{
    task *const w = work;
    idi_context *context = w->cli->context;
    idi_attack_result_destroy(&w->result);
    for (int64_t k = 0; k < w->judge_count; k++) {
        idi_identity_destroy(&w->judges[k].target);
        idi_identity_destroy(&w->judges[k].own);
        idi_model_destroy(&w->judges[k].model);
    }
    idi_identity_destroy(&w->own);
    idi_identity_destroy(&w->token);
    idi_style_destroy(&w->style);
    idi_model_destroy(&w->recogniser);
    idi_model_destroy(&w->generator);
    idi_bitmap_free(context, &w->labels);
    idi_bitmap_free(context, &w->photo);
    idi_bitmap_free(context, &w->photo_labels);
    idi_bitmap_free(context, &w->own_photo);
    idi_bitmap_free(context, &w->target_photo);
}

/* --- the attack, and what recognisers say of it ----------------------------------------------- */

static int on_step(void *user, const char *what, int64_t done, int64_t total)
{
    idi_cli_progress(user, what, done, total);
    return 0;
}

static idi_status search(task *w)
{
    const idi_model *attacked[IDI_ATTACK_RECOGNISERS];
    const idi_identity *targets[IDI_ATTACK_RECOGNISERS];
    idi_attack_options o;
    idi_attack_options_init(&o);
    o.steps = w->arguments->steps;
    o.rate = w->arguments->rate;
    o.ssim = w->arguments->ssim;
    o.has_styles = w->arguments->styles;
    o.progress = on_step;
    o.user = w->cli;
    for (int64_t k = 0; k < w->attacked_count; k++) {
        attacked[k] = w->judges[k].model;
        targets[k] = w->judges[k].target;
    }
    return idi_attack_search(w->generator, attacked, targets, w->attacked_count, &w->labels,
                             w->style, w->own, w->token, &o, &w->result);
}

const idi_bitmap *idi_attack_shown(const idi_attack_work *work, int subject)
{
    if (subject == IDI_SHOWN_TARGET) return &work->target_photo;
    return subject == IDI_SHOWN_ATTACK ? idi_attack_result_image(work->result)
                                       : idi_attack_result_reference(work->result);
}

static idi_status judge(idi_attack_judge_row *j, const idi_bitmap *face, int subject, int how)
{
    idi_identity *seen;
    IDI_CLI_TRY(idi_identity_from_image(j->model, face, &seen));
    idi_status st = idi_identity_similarity(seen, j->target, &j->to_target[subject][how]);
    if (st == IDI_OK) st = idi_identity_similarity(seen, j->own, &j->to_own[subject][how]);
    idi_identity_destroy(&seen);
    return st;
}

static idi_status judge_all(task *w)
{
    idi_context *context = w->cli->context;
    for (int subject = 0; subject < IDI_SHOWN; subject++)
        for (int how = 0; how < IDI_DEGRADATIONS; how++) {
            idi_bitmap face;
            IDI_CLI_TRY(idi_bitmap_degrade(context, idi_attack_shown(w, subject),
                                           (idi_degradation)how, w->arguments->seed, &face));
            idi_status st = IDI_OK;
            for (int64_t k = 0; k < w->judge_count && st == IDI_OK; k++)
                st = judge(&w->judges[k], &face, subject, how);
            idi_bitmap_free(context, &face);
            IDI_CLI_TRY(st);
        }
    return IDI_OK;
}

idi_status idi_attack_make(idi_attack_work *work)
{
    IDI_CLI_TRY(search(work));
    return judge_all(work);
}
