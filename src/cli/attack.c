/* SPDX-License-Identifier: Apache-2.0 */
/* cli/attack.c - an identity searched against recognisers: the options, the work, the files. */
#include "attack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef idi_attack_arguments arguments;
typedef idi_attack_work task;

static const arguments defaults = {.steps = 60, .rate = 0.1, .ssim = 0.9};

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file (ca2sis-id)"},
    {.name = "recognisers",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recognisers),
     .value_name = "FILES",
     .help = "FILE,FILE,...: those that are attacked at once; default: --recogniser's"},
    {.name = "unseen",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, unseen),
     .value_name = "FILES",
     .help = "FILE,FILE,...: those that judge alone, which tells how the attack transfers"},
    {.name = "thresholds",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, thresholds),
     .value_name = "LIST",
     .help = "X,X,...: from which cosine each accepts, the attacked first ('idinject evaluate "
             "recogniser' calibrates); default: no verdicts"},
    {.name = "recogniser",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recogniser),
     .value_name = "FILE",
     .help = "recogniser that reads identities for the generator; default: the one that its file "
             "names, in the same folder"},
    {.name = "mask",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, mask),
     .value_name = "FILE",
     .help = "where: label map as PNG"},
    {.name = "style",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, style),
     .value_name = "FILE",
     .help = "how: photograph of the person in the picture"},
    {.name = "style-mask",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, style_mask),
     .value_name = "FILE",
     .help = "label map of the photograph; default: --mask"},
    {.name = "identity",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, identity),
     .value_name = "FILE",
     .help = "who is in the picture: photograph; default: --style"},
    {.name = "target",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, target),
     .value_name = "FILE",
     .help = "photograph of the person to be taken for"},
    {.name = "scheme",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scheme),
     .value_name = "NAME",
     .choices = "celebamask|bisenet",
     .help = "class order of the label maps: celebamask or bisenet; default celebamask"},
    {.name = "steps",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, steps),
     .value_name = "N",
     .help = "the budget, all of which is used; 0 takes the best of five injection strengths; "
             "default 60",
     .low = 0,
     .high = 100000},
    {.name = "ssim",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, ssim),
     .value_name = "X",
     .help = "SSIM that the image keeps at least to the one without injection; default 0.9"},
    {.name = "rate",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, rate),
     .value_name = "X",
     .help = "length of a first step, of the identity's own; default 0.1"},
    {.name = "styles",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, styles),
     .help = "move the style codes too"},
    {.name = "seed",
     .kind = IDI_OPTION_SEED,
     .offset = offsetof(arguments, seed),
     .value_name = "N",
     .help = "of the noise that the images are degraded with; the search has none; default 0"},
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FOLDER",
     .help = "for reference.png, attack.png, identity.npy, style.npy, report.json, sheet.png; made "
             "if missing"},
    IDI_COMMON_OPTIONS};

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

static void free_work(task *w)
{
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

/* --- the files -------------------------------------------------------------------------------- */

static idi_status join(const task *w, const char *name, char out[IDI_PATH_BYTES])
{
    const int used = snprintf(out, IDI_PATH_BYTES, "%s/%s", w->arguments->out, name);
    if (used > 0 && used < IDI_PATH_BYTES) return IDI_OK;
    return idi_cli_fail(w->cli, IDI_ERR_ARG, "%s: path too long", w->arguments->out);
}

static idi_status save_values(const task *w)
{
    char path[IDI_PATH_BYTES];
    int64_t count, shape[2];
    const float *who = idi_identity_data(idi_attack_result_identity(w->result), &count);
    const float *how = idi_style_data(idi_attack_result_style(w->result), &shape[0], &shape[1]);
    IDI_CLI_TRY(join(w, "identity.npy", path));
    IDI_CLI_TRY(idi_cli_save_array(w->cli, path, who, &count, 1));
    IDI_CLI_TRY(join(w, "style.npy", path));
    return idi_cli_save_array(w->cli, path, how, shape, 2);
}

static idi_status save_all(const task *w)
{
    char path[IDI_PATH_BYTES];
    IDI_CLI_TRY(idi_cli_make_folder(w->cli, w->arguments->out));
    IDI_CLI_TRY(join(w, "reference.png", path));
    IDI_CLI_TRY(idi_cli_save_bitmap(w->cli, path, idi_attack_result_reference(w->result),
                                    IDI_SAVE_DEFAULT));
    IDI_CLI_TRY(join(w, "attack.png", path));
    IDI_CLI_TRY(
        idi_cli_save_bitmap(w->cli, path, idi_attack_result_image(w->result), IDI_SAVE_DEFAULT));
    IDI_CLI_TRY(save_values(w));
    IDI_CLI_TRY(join(w, "report.json", path));
    IDI_CLI_TRY(idi_attack_save_report(w, path));
    IDI_CLI_TRY(join(w, "sheet.png", path));
    IDI_CLI_TRY(idi_attack_save_sheet(w, path));
    idi_attack_print(w);
    (void)printf("\n%s\n", path);
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

static idi_status run_all(task *w)
{
    IDI_CLI_TRY(load_models(w));
    IDI_CLI_TRY(read_thresholds(w));
    IDI_CLI_TRY(name_judges(w));
    IDI_CLI_TRY(load_pictures(w));
    IDI_CLI_TRY(read_people(w));
    IDI_CLI_TRY(search(w));
    IDI_CLI_TRY(judge_all(w));
    return save_all(w);
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    task *w = calloc(1, sizeof *w);
    if (!w) return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    w->cli = cli;
    w->arguments = arguments_in;
    const idi_status st = run_all(w);
    free_work(w);
    free(w);
    return st;
}

const idi_command idi_command_attack = {
    .name = "attack",
    .summary = "searches an identity by which recognisers take an image for somebody else",
    .text =
        "Moves the identity, and with --styles the style codes, by gradient through the generator\n"
        "and the recognisers, as far as SSIM to the image without injection allows, and tells\n"
        "what they and others make of it, as it is and after JPEG, halving, blur and noise.\n"
        "Nothing in the search is random. Cosines are to the photographs that it was made of,\n"
        "which flatters; 'idinject evaluate generator --search' measures rates on others.",
    .example = "idinject attack --model generator.safetensors --recognisers a.safetensors \\\n"
               "      --unseen b.safetensors --mask where.png --style how.png --target who.png \\\n"
               "      --out attack",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
