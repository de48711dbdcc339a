/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_task.c - the training of a generator: faces with label maps, one of each person
 * of a batch. */
#include "train/faces.h"
#include "train/generator_step.h"
#include "train/generator_trial.h"
#include "train/seeds.h"
#include "train/task.h"

#include <string.h>

enum {
    RATE = IDI_COLUMN_OWN,
    TERMS,
    OWN_SIMILARITY = TERMS + IDI_TERM_COUNT,
    INJECTED_SIMILARITY,
    COLUMN_COUNT
};

static const idi_log_column columns[COLUMN_COUNT] = {
    [IDI_COLUMN_LOSS] = {"loss", IDI_AXIS_LOSS, "loss"},
    [IDI_COLUMN_GRADIENT_NORM] = {"gradient_norm", IDI_AXIS_NONE, NULL},
    [RATE] = {"rate", IDI_AXIS_NONE, NULL},
    [TERMS + IDI_TERM_PIXEL] = {"pixel", IDI_AXIS_LOSS, NULL},
    [TERMS + IDI_TERM_PIXEL_SWAPPED] = {"pixel_swapped", IDI_AXIS_LOSS, "pixel, swapped"},
    [TERMS + IDI_TERM_PERCEPTUAL] = {"perceptual", IDI_AXIS_LOSS, NULL},
    [TERMS + IDI_TERM_VGG] = {"vgg", IDI_AXIS_LOSS, NULL},
    [TERMS + IDI_TERM_IDENTITY] = {"identity", IDI_AXIS_LOSS, NULL},
    [TERMS + IDI_TERM_IDENTITY_SWAPPED] = {"identity_swapped", IDI_AXIS_LOSS, "identity, swapped"},
    [TERMS + IDI_TERM_CYCLE] = {"cycle", IDI_AXIS_LOSS, NULL},
    [TERMS + IDI_TERM_ATTENTION] = {"attention", IDI_AXIS_LOSS, NULL},
    [TERMS + IDI_TERM_ADVERSARIAL] = {"adversarial", IDI_AXIS_NONE, NULL},
    [TERMS + IDI_TERM_FEATURE_MATCHING] = {"feature_matching", IDI_AXIS_LOSS, "feature matching"},
    [TERMS + IDI_TERM_DISCRIMINATOR] = {"discriminator", IDI_AXIS_LOSS, NULL},
    [OWN_SIMILARITY] = {"own_similarity", IDI_AXIS_SHARE, "own similarity"},
    [INJECTED_SIMILARITY] = {"injected_similarity", IDI_AXIS_SHARE, "injected similarity"},
};

typedef struct generator_task {
    idi_task base;
    idi_faces faces;
    idi_loader *loader;
    idi_generator_step step;
    idi_generator_trial *trial; /* NULL: nothing to measure or to show */
} generator_task;

static generator_task *own(idi_task *task)
{
    return (generator_task *)task;
}

static void close_task(idi_task **task)
{
    if (!*task) return;
    generator_task *t = own(*task);
    idi_memory *memory = t->base.memory;
    idi_loader_destroy(&t->loader);
    idi_generator_trial_destroy(&t->trial);
    idi_generator_step_close(&t->step);
    idi_faces_close(&t->faces);
    idi_free(memory, t);
    *task = NULL;
}

static idi_status build(generator_task *t, idi_backend *backend)
{
    const idi_recipe *r = t->base.recipe;
    IDI_TRY(idi_faces_open(t->base.memory, r, r->data.people, r->data.photos, &t->faces));
    IDI_TRY(idi_generator_step_open(backend, r, t->base.ranks, &t->step));
    t->base.store = t->step.store;
    t->base.batch = r->batch.people;
    if (t->step.vgg.store) idi_fixed_files_add(&t->base.files, "vgg", t->step.vgg.fingerprint);
    if (!r->validation.every && !r->samples.every) return IDI_OK;
    if (idi_ranks_rank(t->base.ranks) > 0) return IDI_OK;
    return idi_generator_trial_create(r, &t->step.teacher, t->step.store, &t->trial);
}

static idi_status open_task(const idi_recipe *recipe, idi_backend *backend, idi_ranks *ranks,
                            idi_task **task_out)
{
    generator_task *t;
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

/* Nobody is twice in a batch: who gets the next one's identity gets somebody else's. */
static idi_status begin(idi_task *task, int64_t done)
{
    generator_task *t = own(task);
    const idi_recipe *r = task->recipe;
    const idi_loader_options loader = {.order = IDI_ORDER_BALANCED,
                                       .seed = idi_seed_of(r, IDI_SEED_ORDER),
                                       .people = t->step.batch,
                                       .photos = 1,
                                       .has_flips = r->has_flips,
                                       .worker_count = (int)r->workers,
                                       .position = done,
                                       .rank = idi_ranks_rank(task->ranks),
                                       .ranks = idi_ranks_count(task->ranks)};
    return idi_loader_create(task->memory, t->faces.cached, &loader, &t->loader);
}

static idi_status step(idi_task *task, int64_t number, double *values)
{
    generator_task *t = own(task);
    const idi_schedule *schedule = &t->step.optimiser.config.groups[0].schedule;
    idi_batch batch;
    idi_step_report report;
    IDI_TRY(idi_ranks_agree(task->ranks, idi_loader_next(t->loader, &batch)));
    IDI_TRY(idi_generator_step_run(&t->step, number, &batch, &report, &values[TERMS]));
    values[IDI_COLUMN_LOSS] = report.loss;
    values[IDI_COLUMN_GRADIENT_NORM] = report.gradient_norm;
    values[RATE] = idi_schedule_rate(schedule, number);
    return IDI_OK;
}

static idi_status validate(idi_task *task, double *values)
{
    idi_generator_result result;
    IDI_TRY(idi_generator_trial_run(own(task)->trial, &result));
    values[OWN_SIMILARITY] = result.own;
    values[INJECTED_SIMILARITY] = result.injected;
    return IDI_OK;
}

static idi_status show(idi_task *task, const char *path)
{
    return idi_generator_trial_show(own(task)->trial, path);
}

/* The recogniser's file by its name alone: it is looked for beside the generator's. */
static void describe(const idi_task *task, idi_export *notes)
{
    const char *path = task->recipe->recogniser;
    const char *slash = strrchr(path, '/');
    if (task->recipe->network.generator.identity_dim == 0) return;
    notes->recogniser = slash ? slash + 1 : path;
    notes->recogniser_fingerprint = ((const generator_task *)task)->step.teacher.fingerprint;
}

const idi_task_kind idi_generator_task = {.layout = {columns, COLUMN_COUNT},
                                          .open = open_task,
                                          .close = close_task,
                                          .begin = begin,
                                          .step = step,
                                          .validate = validate,
                                          .show = show,
                                          .describe = describe};
