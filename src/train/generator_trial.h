/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_trial.h - what a generator in training does for people whom it does not train on:
 * images with their own identity and with somebody else's, as numbers and as pictures. */
#ifndef IDI_TRAIN_GENERATOR_TRIAL_H
#define IDI_TRAIN_GENERATOR_TRIAL_H

#include "train/recipe.h"
#include "train/store.h"
#include "train/teacher.h"

typedef struct idi_generator_trial idi_generator_trial;

/* Mean cosines, by the recogniser of the training, which has learnt to please it: a sign of
 * progress, no evidence. Always of another photograph than those that the image was made from. */
typedef struct idi_generator_result {
    double own;      /* own identity: to the person */
    double injected; /* somebody else's: to that somebody else */
} idi_generator_result;

/* Of the recipe's people for validation, the first with the middle one, and so on; on the store's
 * moving averages where it has them. All three must outlive it. */
IDI_NODISCARD idi_status idi_generator_trial_create(const idi_recipe *recipe,
                                                    const idi_teacher *teacher,
                                                    const idi_store *store,
                                                    idi_generator_trial **trial_out);
void idi_generator_trial_destroy(idi_generator_trial **trial);

/* With the tensors as they are now. NaN without a recogniser. */
IDI_NODISCARD idi_status idi_generator_trial_run(idi_generator_trial *trial,
                                                 idi_generator_result *result_out);

/* A sheet of the first people, a row each: a photograph, its label map, the image with the own
 * identity, somebody else's photograph, the image with that identity. */
IDI_NODISCARD idi_status idi_generator_trial_show(idi_generator_trial *trial, const char *path);

#endif
