/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate.c - where, how and who from files, a face into a file. */
#include "generate.h"

typedef idi_generate_arguments arguments;

static const arguments defaults = {.edit = IDI_EDIT_DEFAULTS};

static const idi_option options[] = {
    IDI_EDIT_MODEL_OPTIONS,
    {.name = "mask",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, edit.words.mask),
     .value_name = "FILE",
     .help = "where: a label map as PNG"},
    IDI_EDIT_WORD_OPTIONS,
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "png|npy",
     .help = "the picture, .png, or its numbers, .npy: float32 [1, 3, H, W] in -1..1"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

/* Whether it takes more than idi_generate_file(). */
static bool is_edited(const idi_edit_words *w)
{
    return w->style_from.count || w->style_seed || w->mask_from.count || w->identity.count > 1 ||
           w->is_one_person || w->is_identity_off || w->mask_mix ||
           (w->style && idi_is_array_path(w->style));
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    const idi_edit_arguments *e = &a->edit;
    if (is_edited(&e->words)) return idi_generate_edited(cli, a);
    idi_generate_file_options o;
    idi_generate_file_init(&o);
    o.model = e->model;
    o.labels = e->words.mask;
    o.style = e->words.style;
    o.style_labels = e->words.style_mask;
    o.mean_style = e->words.mean_style;
    o.scheme = e->scheme;
    o.identity = e->words.identity.text[0];
    o.recogniser = e->recogniser;
    o.identity_strength = e->words.strength;
    o.out = a->out;
    o.save_flags = e->has_no_mark ? IDI_SAVE_NO_MARK : IDI_SAVE_DEFAULT;
    o.is_plain = e->is_plain;
    o.has_noise = e->has_noise;
    o.noise_seed = e->noise_seed;
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
