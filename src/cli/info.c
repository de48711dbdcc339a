/* SPDX-License-Identifier: Apache-2.0 */
/* cli/info.c - what a model file holds. */
#include "cli.h"

#include <stdio.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *file;
    bool is_json;
} arguments;

static const idi_option options[] = {{.name = "json",
                                      .kind = IDI_OPTION_FLAG,
                                      .offset = offsetof(arguments, is_json),
                                      .help = "prints one JSON object instead"},
                                     IDI_COMMON_OPTIONS};

static void print_json_text(const char *name, const char *text)
{
    (void)printf("  \"%s\": \"", name);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            (void)printf("\\%c", *c);
        } else if (*c < ' ') {
            (void)printf("\\u%04x", *c);
        } else {
            (void)putchar(*c);
        }
    }
    (void)printf("\",\n");
}

static void print_json_number(const char *name, int64_t value)
{
    (void)printf("  \"%s\": %lld,\n", name, (long long)value);
}

static void print_json(const idi_model_info *info)
{
    (void)printf("{\n");
    print_json_text("arch", info->arch);
    print_json_text("kind", info->is_generator ? "generator" : "recogniser");
    print_json_number("parameters", info->parameter_count);
    print_json_number("tensors", info->tensor_count);
    print_json_number("size", info->size);
    print_json_number("classes", info->classes);
    print_json_number("style_width", info->style_width);
    print_json_number("identity_dim", info->identity_dim);
    print_json_text("fingerprint", info->fingerprint);
    print_json_text("licence", info->licence);
    print_json_text("training_data", info->training_data);
    print_json_text("recogniser", info->recogniser);
    (void)printf("  \"config\": %s\n}\n", info->config);
}

static void print_text(const char *name, const char *text)
{
    (void)printf("%-15s", name);
    for (const char *c = text[0] ? text : "not noted"; *c; c++) /* a file's text moves no cursor */
        (void)putchar((unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
    (void)putchar('\n');
}

static void print_number(const char *name, int64_t value)
{
    (void)printf("%-15s%lld\n", name, (long long)value);
}

static void print_table(const idi_model_info *info)
{
    print_text("architecture", info->arch);
    print_text("kind", info->is_generator ? "generator" : "recogniser");
    print_number("parameters", info->parameter_count);
    print_number("tensors", info->tensor_count);
    print_number(info->is_generator ? "image side" : "input side", info->size);
    if (info->is_generator) {
        print_number("classes", info->classes);
        print_number("style width", info->style_width);
    }
    print_number("identity dim", info->identity_dim);
    print_text("fingerprint", info->fingerprint);
    print_text("licence", info->licence);
    print_text("training data", info->training_data);
    if (info->is_generator && info->identity_dim > 0) print_text("recogniser", info->recogniser);
    print_text("config", info->config);
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_model *model = NULL;
    idi_model_info info = {.struct_size = sizeof info};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_model_load(cli->context, a->file, &model));
    IDI_CLI_TRY_TO(done, idi_model_get_info(model, &info));
    if (a->is_json) {
        print_json(&info);
    } else {
        print_table(&info);
    }
done:
    idi_model_destroy(&model);
    return st;
}

const idi_command idi_command_info = {
    .name = "info",
    .summary = "prints what a model file holds",
    .text = "The whole file is checked: every tensor, name, shape and number.",
    .example = "idinject info generator.safetensors",
    .grammar = {IDI_CLI_OPTIONS(options), .operand_count = 1, .operand_names = {"FILE"},
                .operands_offset = offsetof(arguments, file)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
