/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_stage.c - a context, a model and a session, with a batch of people before it. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

void idi_bench_place(const idi_bench *bench, idi_bench_stage *stage, int64_t index, int person)
{
    const size_t pixels = (size_t)(bench->people.info.size * bench->people.info.size);
    memcpy(stage->labels + (size_t)index * pixels, bench->people.labels[person].data, pixels);
    stage->styles[index] = stage->style[person];
    stage->identities[index] = stage->identity[person];
}

/* The people's codes as values of the stage's context. */
static idi_status copy_people(const idi_bench_people *people, idi_bench_stage *s)
{
    for (int i = 0; i < IDI_BENCH_PEOPLE; i++) {
        int64_t count, classes, width;
        const float *style = idi_style_data(people->style[i], &classes, &width);
        IDI_CLI_TRY(idi_style_from_array(s->context, style, classes, width, &s->style[i]));
        if (!people->identity[i]) continue;
        const float *identity = idi_identity_data(people->identity[i], &count);
        IDI_CLI_TRY(idi_identity_from_array(s->context, identity, count, NULL, &s->identity[i]));
    }
    return IDI_OK;
}

static idi_status open_session(const idi_bench *bench, const idi_bench_config *config,
                               idi_bench_stage *s)
{
    idi_session_options options;
    idi_session_options_init(&options);
    options.batch = config->batch;
    options.precision = config->precision;
    options.is_plain = config->is_plain;
    IDI_CLI_TRY(idi_cli_open_context(bench->cli, &bench->arguments->common, &s->context));
    IDI_CLI_TRY(idi_model_load(s->context, bench->arguments->model, &s->model));
    IDI_CLI_TRY(copy_people(&bench->people, s));
    return idi_session_create(s->model, &options, &s->session);
}

static idi_status allocate(const idi_bench *bench, int64_t batch, idi_bench_stage *s)
{
    const size_t pixels = (size_t)(bench->people.info.size * bench->people.info.size);
    const size_t count = (size_t)batch;
    s->labels = malloc(count * pixels);
    s->styles = calloc(count, sizeof *s->styles);
    s->identities = calloc(count, sizeof *s->identities);
    s->image = malloc(count * pixels * 3 * sizeof *s->image);
    if (s->labels && s->styles && s->identities && s->image) return IDI_OK;
    return idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory for %lld images", (long long)batch);
}

idi_status idi_bench_open_stage(const idi_bench *bench, const idi_bench_config *config,
                                idi_bench_stage *stage_out)
{
    *stage_out = (idi_bench_stage){.context = NULL};
    IDI_CLI_TRY(open_session(bench, config, stage_out));
    IDI_CLI_TRY(allocate(bench, config->batch, stage_out));
    for (int64_t i = 0; i < config->batch; i++)
        idi_bench_place(bench, stage_out, i, (int)(i % IDI_BENCH_PEOPLE));
    idi_generate_init(&stage_out->run);
    stage_out->run.labels = stage_out->labels;
    stage_out->run.styles = stage_out->styles;
    stage_out->run.identities = bench->people.info.identity_dim ? stage_out->identities : NULL;
    stage_out->run.image_out = stage_out->image;
    return IDI_OK;
}

void idi_bench_close_stage(idi_bench_stage *s)
{
    free(s->labels);
    free((void *)s->styles);
    free((void *)s->identities);
    free(s->image);
    idi_session_destroy(&s->session);
    for (int i = 0; i < IDI_BENCH_PEOPLE; i++) {
        idi_identity_destroy(&s->identity[i]);
        idi_style_destroy(&s->style[i]);
    }
    idi_model_destroy(&s->model);
    idi_context_destroy(&s->context);
}
