/* SPDX-License-Identifier: Apache-2.0 */
/* cli/convert.c - a PyTorch state dictionary to a model file. */
#include "cli.h"

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
     .help = "state dictionary, saved as safetensors"},
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
     .help = "architecture, as in 'idinject init'; default: recognised from the names"},
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
     .help = "of a generator: the recogniser that it was made for, noted in the file"},
    IDI_COMMON_OPTIONS};

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_convert_options o;
    idi_convert_options_init(&o);
    o.arch = a->arch;
    o.config_path = a->config;
    o.licence = a->licence;
    o.training_data = a->training_data;
    o.recogniser = a->recogniser;
    return idi_model_file_convert(cli->context, a->in, &o, a->out);
}

const idi_command idi_command_convert = {
    .name = "convert",
    .summary = "turns a PyTorch state dictionary into a model file",
    .text = "Every tensor must be there, none may be left over, and all shapes must fit.",
    .example = "idinject convert --in ca2sis.safetensors --licence CC-BY-NC-4.0 \\\n"
               "      --recogniser arcface.safetensors --out generator.safetensors",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
