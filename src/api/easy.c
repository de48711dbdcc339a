/* SPDX-License-Identifier: Apache-2.0 */
/* api/easy.c - files in, file out: a batch of one job. */
#include "api/objects.h"
#include "api/paths.h"

#include <math.h>

/* What one call makes; freed together. */
typedef struct easy {
    idi_context *context;
    const idi_generate_file_options *options;
    idi_model *generator;
    idi_model *recogniser;
    idi_style *mean_style;
} easy;

void idi_generate_file_init(idi_generate_file_options *options)
{
    if (!options) return;
    *options =
        (idi_generate_file_options){.struct_size = sizeof *options, .identity_strength = 1.0};
}

/* Whether an identity is read from a photograph. */
static bool needs_recogniser(const easy *e)
{
    const idi_generate_file_options *o = e->options;
    if (!e->generator->traits.identity_dim) return false;
    const bool is_given_alone = o->identity && fabs(o->identity_strength - 1.0) <= 0.0;
    return !is_given_alone || !idi_path_ends_with(o->identity, ".npy");
}

static idi_status load_recogniser(easy *e)
{
    const char *path = e->options->recogniser;
    return path ? idi_model_load(e->context, path, &e->recogniser)
                : idi_model_load_recogniser(e->generator, &e->recogniser);
}

static idi_status load_mean_style(easy *e, const char *path)
{
    float *data;
    int64_t shape[4];
    int rank;
    IDI_TRY(idi_array_load(e->context, path, &data, shape, &rank));
    const idi_status st =
        rank == 2 ? idi_style_from_array(e->context, data, shape[0], shape[1], &e->mean_style)
                  : idi_fail(IDI_ERR_SHAPE, "has %d dimensions, want [classes, width]", rank);
    idi_array_free(e->context, &data);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}

static int give_job(void *user, int64_t index, idi_job *job)
{
    const idi_generate_file_options *o = ((const easy *)user)->options;
    job->labels = o->labels;
    job->style = o->style;
    job->style_labels = o->style_labels;
    job->identity = o->identity;
    job->identity_strength = o->identity_strength;
    job->noise_seed = o->noise_seed;
    job->out = o->out;
    return index == 0;
}

static idi_status run_easy(easy *e)
{
    const idi_generate_file_options *o = e->options;
    idi_batch_options batch;
    idi_batch_options_init(&batch);
    IDI_TRY(idi_model_load(e->context, o->model, &e->generator));
    IDI_REQUIRE(idi_arch_is_generator(e->generator->config.arch), IDI_ERR_ARG,
                "%s: is a recogniser (%s), want a generator", o->model,
                idi_arch_name(e->generator->config.arch));
    IDI_REQUIRE(o->style || !e->generator->traits.style_width, IDI_ERR_ARG,
                "%s takes a style: want a photograph", o->model);
    if (o->mean_style) IDI_TRY(load_mean_style(e, o->mean_style));
    if (needs_recogniser(e)) IDI_TRY(load_recogniser(e));
    batch.generator = e->generator;
    batch.recogniser = e->recogniser;
    batch.thread_count = 0;
    batch.scheme = o->scheme;
    batch.precision = o->precision;
    batch.is_plain = o->is_plain;
    batch.has_noise = o->has_noise;
    batch.mean_style = e->mean_style;
    batch.save_flags = o->save_flags;
    batch.next = give_job;
    batch.user = e;
    return idi_batch_run(&batch, NULL);
}

idi_status idi_generate_file(idi_context *context, const idi_generate_file_options *options)
{
    IDI_REQUIRE(context, IDI_ERR_ARG, "generate: no context");
    IDI_REQUIRE_STRUCT(options, idi_generate_file_options);
    IDI_REQUIRE(options->model && options->labels && options->out, IDI_ERR_ARG,
                "generate: model, labels and out are needed");
    IDI_REQUIRE(idi_path_ends_with(options->out, ".png") ||
                    idi_path_ends_with(options->out, ".npy"),
                IDI_ERR_ARG, "%s: want a name that ends in .png or .npy", options->out);
    easy e = {.context = context, .options = options};
    const idi_status st = run_easy(&e);
    idi_style_destroy(&e.mean_style);
    idi_model_destroy(&e.recogniser);
    idi_model_destroy(&e.generator);
    return st;
}
