/* SPDX-License-Identifier: Apache-2.0 */
/* cli/attack.c - an identity searched against recognisers: the options and the files. */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>

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

/* --- the files -------------------------------------------------------------------------------- */

static idi_status save_values(const task *w)
{
    char path[IDI_PATH_BYTES];
    int64_t count, shape[2];
    const float *who = idi_identity_data(idi_attack_result_identity(w->result), &count);
    const float *how = idi_style_data(idi_attack_result_style(w->result), &shape[0], &shape[1]);
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "identity.npy", path));
    IDI_CLI_TRY(idi_cli_save_array(w->cli, path, who, &count, 1));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "style.npy", path));
    return idi_cli_save_array(w->cli, path, how, shape, 2);
}

static idi_status save_all(const task *w)
{
    char path[IDI_PATH_BYTES];
    IDI_CLI_TRY(idi_cli_make_folder(w->cli, w->arguments->out));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "reference.png", path));
    IDI_CLI_TRY(idi_cli_save_bitmap(w->cli, path, idi_attack_result_reference(w->result),
                                    IDI_SAVE_DEFAULT));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "attack.png", path));
    IDI_CLI_TRY(
        idi_cli_save_bitmap(w->cli, path, idi_attack_result_image(w->result), IDI_SAVE_DEFAULT));
    IDI_CLI_TRY(save_values(w));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "report.json", path));
    IDI_CLI_TRY(idi_attack_save_report(w, path));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "sheet.png", path));
    IDI_CLI_TRY(idi_attack_save_sheet(w, path));
    idi_attack_print(w);
    (void)printf("\n%s\n", path);
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    task *w = calloc(1, sizeof *w);
    if (!w) return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    w->cli = cli;
    w->arguments = arguments_in;
    idi_status st = idi_attack_load(w);
    if (st == IDI_OK) st = idi_attack_make(w);
    if (st == IDI_OK) st = save_all(w);
    idi_attack_free(w);
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
