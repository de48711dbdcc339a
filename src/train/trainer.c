/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.c - the loop of every training. */
#include "train/trainer.h"
#include "train/checkpoint.h"
#include "train/statistics.h"
#include "train/task.h"
#include "train/training_folder.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct trainer {
    const idi_trainer_options *options;
    idi_ranks *ranks;
    idi_recipe shared; /* the recipe, divided among the ranks */
    const idi_recipe *recipe;
    const idi_task_kind *kind;
    idi_memory *memory;
    char *recipe_text, *config_text;
    char files_text[IDI_FIXED_FILES_BYTES];
    idi_training_folder folder;
    idi_task *task;
    idi_training_log log;
    int64_t done, first; /* steps: in all, before this run */
    double began;        /* seconds */
} trainer;

static double now(void)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The one that writes and measures. */
static bool is_first(const trainer *t)
{
    return idi_ranks_rank(t->ranks) == 0;
}

/* --- before the first step -------------------------------------------------------------------- */

static idi_status require_same_training(const trainer *t, const idi_checkpoint *checkpoint,
                                        const char *path)
{
    idi_recipe before;
    IDI_REQUIRE(checkpoint->recipe, IDI_ERR_STATE, "%s: holds no recipe; use another folder", path);
    idi_status st = idi_recipe_parse(checkpoint->recipe, strlen(checkpoint->recipe), &before);
    if (st == IDI_OK) st = idi_recipe_require_same(&before, t->recipe);
    if (st == IDI_OK) st = idi_fixed_files_require(&t->task->files, checkpoint->files);
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
    if (st == IDI_OK) st = idi_checkpoint_load(file, t->task->store);
    if (st == IDI_OK) t->first = t->done = checkpoint.step;
    idi_safetensors_close(&file);
    return st;
}

static idi_status check_backend(const trainer *t)
{
    const idi_backend *backend = t->options->backend;
    IDI_REQUIRE(backend->real == IDI_F32 || backend->real == IDI_BF16, IDI_ERR_UNSUPPORTED,
                "a training's gradients are beyond %s, want precision f32, tf32 or bf16",
                idi_dtype_name(backend->real));
    IDI_REQUIRE(!backend->is_for_inference, IDI_ERR_UNSUPPORTED,
                "%s is for inference, a training on the CPU wants precision f32", backend->name);
    IDI_REQUIRE(!backend->is_remote || idi_ranks_count(t->ranks) == 1, IDI_ERR_UNSUPPORTED,
                "%d processes cannot share a training on GPUs yet, want device cpu",
                idi_ranks_count(t->ranks));
    return IDI_OK;
}

static idi_status open_task(trainer *t)
{
    const idi_recipe *r = t->recipe;
    IDI_TRY(check_backend(t));
    IDI_TRY(idi_recipe_check(t->options->recipe));
    IDI_TRY(idi_recipe_divide(&t->shared, idi_ranks_count(t->ranks)));
    IDI_TRY(idi_recipe_check(r));
    IDI_TRY(idi_recipe_format(t->memory, r, &t->recipe_text));
    IDI_TRY(idi_config_format(t->memory, &r->network, &t->config_text));
    IDI_TRY(t->kind->open(r, t->options->backend, t->ranks, &t->task));
    idi_fixed_files_format(&t->task->files, t->files_text);
    return IDI_OK;
}

static idi_status open_folder(trainer *t)
{
    if (!is_first(t)) return IDI_OK;
    IDI_TRY(idi_training_folder_open(t->options->folder, &t->folder));
    return t->folder.has_checkpoint ? resume(t) : IDI_OK;
}

/* What is in no checkpoint, the first rank cannot tell the others. */
static idi_status require_first_ranks_files(trainer *t)
{
    char files[IDI_FIXED_FILES_BYTES];
    memcpy(files, t->files_text, sizeof files);
    IDI_TRY(idi_ranks_broadcast(t->ranks, files, sizeof files));
    return idi_ranks_agree(t->ranks, idi_fixed_files_require(&t->task->files, files));
}

/* Where the first rank begins, and with what. */
static idi_status share_beginning(trainer *t)
{
    IDI_TRY(require_first_ranks_files(t));
    IDI_TRY(idi_ranks_broadcast(t->ranks, &t->done, sizeof t->done));
    t->first = t->done;
    return idi_store_broadcast(t->task->store, t->ranks);
}

static idi_status begin(trainer *t)
{
    IDI_TRY(t->kind->begin(t->task, t->done));
    if (!is_first(t)) return IDI_OK;
    return idi_training_log_open(t->memory, t->folder.log, &t->kind->layout, t->done, &t->log);
}

static idi_status open_trainer(trainer *t)
{
    IDI_TRY(idi_ranks_agree(t->ranks, open_task(t)));
    IDI_TRY(idi_ranks_agree(t->ranks, open_folder(t)));
    IDI_TRY(share_beginning(t));
    return idi_ranks_agree(t->ranks, begin(t));
}

static void close_trainer(trainer *t)
{
    idi_training_log_close(&t->log);
    t->kind->close(&t->task);
    idi_training_folder_close(&t->folder);
    idi_free(t->memory, t->recipe_text);
    idi_free(t->memory, t->config_text);
}

