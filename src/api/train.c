/* SPDX-License-Identifier: Apache-2.0 */
/* api/train.c - trainings: a recipe's file and a folder to the trainer. */
#include "idinject/train.h"
#include "api/objects.h"
#include "train/recogniser_trainer.h"

#include <math.h>

void idi_training_options_init(idi_training_options *options)
{
    if (!options) return;
    *options = (idi_training_options){.struct_size = sizeof *options};
}

/* What the trainer's callback needs. */
typedef struct listener {
    const idi_training_options *options;
    idi_training_progress last;
} listener;

static bool on_progress(void *user, const idi_trainer_progress *progress)
{
    listener *l = user;
    l->last = (idi_training_progress){
        .struct_size = sizeof l->last,
        .step = progress->step,
        .steps = progress->steps,
        .first_step = progress->first_step,
        .loss = progress->loss,
        .gradient_norm = progress->gradient_norm,
        .images_per_second = progress->images_per_second,
        .seconds_left = progress->seconds_left,
        .is_validated = progress->is_validated,
        .tar = progress->tar,
        .eer = progress->eer,
    };
    return l->options->progress && l->options->progress(l->options->user, &l->last) != 0;
}

static idi_status train(const idi_context *context, const idi_recipe *recipe, listener *l)
{
    idi_backend *backend;
    IDI_TRY(idi_device_backend_open(context->device, context->precision, &backend));
    const idi_trainer_options options = {.recipe = recipe,
                                         .folder = l->options->folder,
                                         .backend = backend,
                                         .progress = on_progress,
                                         .user = l};
    const idi_status st = idi_recogniser_train(&options);
    idi_device_backend_close(context->device, &backend);
    return st;
}

idi_status idi_train_recogniser(idi_context *context, const idi_training_options *options,
                                idi_training_progress *report)
{
    IDI_REQUIRE(context, IDI_ERR_ARG, "training: no context");
    IDI_REQUIRE_STRUCT(options, idi_training_options);
    if (report) IDI_REQUIRE_STRUCT(report, idi_training_progress);
    IDI_REQUIRE(options->recipe && options->folder, IDI_ERR_ARG,
                "training: recipe and folder are needed");
    idi_recipe recipe;
    listener l = {.options = options};
    IDI_TRY(idi_recipe_read(context->memory, options->recipe, &recipe));
    l.last = (idi_training_progress){.struct_size = sizeof l.last,
                                     .steps = recipe.steps,
                                     .loss = (double)NAN,
                                     .gradient_norm = (double)NAN};
    const idi_status st = train(context, &recipe, &l);
    if (report) {
        l.last.struct_size = report->struct_size;
        *report = l.last;
    }
    return st;
}
