/* SPDX-License-Identifier: Apache-2.0 */
/* train/task.h - what is trained, to the loop that trains it (train/trainer.h): a network with its
 * losses, its faces, what is measured on the way. Each kind has one table of functions, and a
 * struct of its own that begins with idi_task. */
#ifndef IDI_TRAIN_TASK_H
#define IDI_TRAIN_TASK_H

#include "core/ranks.h"
#include "train/export.h"
#include "train/fixed_files.h"
#include "train/recipe.h"
#include "train/store.h"
#include "train/training_log.h"

/* The first columns of every layout. */
enum { IDI_COLUMN_LOSS, IDI_COLUMN_GRADIENT_NORM, IDI_COLUMN_OWN };

typedef struct idi_task {
    const idi_recipe *recipe;
    idi_memory *memory;
    idi_ranks *ranks; /* NULL: this process alone */
    idi_store *store; /* all that is between two steps */
    int64_t batch;    /* images a step, of all ranks */
    idi_fixed_files files;
} idi_task;

typedef struct idi_task_kind {
    idi_log_layout layout;
    /* Graphs, sessions, the store with its first values; the recipe is checked and divided among
     * the ranks; all three outlive the task. */
    idi_status (*open)(const idi_recipe *recipe, idi_backend *backend, idi_ranks *ranks,
                       idi_task **task_out);
    /* NULL-safe; nulls the pointer. */
    void (*close)(idi_task **task);
    /* After a checkpoint was loaded or not: step `done` + 1 is the next. */
    idi_status (*begin)(idi_task *task, int64_t done);
    /* One step, counted from 1, on all ranks. Fills what a step gives of `values`. What can go
     * wrong on one rank alone is agreed upon before the ranks meet within the step. */
    idi_status (*step)(idi_task *task, int64_t number, double *values);
    /* What follows is the first rank's alone.
     * After a step: what is measured on people who are not trained on. */
    idi_status (*validate)(idi_task *task, double *values);
    /* Pictures of what the network does now, to a file; NULL: none. */
    idi_status (*show)(idi_task *task, const char *path);
    /* Notes for the model's file besides what the recipe says; NULL: none. */
    void (*describe)(const idi_task *task, idi_export *notes);
} idi_task_kind;

extern const idi_task_kind idi_recogniser_task;
extern const idi_task_kind idi_generator_task;

#endif
