/* SPDX-License-Identifier: Apache-2.0 */
/* cli/encode_style.c - a photograph and its label map to style codes. */
#include "cli.h"

typedef struct arguments {
    idi_common_arguments common;
    const char *model, *image, *mask, *scheme, *out;
} arguments;

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file"},
    {.name = "image",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, image),
     .value_name = "FILE",
     .help = "a square photograph, PNG or JPEG"},
    {.name = "mask",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, mask),
     .value_name = "FILE",
     .help = "its label map as PNG"},
    {.name = "scheme",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scheme),
     .value_name = "NAME",
     .choices = "celebamask|bisenet",
     .help = "class order of the label map: celebamask or bisenet; default celebamask"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "npy",
     .help = "the codes, .npy: float32 [classes, width]"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

static idi_status save(idi_cli *cli, const char *path, const idi_style *style)
{
    int64_t shape[2];
    const float *data = idi_style_data(style, &shape[0], &shape[1]);
    return idi_cli_save_array(cli, path, data, shape, 2);
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_model *model = NULL;
    idi_style *style = NULL;
    idi_bitmap photo = {0};
    idi_bitmap labels = {0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_bitmap_load(cli->context, a->image, &photo));
    IDI_CLI_TRY_TO(done, idi_bitmap_load_labels(cli->context, a->mask, a->scheme, &labels));
    IDI_CLI_TRY_TO(done, idi_model_load(cli->context, a->model, &model));
    IDI_CLI_TRY_TO(done, idi_style_from_image(model, &photo, &labels, &style));
    st = save(cli, a->out, style);
done:
    idi_style_destroy(&style);
    idi_model_destroy(&model);
    idi_bitmap_free(cli->context, &labels);
    idi_bitmap_free(cli->context, &photo);
    return st;
}

const idi_command idi_command_encode_style = {
    .name = "encode-style",
    .summary = "turns a photograph and its label map into style codes",
    .example = "idinject encode-style --model generator.safetensors --image how.png \\\n"
               "      --mask how_mask.png --out style.npy",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
