/* SPDX-License-Identifier: Apache-2.0 */
/* cli/init.c - model files with seeded random weights. */
#include "cli.h"

typedef struct arguments {
    idi_common_arguments common;
    const char *arch, *config, *out;
    uint64_t seed;
} arguments;

static const idi_option options[] = {
    {.name = "arch",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, arch),
     .value_name = "NAME",
     .help = "ca2sis, ca2sis-id, spade, sean, iresnet18, iresnet34, iresnet50, iresnet100, "
             "mobilefacenet or facenet"},
    {.name = "config",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, config),
     .value_name = "FILE",
     .help = "JSON with the members to change, for example {\"size\": 64}; default: the "
             "published setting"},
    {.name = "seed",
     .kind = IDI_OPTION_SEED,
     .offset = offsetof(arguments, seed),
     .value_name = "N",
     .help = "any number; the same gives the same weights; default 0"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "safetensors",
     .help = "model file to write"},
    IDI_COMMON_OPTIONS};

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    return idi_model_file_init(cli->context, a->arch, a->config, a->seed, a->out);
}

const idi_command idi_command_init = {
    .name = "init",
    .summary = "writes a model file with random weights, for tests and benchmarks",
    .text = "Random weights make texture, not faces.",
    .example = "idinject init --arch ca2sis-id --seed 1 --out generator.safetensors",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
