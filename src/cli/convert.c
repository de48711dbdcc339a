/* SPDX-License-Identifier: Apache-2.0 */
/* cli/convert.c - a PyTorch state dictionary, or an IResNet in ONNX form, to a model file. */
#include "cli.h"

#include <string.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *arch, *in, *out, *config, *licence, *training_data, *recogniser;
} arguments;

static const idi_option options[] = {
    {.name = "in",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, in),
     .value_name = "FILE",
     .help = "state dictionary, saved as safetensors; or an IResNet as .onnx"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "safetensors",
     .help = "model file to write"},
    {.name = "arch",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, arch),
     .value_name = "NAME",
     .help =
         "architecture, as in 'idinject init'; default: recognised from the names. Also adaface "
         "and cvlface, for AdaFace's networks fed BGR and RGB: the names do not tell"},
    {.name = "config",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, config),
     .value_name = "FILE",
     .help = "configuration as JSON; default: inferred from the shapes"},
    {.name = "licence",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, licence),
     .value_name = "TEXT",
     .help = "licence of the weights, noted in the file"},
    {.name = "training-data",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, training_data),
     .value_name = "TEXT",
     .help = "what the weights were trained on, noted in the file"},
    {.name = "recogniser",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recogniser),
     .value_name = "FILE",
     .help = "of a generator: the recogniser that it was trained with; its name and its weights' "
             "fingerprint are noted, and photographs read by others refused"},
    IDI_COMMON_OPTIONS};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The generator's file names its recogniser as a file beside it, and says which weights it has. */
static idi_status note_recogniser(idi_cli *cli, const char *path, const idi_model *recogniser,
                                  idi_convert_options *notes)
{
    idi_model_info info = {.struct_size = sizeof info};
    IDI_CLI_TRY(idi_model_get_info(recogniser, &info));
    if (info.is_generator)
        return idi_cli_fail(cli, IDI_ERR_ARG, "%s: is a generator (%s), want a recogniser", path,
                            info.arch);
    notes->recogniser = name_of(path);
    notes->recogniser_fingerprint = info.fingerprint;
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_model *recogniser = NULL;
    idi_convert_options o;
    idi_status st;
    idi_convert_options_init(&o);
    o.arch = a->arch;
    o.config_path = a->config;
    o.licence = a->licence;
    o.training_data = a->training_data;
    if (a->recogniser) {
        IDI_CLI_TRY_TO(done, idi_model_load(cli->context, a->recogniser, &recogniser));
        IDI_CLI_TRY_TO(done, note_recogniser(cli, a->recogniser, recogniser, &o));
    }
    st = idi_model_file_convert(cli->context, a->in, &o, a->out);
done:
    idi_model_destroy(&recogniser);
    return st;
}

const idi_command idi_command_convert = {
    .name = "convert",
    .summary = "turns a PyTorch state dictionary or an ONNX file into a model file",
    .text =
        "Every tensor must be there, none may be left over, and all shapes must fit. 'generate' "
        "looks\nfor a noted recogniser in the generator's folder. Identities from .npy files "
        "carry no\nfingerprint and are taken unchecked.",
    .example = "idinject convert --in ca2sis.safetensors --licence CC-BY-NC-4.0 \\\n"
               "      --recogniser arcface.safetensors --out generator.safetensors",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
