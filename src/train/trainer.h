/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.h - a recipe to a trained network in a folder:
 *
 *   checkpoint.safetensors  between steps, every checkpoint_every of them and at a stop
 *   log.csv, loss.svg       the numbers, and their curves at the end
 *   sample_<step>.png       a generator's pictures, every samples.every of them
 *   model.safetensors       the network, at the end
 *
 * A folder that has a checkpoint of the same recipe goes on from there. On the CPU what comes of it
 * is then the same to the bit, all of these files.
 *
 * Several ranks train one network: each steps on its parts of the batch (idi_recipe_divide), and
 * all have the same weights to the bit. The first one alone has the folder, measures and writes;
 * what the others need of the checkpoint it tells them. The end of one is the end of all. */
#ifndef IDI_TRAIN_TRAINER_H
#define IDI_TRAIN_TRAINER_H

#include "core/ranks.h"
#include "graph/backend.h"
#include "train/recipe.h"
#include "train/training_log.h"

typedef struct idi_trainer_progress {
    int64_t step, steps, first_step;        /* done; of all; the last one of an earlier run */
    double images_per_second, seconds_left; /* of this run so far */
    const idi_log_layout *layout;           /* what there is to measure */
    const idi_log_line *line;               /* of this step; NaN where nothing was measured */
} idi_trainer_progress;

typedef struct idi_trainer_options {
    const idi_recipe *recipe;
    const char *folder;
    idi_backend *backend; /* f32 */
    idi_ranks *ranks;     /* NULL: this process alone */
    /* Before the first step, with a line of NaNs, and after each. True: no further one, on any
     * rank; a checkpoint is written. May be NULL. */
    bool (*progress)(void *user, const idi_trainer_progress *progress);
    void *user;
} idi_trainer_options;

/* On every rank, which all return the same unless a failure came from between two of them (then the
 * ranks are not over). Errors: CANCELLED (progress wanted a stop; the checkpoint is there), STATE
 * (the folder holds a training of another recipe, or one at work), NUMERIC (a loss that is not
 * finite; the last checkpoint remains), UNSUPPORTED (a backend of 16 bits; several ranks on a GPU),
 * IO, NOMEM, and the recipe's. */
IDI_NODISCARD idi_status idi_trainer_run(const idi_trainer_options *options);

#endif
