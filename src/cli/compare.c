/* SPDX-License-Identifier: Apache-2.0 */
/* cli/compare.c - how alike two faces are to a recogniser. */
#include "cli.h"

#include <stdio.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *files[2];
    const char *model;
} arguments;

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "recogniser, a model file; needed unless both are .npy embeddings"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_model *model = NULL;
    idi_identity *first = NULL;
    idi_identity *second = NULL;
    double cosine = 0.0;
    idi_status st;
    if (a->model) IDI_CLI_TRY_TO(done, idi_model_load(cli->context, a->model, &model));
    IDI_CLI_TRY_TO(done, idi_cli_load_identity(cli, model, a->files[0], &first));
    IDI_CLI_TRY_TO(done, idi_cli_load_identity(cli, model, a->files[1], &second));
    IDI_CLI_TRY_TO(done, idi_identity_similarity(first, second, &cosine));
    (void)printf("%.6f\n", cosine);
done:
    idi_identity_destroy(&second);
    idi_identity_destroy(&first);
    idi_model_destroy(&model);
    return st;
}

const idi_command idi_command_compare = {
    .name = "compare",
    .summary = "prints how alike two faces are to a recogniser",
    .text = "A and B are aligned, square faces (PNG or JPEG) or embeddings (.npy). Prints the "
            "cosine\nof their embeddings: 1 for the same, about 0 for strangers.",
    .example = "idinject compare a.png b.png --model recogniser.safetensors",
    .grammar = {IDI_CLI_OPTIONS(options), .operand_count = 2, .operand_names = {"A", "B"},
                .operands_offset = offsetof(arguments, files)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
