/* SPDX-License-Identifier: Apache-2.0 */
/* train/recogniser_trainer.c - the loop of a recogniser's training. */
#include "train/recogniser_trainer.h"
#include "train/checkpoint.h"
#include "train/export.h"
#include "train/faces.h"
#include "train/recogniser_step.h"
#include "train/training_folder.h"
#include "train/training_log.h"
#include "train/validation.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct trainer {
    const idi_trainer_options *options;
    const idi_recipe *recipe;
    idi_memory *memory;
    char *recipe_text, *config_text;
    idi_training_folder folder;
    idi_faces faces;
    idi_loader *loader;
    idi_cropper *cropper;
    idi_recogniser_step step;
    idi_validation *validation; /* NULL: none */
    idi_training_log log;
    float *crops;
    int64_t done, first; /* steps: in all, before this run */
    double began;        /* seconds */
} trainer;

/* Streams of random numbers that share the recipe's seed. */
enum { SEED_AUGMENTATION = 1, SEED_ORDER = 2 };

static uint64_t seed_of(const idi_recipe *recipe, uint64_t purpose)
{
    return (uint64_t)recipe->seed * 8 + purpose;
}

static double now(void)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- before the first step -------------------------------------------------------------------- */

static idi_status require_same_training(const trainer *t, const idi_checkpoint *checkpoint,
                                        const char *path)
{
    idi_recipe before;
    IDI_REQUIRE(checkpoint->recipe, IDI_ERR_STATE, "%s: holds no recipe; use another folder", path);
    idi_status st = idi_recipe_parse(checkpoint->recipe, strlen(checkpoint->recipe), &before);
    if (st == IDI_OK) st = idi_recipe_require_same(&before, t->recipe);
    if (st == IDI_OK) return IDI_OK;
    return idi_fail(IDI_ERR_STATE, "%s: is of another training: %s; use another folder", path,
                    idi_last_error());
}

static idi_status resume(trainer *t)
{
    idi_safetensors *file;
    idi_checkpoint checkpoint;
    IDI_TRY(idi_checkpoint_open(t->memory, t->folder.checkpoint, &file, &checkpoint));
    idi_status st = require_same_training(t, &checkpoint, t->folder.checkpoint);
    if (st == IDI_OK) st = idi_checkpoint_load(file, t->step.store);
    if (st == IDI_OK) t->first = t->done = checkpoint.step;
    idi_safetensors_close(&file);
    return st;
}

static idi_status open_loader(trainer *t)
{
    const idi_recipe *r = t->recipe;
    const int64_t side = r->network.recogniser.input_side;
    const idi_loader_options loader = {.order = IDI_ORDER_BALANCED,
                                       .seed = seed_of(r, SEED_ORDER),
                                       .people = r->batch.people,
                                       .photos = r->batch.photos,
                                       .has_flips = r->has_flips,
                                       .worker_count = (int)r->workers,
                                       .position = t->done};
    const idi_cropper_options cropper = {.size = r->data.size,
                                         .side = side,
                                         .most = t->step.batch,
                                         .worker_count = (int)r->workers,
                                         .augmentation = &r->augmentation,
                                         .seed = seed_of(r, SEED_AUGMENTATION)};
    IDI_TRY(idi_loader_create(t->memory, t->faces.cached, &loader, &t->loader));
    IDI_TRY(idi_cropper_create(t->memory, &cropper, &t->cropper));
    return idi_alloc(t->memory, IDI_TAG_IMAGE,
                     (size_t)(t->step.batch * side * side * 3) * sizeof *t->crops, &t->crops);
}

static idi_status open_trainer(trainer *t)
{
    const idi_recipe *r = t->recipe;
    IDI_REQUIRE(t->options->backend->real == IDI_F32, IDI_ERR_UNSUPPORTED,
                "a training keeps its weights in f32, want precision f32 or tf32, not %s",
                idi_dtype_name(t->options->backend->real));
    IDI_TRY(idi_recipe_check(r));
    IDI_TRY(idi_recipe_format(t->memory, r, &t->recipe_text));
    IDI_TRY(idi_config_format(t->memory, &r->network, &t->config_text));
    IDI_TRY(idi_faces_open(t->memory, r, r->data.people, r->data.photos, &t->faces));
    IDI_TRY(idi_recogniser_step_open(t->options->backend, r,
                                     idi_dataset_identity_count(t->faces.cached), &t->step));
    if (r->validation.every) IDI_TRY(idi_validation_create(r, t->step.store, &t->validation));
    IDI_TRY(idi_training_folder_open(t->options->folder, &t->folder));
    if (t->folder.has_checkpoint) IDI_TRY(resume(t));
    IDI_TRY(open_loader(t));
    return idi_training_log_open(t->memory, t->folder.log, t->done, &t->log);
}

static void close_trainer(trainer *t)
{
    idi_training_log_close(&t->log);
    idi_cropper_destroy(&t->cropper);
    idi_loader_destroy(&t->loader);
    idi_validation_destroy(&t->validation);
    idi_recogniser_step_close(&t->step);
    idi_faces_close(&t->faces);
    idi_training_folder_close(&t->folder);
    idi_free(t->memory, t->crops);
    idi_free(t->memory, t->recipe_text);
    idi_free(t->memory, t->config_text);
}

/* --- steps ------------------------------------------------------------------------------------ */

/* Lines first: a checkpoint whose log lacks lines could not give them back. */
static idi_status save(trainer *t)
{
    const idi_checkpoint checkpoint = {t->done, (uint64_t)t->recipe->seed, t->config_text,
                                       t->recipe_text};
    IDI_TRY(idi_training_log_sync(&t->log));
    return idi_checkpoint_write(t->step.store, &checkpoint, t->folder.checkpoint);
}

