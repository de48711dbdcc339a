/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed.c - a face to the identity that a recogniser reads in it. */
#include "cli.h"

typedef struct arguments {
    idi_common_arguments common;
    const char *model, *image, *out;
} arguments;

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "recogniser, a model file"},
    {.name = "image",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, image),
     .value_name = "FILE",
     .help = "an aligned, square face (FFHQ or CelebA-HQ framing), PNG or JPEG"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "npy",
     .help = "the embedding, .npy: float32, of length 1 as a vector"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

static idi_status save(idi_cli *cli, const char *path, const idi_identity *identity)
{
    int64_t count;
    const float *data = idi_identity_data(identity, &count);
    return idi_cli_save_array(cli, path, data, &count, 1);
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_model *model = NULL;
    idi_identity *identity = NULL;
    idi_bitmap face = {0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_bitmap_load(cli->context, a->image, &face));
    IDI_CLI_TRY_TO(done, idi_model_load(cli->context, a->model, &model));
    IDI_CLI_TRY_TO(done, idi_identity_from_image(model, &face, &identity));
    st = save(cli, a->out, identity);
done:
    idi_identity_destroy(&identity);
    idi_model_destroy(&model);
    idi_bitmap_free(cli->context, &face);
    return st;
}

const idi_command idi_command_embed = {
    .name = "embed",
    .summary = "writes the identity that a recogniser reads in a face",
    .example = "idinject embed --model recogniser.safetensors --image face.png --out who.npy",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
