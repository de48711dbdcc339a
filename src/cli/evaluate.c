/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate.c - how good is a model, on people whom it does not know: the options. */
#include "evaluate.h"
#include "evaluate_page.h"

#include <stdio.h>
#include <string.h>

typedef idi_evaluate_arguments arguments;

static const arguments defaults = {.data = "portraits",
                                   .photos = 0,
                                   .size = 256,
                                   .batch = 8,
                                   .threads = 1,
                                   .pairs = 200000,
                                   .attacks = 600,
                                   .search = -1,
                                   .search_ssim = 0.9,
                                   .search_rate = 0.1,
                                   .search_against = 1,
                                   .replicates = 2000};

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "the model to judge"},
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, folder_out),
     .value_name = "FOLDER",
     .help = "for report.html, report.json, scores.csv, a generator's sheet.png; made if missing"},
    {.name = "recognisers",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recognisers),
     .value_name = "FILES",
     .help = "of a generator: FILE,FILE,...; the first reads identities; default: the one that the "
             "generator's file names"},
    {.name = "strengths",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, strengths),
     .value_name = "LIST",
     .help = "of a generator: how far identities go to the second person's; default 1"},
    {.name = "attacks",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, attacks),
     .value_name = "N",
     .help = "of a generator: pairs of people at most; default 600",
     .low = 1,
     .high = 1000000},
    {.name = "search",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, search),
     .value_name = "STEPS",
     .help = "of a generator: also search each pair's identity by gradient; 0 takes the best of "
             "five strengths",
     .low = 0,
     .high = 100000},
    {.name = "search-ssim",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, search_ssim),
     .value_name = "X",
     .help = "SSIM that a searched image keeps at least to the one without injection; default 0.9"},
    {.name = "search-rate",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, search_rate),
     .value_name = "X",
     .help = "length of a first step, of the identity's own; default 0.1"},
    {.name = "search-against",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, search_against),
     .value_name = "N",
     .help = "the first so many recognisers are attacked, the others judge alone; default 1",
     .low = 1,
     .high = IDI_EVALUATE_RECOGNISERS},
    {.name = "search-styles",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, search_styles),
     .help = "move the style codes too"},
    {.name = "robustness",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, robustness),
     .help = "of a generator: judge its images again after JPEG, halving, blur and noise, and "
             "photographs beside them"},
    {.name = "leverage",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, leverage),
     .value_name = "N",
     .help =
         "of a generator: of so many pairs at most also exchanges one thing alone, the style of "
         "each class, all styles, the identity, and says how far each moves the recognisers; "
         "default 0",
     .low = 0,
     .high = 1000000},
    {.name = "cues",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, cues),
     .value_name = "N",
     .help = "of a recogniser, by portraits: draws so many people at most with parts of somebody "
             "else's face, which tells what it goes by; default 0",
     .low = 2,
     .high = 1000000},
    {.name = "data",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, data),
     .value_name = "NAME",
     .choices = "portraits|celebamask|paired",
     .help = "portraits (drawn), celebamask (CelebAMask-HQ as published) or paired (a folder with "
             "images/ and labels/); default portraits"},
    {.name = "folder",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, folder),
     .value_name = "FOLDER",
     .help = "of celebamask and paired, with CelebA-HQ-to-CelebA-mapping.txt"},
    {.name = "identities",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, identities),
     .value_name = "FILE",
     .help = "of celebamask and paired: identity_CelebA.txt"},
    {.name = "people",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, people),
     .value_name = "RANGE",
     .help = "FIRST..LAST; portraits: needed; others: all, if not given"},
    {.name = "photos",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, photos),
     .value_name = "N",
     .help = "of each person at most; portraits: 8 if not given, others: all",
     .low = 1,
     .high = 1 << 20},
    {.name = "size",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, size),
     .value_name = "PIXELS",
     .help = "side of a recogniser's photographs; default 256; of a generator's: its own",
     .low = 32,
     .high = 1024},
    {.name = "pairs",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, pairs),
     .value_name = "N",
     .help = "genuine pairs, and impostor pairs, at most; 0: all; default 200000",
     .high = 1000000000},
    {.name = "seed",
     .kind = IDI_OPTION_SEED,
     .offset = offsetof(arguments, seed),
     .value_name = "N",
     .help = "of the pairs and of the intervals; default 0"},
    {.name = "replicates",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, replicates),
     .value_name = "N",
     .help = "of the bootstrap that gives the intervals; default 2000",
     .low = 100,
     .high = 1000000},
    {.name = "batch",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, batch),
     .value_name = "N",
     .help = "faces that a network takes at a time; default 8",
     .low = 1,
     .high = 1024},
    {.name = "threads",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, threads),
     .value_name = "N",
     .help = "threads that read or draw photographs ahead; default 1",
     .low = 0,
     .high = 256},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

/* Digits alone, up to 12 of them. */
static bool read_number(const char *text, size_t length, int64_t *number_out)
{
    *number_out = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *number_out = *number_out * 10 + (text[i] - '0');
    }
    return length > 0 && length <= 12;
}

idi_status idi_evaluate_people(idi_cli *cli, const char *text, int64_t *first_out,
                               int64_t *count_out)
{
    const char *dots = strstr(text, "..");
    int64_t last = -1;
    if (!dots || !read_number(text, (size_t)(dots - text), first_out) ||
        !read_number(dots + 2, strlen(dots + 2), &last) || last < *first_out)
        return idi_cli_usage(cli, "option --people is '%s', want FIRST..LAST such as 100..199",
                             text);
    *count_out = last - *first_out + 1;
    return IDI_OK;
}