static idi_status train_once(trainer *t, idi_step_report *report)
{
    idi_batch batch;
    IDI_TRY(idi_loader_next(t->loader, &batch));
    IDI_TRY(idi_cropper_run(t->cropper, &batch, t->crops));
    IDI_TRY(idi_recogniser_step_run(&t->step, t->done + 1, t->crops, batch.identities, report));
    t->done++;
    return IDI_OK;
}

static bool is_due(const trainer *t, int64_t every)
{
    return t->done % every == 0 || t->done == t->recipe->steps;
}

static idi_status measure(trainer *t, const idi_step_report *report, idi_log_line *line)
{
    const idi_schedule *schedule = &t->step.optimiser.config.groups[0].schedule;
    *line = (idi_log_line){.step = t->done,
                           .loss = report->loss,
                           .gradient_norm = report->gradient_norm,
                           .rate = idi_schedule_rate(schedule, t->done),
                           .margin = idi_recogniser_margin(t->recipe, t->done)};
    if (t->validation && is_due(t, t->recipe->validation.every)) {
        idi_validation_result result;
        IDI_TRY(idi_validation_run(t->validation, &result));
        line->is_validated = true;
        line->tar = result.tar;
        line->eer = result.eer;
    }
    if (!line->is_validated && !is_due(t, t->recipe->log_every)) return IDI_OK;
    return idi_training_log_add(&t->log, line);
}

/* Whether the caller wants a stop. */
static bool tell(const trainer *t, const idi_log_line *line)
{
    const double seconds = now() - t->began;
    const int64_t made = t->done - t->first;
    const double rate = (double)made / (seconds > 0.0 ? seconds : 1e-9);
    const idi_trainer_progress progress = {
        .step = t->done,
        .steps = t->recipe->steps,
        .first_step = t->first,
        .loss = line->loss,
        .gradient_norm = line->gradient_norm,
        .images_per_second = rate * (double)t->step.batch,
        .seconds_left = made > 0 ? (double)(t->recipe->steps - t->done) / rate : 0.0,
        .is_validated = line->is_validated,
        .tar = line->tar,
        .eer = line->eer,
    };
    return t->options->progress && t->options->progress(t->options->user, &progress);
}

static idi_status train_all(trainer *t)
{
    const int64_t steps = t->recipe->steps;
    idi_log_line line = {.loss = (double)NAN, .gradient_norm = (double)NAN};
    t->began = now();
    bool wants_stop = tell(t, &line);
    if (wants_stop) IDI_TRY(save(t));
    while (t->done < steps && !wants_stop) {
        idi_step_report report;
        IDI_TRY(train_once(t, &report));
        IDI_TRY(measure(t, &report, &line));
        wants_stop = tell(t, &line);
        if (wants_stop || is_due(t, t->recipe->checkpoint_every)) IDI_TRY(save(t));
    }
    IDI_REQUIRE(t->done == steps, IDI_ERR_CANCELLED,
                "stopped after step %lld of %lld; %s goes on from there", (long long)t->done,
                (long long)steps, t->folder.checkpoint);
    return IDI_OK;
}

/* --- after the last --------------------------------------------------------------------------- */

static void describe_data(const idi_recipe *r, char *text, size_t bytes)
{
    if (r->model.training_data[0])
        (void)snprintf(text, bytes, "%s", r->model.training_data);
    else if (r->data.source == IDI_DATA_PORTRAITS)
        (void)snprintf(
            text, bytes, "procedural portraits of idinject, people %lld to %lld, %lld photos each",
            (long long)r->data.people[0], (long long)r->data.people[1], (long long)r->data.photos);
    else
        (void)snprintf(text, bytes, "%s",
                       r->data.source == IDI_DATA_CELEBAMASK ? "CelebAMask-HQ" : r->data.images);
}

static idi_status write_curve(trainer *t)
{
    idi_log_line *lines;
    int64_t count;
    IDI_TRY(idi_training_log_read(t->memory, t->folder.log, &lines, &count));
    const idi_status st = idi_loss_curve_write(t->memory, lines, count, t->folder.curve);
    idi_free(t->memory, lines);
    return st;
}

static idi_status finish(trainer *t)
{
    char training_data[IDI_RECIPE_TEXT_BYTES];
    const idi_export options = {.storage = t->recipe->model.storage == 0 ? IDI_F16 : IDI_F32,
                                .licence = t->recipe->model.licence,
                                .training_data = training_data};
    describe_data(t->recipe, training_data, sizeof training_data);
    IDI_TRY(write_curve(t));
    return idi_checkpoint_export(t->memory, t->folder.checkpoint, &options, t->folder.model);
}

static idi_status run(const idi_trainer_options *options)
{
    trainer t = {.options = options,
                 .recipe = options->recipe,
                 .memory = options->backend->memory,
                 .folder = {.lock = -1}};
    idi_status st = open_trainer(&t);
    if (st == IDI_OK) st = train_all(&t);
    if (st == IDI_OK) st = finish(&t);
    close_trainer(&t);
    return st;
}

/* Numbers in the log have a point, whatever the program's locale writes. */
idi_status idi_recogniser_train(const idi_trainer_options *options)
{
    const locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    const locale_t before = plain ? uselocale(plain) : (locale_t)0;
    const idi_status st = run(options);
    if (plain) {
        (void)uselocale(before);
        freelocale(plain);
    }
    return st;
}
