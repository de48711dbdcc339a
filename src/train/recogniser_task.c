/* SPDX-License-Identifier: Apache-2.0 */
/* train/recogniser_task.c - the training of a recogniser: crops of balanced batches of people, some
 * of them attacks. */
#include "train/attacks.h"
#include "train/faces.h"
#include "train/recogniser_step.h"
#include "train/seeds.h"
#include "train/task.h"
#include "train/validation.h"

enum { RATE = IDI_COLUMN_OWN, MARGIN, TAR, EER, COLUMN_COUNT };

static const idi_log_column columns[COLUMN_COUNT] = {
    [IDI_COLUMN_LOSS] = {"loss", IDI_AXIS_LOSS, "loss"},
    [IDI_COLUMN_GRADIENT_NORM] = {"gradient_norm", IDI_AXIS_NONE, NULL},
    [RATE] = {"rate", IDI_AXIS_NONE, NULL},
    [MARGIN] = {"margin", IDI_AXIS_NONE, NULL},
    [TAR] = {"tar_at_far_0.01", IDI_AXIS_SHARE, "TAR at FAR 0.01"},
    [EER] = {"eer", IDI_AXIS_NONE, NULL},
};

typedef struct recogniser_task {
    idi_task base;
    idi_faces faces;
    idi_loader *loader;
    idi_attacks attacks;
    idi_cropper *cropper;
    idi_recogniser_step step;
    idi_validation *validation; /* NULL: none */
    float *crops;
} recogniser_task;

static recogniser_task *own(idi_task *task)
{
    return (recogniser_task *)task;
}

static void close_task(idi_task **task)
{
    if (!*task) return;
    recogniser_task *t = own(*task);
    idi_memory *memory = t->base.memory;
    idi_cropper_destroy(&t->cropper);
    idi_loader_destroy(&t->loader);
    idi_attacks_close(&t->attacks);
    idi_validation_destroy(&t->validation);
    idi_recogniser_step_close(&t->step);
    idi_faces_close(&t->faces);
    idi_free(memory, t->crops);
    idi_free(memory, t);
    *task = NULL;
}

static idi_status build(recogniser_task *t, idi_backend *backend)
{
    const idi_recipe *r = t->base.recipe;
    IDI_TRY(idi_faces_open(t->base.memory, r, r->data.people, r->data.photos, &t->faces));
    IDI_TRY(idi_recogniser_step_open(backend, r, t->base.ranks,
                                     idi_dataset_identity_count(t->faces.cached), &t->step));
    IDI_TRY(idi_attacks_open(backend, r, t->base.ranks, &t->base.files, &t->attacks));
    t->base.store = t->step.store;
    t->base.batch = r->batch.people * r->batch.photos;
    if (!r->validation.every || idi_ranks_rank(t->base.ranks) > 0) return IDI_OK;
    return idi_validation_create(r, t->step.store, &t->validation);
}

static idi_status open_task(const idi_recipe *recipe, idi_backend *backend, idi_ranks *ranks,
                            idi_task **task_out)
{
    recogniser_task *t;
    *task_out = NULL;
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, 1, sizeof *t, &t));
    t->base.recipe = recipe;
    t->base.memory = backend->memory;
    t->base.ranks = ranks;
    *task_out = &t->base;
    const idi_status st = build(t, backend);
    if (st != IDI_OK) close_task(task_out);
    return st;
}

static idi_status begin(idi_task *task, int64_t done)
{
    recogniser_task *t = own(task);
    const idi_recipe *r = task->recipe;
    const int64_t side = r->network.recogniser.input_side;
    const int rank = idi_ranks_rank(task->ranks);
    const int ranks = idi_ranks_count(task->ranks);
    const idi_loader_options loader = {.order = IDI_ORDER_BALANCED,
                                       .seed = idi_seed_of(r, IDI_SEED_ORDER),
                                       .people = r->batch.people / ranks,
                                       .photos = r->batch.photos,
                                       .has_flips = r->has_flips,
                                       .worker_count = (int)r->workers,
                                       .position = done,
                                       .rank = rank,
                                       .ranks = ranks};
    const idi_cropper_options cropper = {.size = r->data.size,
                                         .side = side,
                                         .most = t->step.batch,
                                         .rank = rank,
                                         .ranks = ranks,
                                         .worker_count = (int)r->workers,
                                         .augmentation = &r->augmentation,
                                         .seed = idi_seed_of(r, IDI_SEED_AUGMENTATION)};
    IDI_TRY(idi_loader_create(task->memory, t->faces.cached, &loader, &t->loader));
    IDI_TRY(idi_cropper_create(task->memory, &cropper, &t->cropper));
    return idi_alloc(task->memory, IDI_TAG_IMAGE,
                     (size_t)(t->step.batch * side * side * 3) * sizeof *t->crops, &t->crops);
}

static idi_status read_batch(recogniser_task *t, idi_batch *batch)
{
    IDI_TRY(idi_loader_next(t->loader, batch));
    IDI_TRY(idi_attacks_run(&t->attacks, batch));
    return idi_cropper_run(t->cropper, batch, t->crops);
}

static idi_status step(idi_task *task, int64_t number, double *values)
{
    recogniser_task *t = own(task);
    const idi_schedule *schedule = &t->step.optimiser.config.groups[0].schedule;
    idi_batch batch;
    idi_step_report report;
    IDI_TRY(idi_ranks_agree(task->ranks, read_batch(t, &batch)));
    IDI_TRY(idi_recogniser_step_run(&t->step, number, t->crops, batch.identities, &report));
    values[IDI_COLUMN_LOSS] = report.loss;
    values[IDI_COLUMN_GRADIENT_NORM] = report.gradient_norm;
    values[RATE] = idi_schedule_rate(schedule, number);
    values[MARGIN] = idi_recogniser_margin(task->recipe, number);
    return IDI_OK;
}

static idi_status validate(idi_task *task, double *values)
{
    idi_validation_result result;
    IDI_TRY(idi_validation_run(own(task)->validation, &result));
    values[TAR] = result.tar;
    values[EER] = result.eer;
    return IDI_OK;
}

const idi_task_kind idi_recogniser_task = {.layout = {columns, COLUMN_COUNT},
                                           .open = open_task,
                                           .close = close_task,
                                           .begin = begin,
                                           .step = step,
                                           .validate = validate};
