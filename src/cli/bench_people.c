/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_people.c - the benchmark's inputs: procedural portraits, their styles, and identities
 * of plain numbers; and the images that the plain form makes of them in f32. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const idi_bench_config plain_f32 = {.batch = 1, .precision = "f32", .is_plain = true};

/* What random weights, and the speed of any, make of an identity does not depend on a recogniser.
 */
static idi_status make_identity(const idi_bench *bench, uint64_t person, idi_identity **out)
{
    const int64_t count = bench->people.info.identity_dim;
    float *numbers = calloc((size_t)count, sizeof *numbers);
    if (!numbers) return idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory for an identity");
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(((uint64_t)i * 37 + person % 97 * 11) % 101) - 50.0F;
    const idi_status st = idi_identity_from_array(bench->cli->context, numbers, count, NULL, out);
    free(numbers);
    return st;
}

static idi_status make_person(idi_bench *bench, const idi_model *model, int index)
{
    idi_bench_people *people = &bench->people;
    idi_context *context = bench->cli->context;
    const uint64_t person = bench->arguments->seed + (uint64_t)index;
    idi_bitmap photo = {0};
    IDI_CLI_TRY(idi_portrait_draw(context, person, 1, people->info.size, &photo,
                                  &people->labels[index], NULL));
    const idi_status st =
        idi_style_from_image(model, &photo, &people->labels[index], &people->style[index]);
    idi_bitmap_free(context, &photo);
    if (st != IDI_OK || !people->info.identity_dim) return st;
    return make_identity(bench, person, &people->identity[index]);
}

static idi_status check_plans(const idi_bench *bench, const idi_model *model)
{
    for (int i = 0; i < bench->count; i++) {
        idi_bench_result *result = &bench->results[i];
        idi_session_options options;
        idi_session_options_init(&options);
        options.batch = result->config.batch;
        options.precision = result->config.precision;
        options.is_plain = result->config.is_plain;
        result->plan = (idi_plan_report){.struct_size = sizeof result->plan};
        IDI_CLI_TRY(idi_session_plan(model, &options, &result->plan));
    }
    return IDI_OK;
}

/* The info's strings are the model's and go with it. */
static idi_status read_info(idi_bench_people *people, const idi_model *model)
{
    people->info.struct_size = sizeof people->info;
    IDI_CLI_TRY(idi_model_get_info(model, &people->info));
    (void)snprintf(people->arch, sizeof people->arch, "%s", people->info.arch);
    (void)snprintf(people->fingerprint, sizeof people->fingerprint, "%s", people->info.fingerprint);
    people->info.arch = people->info.config = people->info.licence = "";
    people->info.training_data = people->info.recogniser = people->info.fingerprint = "";
    return IDI_OK;
}

/* The model is loaded for this alone: each configuration loads its own. */
static idi_status encode_people(idi_bench *bench)
{
    idi_model *model;
    IDI_CLI_TRY(idi_model_load(bench->cli->context, bench->arguments->model, &model));
    idi_status st = read_info(&bench->people, model);
    if (st == IDI_OK) st = check_plans(bench, model);
    for (int i = 0; i < IDI_BENCH_PEOPLE && st == IDI_OK; i++)
        st = make_person(bench, model, i);
    idi_model_destroy(&model);
    idi_context_trim(bench->cli->context);
    return st;
}

static idi_status make_wanted(idi_bench *bench, idi_bench_stage *stage)
{
    const size_t values = (size_t)(3 * bench->people.info.size * bench->people.info.size);
    for (int i = 0; i < IDI_BENCH_PEOPLE; i++) {
        idi_bench_place(bench, stage, 0, i);
        IDI_CLI_TRY(idi_session_generate(stage->session, &stage->run));
        float *copy = malloc(values * sizeof *copy);
        if (!copy) return idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory for an image");
        memcpy(copy, stage->image, values * sizeof *copy);
        bench->people.wanted[i] = copy;
    }
    return IDI_OK;
}

idi_status idi_bench_make_people(idi_bench *bench)
{
    idi_bench_stage stage;
    IDI_CLI_TRY(encode_people(bench));
    if (!bench->arguments->is_checked) return IDI_OK;
    idi_status st = idi_bench_open_stage(bench, &plain_f32, &stage);
    if (st == IDI_OK) st = make_wanted(bench, &stage);
    idi_bench_close_stage(&stage);
    return st;
}

void idi_bench_free_people(idi_bench *bench)
{
    idi_bench_people *people = &bench->people;
    for (int i = 0; i < IDI_BENCH_PEOPLE; i++) {
        free(people->wanted[i]);
        idi_identity_destroy(&people->identity[i]);
        idi_style_destroy(&people->style[i]);
        idi_bitmap_free(bench->cli->context, &people->labels[i]);
    }
}
