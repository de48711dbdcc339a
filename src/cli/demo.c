/* SPDX-License-Identifier: Apache-2.0 */
/* cli/demo.c - everything once: people are drawn, encoded and recombined, and the result stands on
 * one contact sheet. */
#include "demo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#define GENERATOR_ARCH  "ca2sis-id"
#define RECOGNISER_ARCH "iresnet50"

typedef struct arguments {
    idi_common_arguments common;
    const char *out, *model, *recognisers;
    uint64_t seed;
} arguments;

static const arguments defaults = {.out = "demo", .seed = 1};

static const idi_option options[] = {
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, out),
     .value_name = "FOLDER",
     .help = "where pictures and models go, made if it is not there; default demo"},
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator with identity; default: random weights, made in the folder"},
    {.name = "recognisers",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recognisers),
     .value_name = "FILES",
     .help = "up to four, FILE,FILE,...; the first reads the identities, all judge the results; "
             "default: one of random weights, made in the folder"},
    {.name = "seed",
     .kind = IDI_OPTION_SEED,
     .offset = offsetof(arguments, seed),
     .value_name = "N",
     .help = "of the random weights; default 1"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

idi_status idi_demo_path(const idi_demo *demo, const char *name, char *path_out)
{
    const int length = snprintf(path_out, IDI_PATH_BYTES, "%s/%s", demo->folder, name);
    if (length >= 0 && length < IDI_PATH_BYTES) return IDI_OK;
    return idi_cli_fail(demo->cli, IDI_ERR_ARG, "--out: the path is longer than %d bytes",
                        (int)IDI_PATH_BYTES - 1);
}

/* Random weights are made once: the file's name holds everything that they follow from. */
static idi_status load_random(const idi_demo *demo, const char *arch, uint64_t seed,
                              idi_model **model_out)
{
    char name[160];
    char path[IDI_PATH_BYTES];
    idi_context *context = demo->cli->context;
    (void)snprintf(name, sizeof name, "%s_random_seed%llu_v%s.safetensors", arch,
                   (unsigned long long)seed, idi_version());
    IDI_CLI_TRY(idi_demo_path(demo, name, path));
    struct stat status;
    if (stat(path, &status) == 0 && idi_model_load(context, path, model_out) == IDI_OK) {
        (void)printf("  kept %s\n", path);
        return IDI_OK;
    }
    (void)printf("  making %s\n", path);
    (void)fflush(stdout);
    idi_cli_will_write(demo->cli, path);
    IDI_CLI_TRY(idi_model_file_init(context, arch, NULL, seed, path));
    return idi_model_load(context, path, model_out);
}

/* Whether a model file says of itself that nobody trained it, as 'idinject init' writes. */
static bool is_untrained(const idi_model_info *info)
{
    return strstr(info->training_data, "random weights") != NULL;
}

/* "models/arcface_64.safetensors,...": "arcface_64". */
static void name_recogniser(idi_demo *demo, int64_t k, const char *path)
{
    const char *base = path;
    for (const char *at = path; *at && *at != ','; at++)
        if (*at == '/') base = at + 1;
    (void)snprintf(demo->names[k], sizeof demo->names[k], "%.*s", (int)strcspn(base, ".,"), base);
}

static idi_status load_recognisers(idi_demo *demo, const arguments *a)
{
    const char *at = a->recognisers;
    if (!at) {
        (void)snprintf(demo->names[0], sizeof demo->names[0], "%s", RECOGNISER_ARCH);
        demo->recogniser_count = 1;
        return load_random(demo, RECOGNISER_ARCH, a->seed, &demo->recognisers[0]);
    }
    IDI_CLI_TRY(idi_cli_load_models(demo->cli, "recognisers", at, IDI_DEMO_RECOGNISERS,
                                    demo->recognisers, &demo->recogniser_count));
    for (int64_t k = 0; k < demo->recogniser_count; k++) {
        name_recogniser(demo, k, at);
        at += strcspn(at, ",") + 1;
    }
    return IDI_OK;
}

static idi_status check_models(idi_demo *demo, const arguments *a)
{
    idi_model_info info = {.struct_size = sizeof info};
    for (int64_t k = 0; k < demo->recogniser_count; k++) {
        IDI_CLI_TRY(idi_model_get_info(demo->recognisers[k], &info));
        if (is_untrained(&info)) demo->is_random = true;
    }
    IDI_CLI_TRY(idi_model_get_info(demo->generator, &info));
    if (is_untrained(&info)) demo->is_random = true;
    if (!info.is_generator || info.identity_dim == 0) {
        return idi_cli_fail(demo->cli, IDI_ERR_ARG,
                            "%s: holds %s, want a generator with identity (ca2sis-id)", a->model,
                            info.arch);
    }
    demo->size = info.size;
    return IDI_OK;
}

static idi_status load_models(idi_demo *demo, const arguments *a)
{
    demo->is_random = !a->model || !a->recognisers;
    if (demo->is_random) (void)printf("models\n");
    IDI_CLI_TRY(a->model ? idi_model_load(demo->cli->context, a->model, &demo->generator)
                         : load_random(demo, GENERATOR_ARCH, a->seed, &demo->generator));
    IDI_CLI_TRY(load_recognisers(demo, a));
    return check_models(demo, a);
}

static void print_likeness(const idi_demo *demo, const idi_demo_result *r)
{
    for (int64_t k = 0; k < demo->recogniser_count; k++)
        (void)printf("%*s%-20s  %7.4f  %7.4f\n", k == 0 ? 2 : 51, "", demo->names[k],
                     r->like_who[k], r->like_how[k]);
}

static void print_results(const idi_demo *demo, const char *sheet)
{
    (void)printf("results: cosine similarity of each to two people, by each recogniser\n"
                 "  where     how       who                           recogniser              "
                 "to who   to how\n");
    for (int i = 0; i < IDI_DEMO_RESULTS; i++) {
        const idi_demo_result *r = &demo->results[i];
        (void)printf("  person %d  person %d  person %d  %s", r->where + 1, r->how + 1, r->who + 1,
                     r->how == r->who ? "own identity    " : "swapped identity");
        print_likeness(demo, r);
    }
    if (demo->is_random) {
        (void)printf("The weights are RANDOM (untrained): the results are texture, not faces, and "
                     "the\nnumbers say nothing about people.\n");
    }
    (void)printf("contact sheet: %s\n", sheet);
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    idi_demo demo = {.cli = cli, .folder = a->out};
    char sheet[IDI_PATH_BYTES];
    idi_status st;
    IDI_CLI_TRY(idi_demo_path(&demo, "sheet.png", sheet));
    IDI_CLI_TRY(idi_cli_make_folder(cli, a->out));
    IDI_CLI_TRY_TO(done, load_models(&demo, a));
    IDI_CLI_TRY_TO(done, idi_demo_make_people(&demo));
    IDI_CLI_TRY_TO(done, idi_demo_make_results(&demo));
    IDI_CLI_TRY_TO(done, idi_demo_save_sheet(&demo, sheet));
    print_results(&demo, sheet);
done:
    idi_demo_free_results(&demo);
    idi_demo_free_people(&demo);
    for (int64_t k = 0; k < demo.recogniser_count; k++)
        idi_model_destroy(&demo.recognisers[k]);
    idi_model_destroy(&demo.generator);
    return st;
}

const idi_command idi_command_demo = {
    .name = "demo",
    .summary = "runs everything once and makes a contact sheet",
    .text = "Draws four people, encodes their looks and identities, generates faces that keep or "
            "swap\nthe identity, and measures both. Without --model and --recognisers the weights "
            "are random,\nand the results are texture, not faces.",
    .example = "idinject demo --out demo",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