/* --- steps ------------------------------------------------------------------------------------ */

/* Lines first: a checkpoint whose log lacks lines could not give them back. */
static idi_status write_checkpoint(trainer *t)
{
    const idi_checkpoint checkpoint = {t->done, (uint64_t)t->recipe->seed, t->config_text,
                                       t->recipe_text, t->files_text};
    IDI_TRY(idi_training_log_sync(&t->log));
    return idi_checkpoint_write(t->task->store, &checkpoint, t->folder.checkpoint);
}

static idi_status save(trainer *t)
{
    return idi_ranks_agree(t->ranks, is_first(t) ? write_checkpoint(t) : IDI_OK);
}

static bool is_due(const trainer *t, int64_t every)
{
    return every > 0 && (t->done % every == 0 || t->done == t->recipe->steps);
}

static idi_status show(trainer *t)
{
    char path[IDI_SAMPLE_PATH_BYTES];
    if (!t->kind->show || !is_due(t, t->recipe->samples.every)) return IDI_OK;
    idi_training_folder_sample(&t->folder, t->done, path);
    return t->kind->show(t->task, path);
}

/* What the first rank does with a step that was made. */
static idi_status note(trainer *t, idi_log_line *line)
{
    const bool is_measured = is_due(t, t->recipe->validation.every);
    if (is_measured) IDI_TRY(t->kind->validate(t->task, line->values));
    IDI_TRY(show(t));
    if (!is_measured && !is_due(t, t->recipe->log_every)) return IDI_OK;
    return idi_training_log_add(&t->log, line);
}

static idi_status train_once(trainer *t, idi_log_line *line)
{
    *line = idi_log_line_empty(t->done + 1);
    IDI_TRY(t->kind->step(t->task, t->done + 1, line->values));
    t->done++;
    return idi_ranks_agree(t->ranks, is_first(t) ? note(t, line) : IDI_OK);
}

/* Whether this rank's caller wants a stop. */
static bool tell(const trainer *t, const idi_log_line *line)
{
    const double seconds = now() - t->began;
    const int64_t made = t->done - t->first;
    const double rate = (double)made / (seconds > 0.0 ? seconds : 1e-9);
    const idi_trainer_progress progress = {
        .step = t->done,
        .steps = t->recipe->steps,
        .first_step = t->first,
        .images_per_second = rate * (double)t->task->batch,
        .seconds_left = made > 0 ? (double)(t->recipe->steps - t->done) / rate : 0.0,
        .layout = &t->kind->layout,
        .line = line,
    };
    return t->options->progress && t->options->progress(t->options->user, &progress);
}

static idi_status train_all(trainer *t)
{
    const int64_t steps = t->recipe->steps;
    idi_log_line line = idi_log_line_empty(t->done);
    t->began = now();
    bool wants_stop;
    IDI_TRY(idi_ranks_any(t->ranks, tell(t, &line), &wants_stop));
    if (wants_stop) IDI_TRY(save(t));
    while (t->done < steps && !wants_stop) {
        IDI_TRY(train_once(t, &line));
        IDI_TRY(idi_ranks_any(t->ranks, tell(t, &line), &wants_stop));
        if (wants_stop || is_due(t, t->recipe->checkpoint_every)) IDI_TRY(save(t));
    }
    if (t->done < steps) idi_ranks_finish(t->ranks);
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
    IDI_TRY(idi_training_log_read(t->memory, t->folder.log, &t->kind->layout, &lines, &count));
    const idi_status st =
        idi_loss_curve_write(t->memory, &t->kind->layout, lines, count, t->folder.curve);
    idi_free(t->memory, lines);
    return st;
}

static idi_status write_model(trainer *t)
{
    char training_data[IDI_RECIPE_TEXT_BYTES];
    idi_export options = {.storage = t->recipe->model.storage == 0 ? IDI_F16 : IDI_F32,
                          .licence = t->recipe->model.licence,
                          .training_data = training_data};
    describe_data(t->recipe, training_data, sizeof training_data);
    if (t->kind->describe) t->kind->describe(t->task, &options);
    IDI_TRY(write_curve(t));
    return idi_checkpoint_export(t->memory, t->folder.checkpoint, &options, t->folder.model);
}

static idi_status finish(trainer *t)
{
    IDI_TRY(idi_ranks_agree(t->ranks, is_first(t) ? write_model(t) : IDI_OK));
    idi_ranks_finish(t->ranks);
    return IDI_OK;
}

static idi_status run(const idi_trainer_options *options)
{
    const bool is_generator = idi_arch_is_generator(options->recipe->network.arch);
    trainer t = {.options = options,
                 .ranks = options->ranks,
                 .shared = *options->recipe,
                 .kind = is_generator ? &idi_generator_task : &idi_recogniser_task,
                 .memory = options->backend->memory,
                 .folder = {.lock = -1}};
    t.recipe = &t.shared;
    idi_status st = open_trainer(&t);
    if (st == IDI_OK) st = train_all(&t);
    if (st == IDI_OK) st = finish(&t);
    close_trainer(&t);
    return st;
}

/* Numbers in the log have a point, whatever the program's locale writes. */
idi_status idi_trainer_run(const idi_trainer_options *options)
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