static int on_progress(void *user, const char *what, int64_t done, int64_t total)
{
    idi_cli *cli = user;
    idi_cli_progress(cli, what, done, total);
    return 0;
}

static idi_status fill_data(idi_evaluation *e)
{
    const arguments *a = e->arguments;
    idi_evaluation_data *data = &e->options.data;
    const bool is_drawn = strcmp(a->data, "portraits") == 0;
    if (a->people)
        IDI_CLI_TRY(idi_evaluate_people(e->cli, a->people, &data->first_person, &data->people));
    if (is_drawn && !a->people)
        return idi_cli_usage(e->cli, "--people FIRST..LAST is missing: portraits are endless");
    if (is_drawn && (a->folder || a->identities))
        return idi_cli_usage(e->cli, "--folder and --identities are for photographs on disk");
    if (!is_drawn && (!a->folder || !a->identities))
        return idi_cli_usage(e->cli, "--data %s wants --folder and --identities", a->data);
    data->source = a->data;
    data->folder = a->folder;
    data->identities = a->identities;
    data->photos = a->photos || !is_drawn ? a->photos : 8;
    data->size = a->size;
    return IDI_OK;
}

static idi_status fill_options(idi_evaluation *e)
{
    const arguments *a = e->arguments;
    idi_evaluate_options *o = &e->options;
    idi_evaluate_options_init(o);
    IDI_CLI_TRY(fill_data(e));
    o->seed = a->seed;
    o->most_genuine = a->pairs;
    o->most_impostors = a->pairs;
    o->attacks = a->attacks;
    o->cues = a->cues;
    o->search_steps = a->search;
    o->search_ssim = a->search_ssim;
    o->search_rate = a->search_rate;
    o->search_against = a->search_against;
    o->search_has_styles = a->search_styles;
    o->robustness = a->robustness;
    o->leverage = a->leverage;
    o->replicates = a->replicates;
    o->batch = a->batch;
    o->thread_count = (int)a->threads;
    o->progress = on_progress;
    o->user = e->cli;
    IDI_CLI_TRY(idi_cli_join(e->cli, a->folder_out, "report.json", e->report_path));
    IDI_CLI_TRY(idi_cli_join(e->cli, a->folder_out, "scores.csv", e->scores_path));
    IDI_CLI_TRY(idi_cli_join(e->cli, a->folder_out, "report.html", e->page_path));
    o->report_path = e->report_path;
    o->scores_path = e->scores_path;
    return IDI_OK;
}

idi_status idi_evaluate_read_report(idi_evaluation *evaluation, bool has_sheet, json_t **report_out)
{
    json_error_t error;
    *report_out = json_load_file(evaluation->report_path, 0, &error);
    if (!*report_out)
        return idi_cli_fail(evaluation->cli, IDI_ERR_IO, "%s: cannot be read: %s",
                            evaluation->report_path, error.text);
    const char *sheet = has_sheet ? evaluation->sheet_path : NULL;
    return idi_evaluate_page(evaluation->cli, *report_out, sheet, evaluation->page_path);
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    idi_evaluation e = {.cli = cli, .arguments = arguments_in};
    const arguments *a = e.arguments;
    const bool is_generator = strcmp(a->what[0], "generator") == 0;
    if (!is_generator && strcmp(a->what[0], "recogniser") != 0)
        return idi_cli_usage(cli, "evaluate what? '%s', want recogniser or generator", a->what[0]);
    if (!is_generator && (a->recognisers || a->strengths || a->robustness || a->leverage))
        return idi_cli_usage(cli,
                             "--recognisers, --strengths, --robustness and --leverage are for a "
                             "generator");
    IDI_CLI_TRY(fill_options(&e));
    if (!is_generator) return idi_evaluate_judge_recogniser(&e);
    IDI_CLI_TRY(idi_cli_join(cli, a->folder_out, "sheet.png", e.sheet_path));
    e.options.sheet_path = e.sheet_path;
    if (a->strengths) IDI_CLI_TRY(idi_evaluate_strengths(&e));
    return idi_evaluate_judge_generator(&e);
}

const idi_command idi_command_evaluate = {
    .name = "evaluate",
    .summary = "judges a recogniser, or a generator's injected identities",
    .text =
        "'evaluate recogniser' divides the people by seed into two halves. Impostor pairs of the\n"
        "one give a threshold for each false acceptance rate (FAR), genuine pairs of the other\n"
        "the true acceptance rate (TAR) there. FARs that the impostor pairs cannot support are\n"
        "left out. Intervals are of 95%, by a bootstrap over people. The same command gives the\n"
        "same files again. Choose people whom no model was trained on.\n"
        "'evaluate generator' makes images of pairs of the judged people, with the first one's\n"
        "photograph and the second one's identity, and tells how often recognisers accept them as\n"
        "the second (success) and still as the first (passes), held against other photographs of\n"
        "both; beside them the photograph itself, the photograph with the second one's colours of\n"
        "skin and hair, and the image with the own identity.",
    .example = "idinject evaluate recogniser --model recogniser.safetensors --people 5000..5099 "
               "--out report",
    .grammar = {IDI_CLI_OPTIONS(options), .operand_count = 1, .operand_names = {"WHAT"},
                .operands_offset = offsetof(arguments, what)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
