/* SPDX-License-Identifier: Apache-2.0 */
/* api/train.c - trainings: a recipe's file and a folder to the trainer. */
#include "idinject/train.h"
#include "api/objects.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

void idi_training_options_init(idi_training_options *options)
{
    if (!options) return;
    *options = (idi_training_options){.struct_size = sizeof *options};
}

/* What the trainer's callback needs. */
typedef struct listener {
    const idi_training_options *options;
    idi_ranks *ranks;
    idi_training_progress last;
} listener;

/* NaN where the training does not measure it, or not at this step. */
static double value_of(const idi_trainer_progress *progress, const char *column)
{
    const int at = idi_log_column_find(progress->layout, column);
    return at < 0 ? (double)NAN : progress->line->values[at];
}

static bool on_progress(void *user, const idi_trainer_progress *progress)
{
    listener *l = user;
    l->last = (idi_training_progress){
        .struct_size = sizeof l->last,
        .is_silent = idi_ranks_rank(l->ranks) > 0,
        .step = progress->step,
        .steps = progress->steps,
        .first_step = progress->first_step,
        .loss = value_of(progress, "loss"),
        .gradient_norm = value_of(progress, "gradient_norm"),
        .images_per_second = progress->images_per_second,
        .seconds_left = progress->seconds_left,
        .tar = value_of(progress, "tar_at_far_0.01"),
        .eer = value_of(progress, "eer"),
        .own_similarity = value_of(progress, "own_similarity"),
        .injected_similarity = value_of(progress, "injected_similarity"),
    };
    l->last.is_validated = !isnan(l->last.tar) || !isnan(l->last.own_similarity);
    return l->options->progress && l->options->progress(l->options->user, &l->last) != 0;
}

static idi_status require_network(const idi_recipe *recipe, const char *want)
{
    if (!want) return IDI_OK;
    const bool is_generator = idi_arch_is_generator(recipe->network.arch);
    const char *have = is_generator ? "generator" : "recogniser";
    IDI_REQUIRE(strcmp(want, "generator") == 0 || strcmp(want, "recogniser") == 0, IDI_ERR_ARG,
                "training: network is '%.32s', want recogniser or generator", want);
    IDI_REQUIRE(strcmp(want, have) == 0, IDI_ERR_ARG,
                "recipe: network.arch is %s, a %s; want a %s's recipe",
                idi_arch_name(recipe->network.arch), have, want);
    return IDI_OK;
}

static idi_status read_recipe(const idi_context *context, const idi_training_options *options,
                              idi_recipe *recipe_out)
{
    IDI_TRY(idi_recipe_read(context->memory, options->recipe, recipe_out));
    return require_network(recipe_out, options->network);
}

static idi_status train(const idi_context *context, const idi_recipe *recipe, listener *l)
{
    idi_backend *backend;
    IDI_TRY(idi_ranks_agree(
        l->ranks, idi_device_backend_open(context->device, context->precision, &backend)));
    const idi_trainer_options options = {.recipe = recipe,
                                         .folder = l->options->folder,
                                         .backend = backend,
                                         .ranks = l->ranks,
                                         .progress = on_progress,
                                         .user = l};
    const idi_status st = idi_trainer_run(&options);
    idi_device_backend_close(context->device, &backend);
    return st;
}

/* The first process speaks for all, but for what they could not agree upon. */
static idi_status train_together(const idi_context *context, listener *l)
{
    idi_recipe recipe;
    IDI_TRY(idi_ranks_agree(l->ranks, read_recipe(context, l->options, &recipe)));
    l->last.steps = recipe.steps;
    return train(context, &recipe, l);
}

idi_status idi_train(idi_context *context, const idi_training_options *options,
                     idi_training_progress *report)
{
    IDI_REQUIRE(context, IDI_ERR_ARG, "training: no context");
    IDI_REQUIRE_STRUCT(options, idi_training_options);
    if (report) IDI_REQUIRE_STRUCT(report, idi_training_progress);
    IDI_REQUIRE(options->recipe && options->folder, IDI_ERR_ARG,
                "training: recipe and folder are needed");
    listener l = {
        .options = options,
        .last = {.struct_size = sizeof l.last, .loss = (double)NAN, .gradient_norm = (double)NAN}};
    IDI_TRY(idi_ranks_open(context->memory, &l.ranks));
    const idi_status st = train_together(context, &l);
    l.last.is_silent = idi_ranks_rank(l.ranks) > 0 && (st == IDI_OK || idi_ranks_are_over(l.ranks));
    idi_ranks_close(&l.ranks);
    if (report) {
        l.last.struct_size = report->struct_size;
        *report = l.last;
    }
    return st;
}
