/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate.c - where, how and who from files, a face into a file. */
#include "cli.h"

typedef struct arguments {
    idi_common_arguments common;
    const char *model, *mask, *style, *style_mask, *mean_style, *scheme;
    const char *identity, *recogniser, *out;
    double strength;
    uint64_t noise_seed;
    bool has_noise, has_no_mark, is_plain;
} arguments;

static const arguments defaults = {.strength = 1.0};

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file"},
    {.name = "mask",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, mask),
     .value_name = "FILE",
     .help = "where: a label map as PNG"},
    {.name = "style",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, style),
     .value_name = "FILE",
     .help = "how it looks: a photograph, PNG or JPEG; needed by all generators but spade, which "
             "takes none"},
    {.name = "style-mask",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, style_mask),
     .value_name = "FILE",
     .help = "label map of the photograph; default: --mask"},
    {.name = "mean-style",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, mean_style),
     .value_name = "FILE",
     .help =
         "of sean: codes for the classes that the photograph lacks, .npy as encode-style writes "
         "it (the mean of many); default: zeros, as published"},
    {.name = "identity",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, identity),
     .value_name = "FILE",
     .help = "who: a photograph, or an embedding as .npy (which does not tell its recogniser: "
             "unchecked); default: the person in --style"},
    {.name = "recogniser",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recogniser),
     .value_name = "FILE",
     .help = "recogniser that reads identities; default: the one that the generator's file names, "
             "in the same folder"},
    {.name = "identity-strength",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, strength),
     .value_name = "X",
     .help = "0: the person in --style, 1: --identity, between: both, above 1: beyond; default 1"},
    {.name = "scheme",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scheme),
     .value_name = "NAME",
     .choices = "celebamask|bisenet",
     .help = "class order of the label maps: celebamask or bisenet; default celebamask"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "png|npy",
     .help = "the picture, .png, or its numbers, .npy: float32 [1, 3, H, W] in -1..1"},
    {.name = "noise",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_noise),
     .help = "of sean: add its noise, as published; default: none"},
    {.name = "noise-seed",
     .kind = IDI_OPTION_SEED,
     .offset = offsetof(arguments, noise_seed),
     .value_name = "N",
     .help = "which noise; default 0"},
    {.name = "no-mark",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_no_mark),
     .help = "leave out the PNG's note that the picture was made by a model"},
    {.name = "no-fold",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_plain),
     .help = "run the network as published, nothing folded: the same but for rounding, slower"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_generate_file_options o;
    idi_generate_file_init(&o);
    o.model = a->model;
    o.labels = a->mask;
    o.style = a->style;
    o.style_labels = a->style_mask;
    o.mean_style = a->mean_style;
    o.scheme = a->scheme;
    o.identity = a->identity;
    o.recogniser = a->recogniser;
    o.identity_strength = a->strength;
    o.out = a->out;
    o.save_flags = a->has_no_mark ? IDI_SAVE_NO_MARK : IDI_SAVE_DEFAULT;
    o.is_plain = a->is_plain;
    o.has_noise = a->has_noise;
    o.noise_seed = a->noise_seed;
    return idi_generate_file(cli->context, &o);
}

const idi_command idi_command_generate = {
    .name = "generate",
    .summary = "makes a face from where, how and who",
    .example = "idinject generate --model generator.safetensors --recogniser r.safetensors \\\n"
               "      --mask where.png --style how.png --identity who.png --out face.png",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
