/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate.c - where, how and who from files, a face into a file. */
#include "generate.h"

typedef idi_generate_arguments arguments;

static const arguments defaults = {.strength = 1.0, .least_similarity = 0.2};

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
     .help = "how it looks: a photograph, PNG or JPEG, or codes of encode-style, .npy; needed by "
             "all generators but spade, which takes none"},
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
    {.name = "style-from",
     .kind = IDI_OPTION_TEXTS,
     .offset = offsetof(arguments, style_from),
     .value_name = "CLASSES=FILES",
     .help = "the look of these classes from another person: hair,hat=PHOTO,MASK or all=CODES.npy "
             "(of encode-style), then :X for a part of it; may be given again"},
    {.name = "style-seed",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, style_seed),
     .value_name = "N",
     .help = "instead of --style: a look of noise, by the model's mapping network, if it has one"},
    {.name = "mask-from",
     .kind = IDI_OPTION_TEXTS,
     .offset = offsetof(arguments, mask_from),
     .value_name = "CLASSES=MASK",
     .help = "the place of these parts from another person's label map; may be given again"},
    {.name = "mask-mix",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, mask_mix),
     .value_name = "CLASSES=MASK:X",
     .help =
         "of ca2sis: what the network makes of these parts of --mask is mixed with what it makes "
         "of another label map's; X from 0, --mask, to 1"},
    {.name = "identity",
     .kind = IDI_OPTION_TEXTS,
     .offset = offsetof(arguments, identity),
     .value_name = "FILE",
     .help = "who: a photograph, or an embedding as .npy (which does not tell its recogniser: "
             "unchecked); default: the person in --style. Given again: a mixture of people, "
             "FILE:WEIGHT for other than equal parts"},
    {.name = "one-person",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_one_person),
     .help = "all --identity are photographs of one person: their mean; those that fewer than half "
             "of the others are like are left out, and named"},
    {.name = "least-similarity",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, least_similarity),
     .value_name = "X",
     .help = "of --one-person: the cosine from which two photographs are alike; default 0.2"},
    {.name = "no-identity",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_identity_off),
     .help = "inject no identity, not even that of the person in --style"},
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

/* Whether it takes more than idi_generate_file(). */
static bool is_edited(const arguments *a)
{
    return a->style_from.count || a->style_seed || a->mask_from.count || a->identity.count > 1 ||
           a->is_one_person || a->is_identity_off || a->mask_mix ||
           (a->style && idi_is_array_path(a->style));
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    if (is_edited(a)) return idi_generate_edited(cli, a);
    idi_generate_file_options o;
    idi_generate_file_init(&o);
    o.model = a->model;
    o.labels = a->mask;
    o.style = a->style;
    o.style_labels = a->style_mask;
    o.mean_style = a->mean_style;
    o.scheme = a->scheme;
    o.identity = a->identity.text[0];
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
