/* SPDX-License-Identifier: Apache-2.0 */
/* train/training_folder.h - where a training keeps its files: one training a folder, at one time.
 */
#ifndef IDI_TRAIN_TRAINING_FOLDER_H
#define IDI_TRAIN_TRAINING_FOLDER_H

#include "core/memory.h"

#include <stdbool.h>

enum { IDI_TRAINING_PATH_BYTES = 1024, IDI_SAMPLE_PATH_BYTES = IDI_TRAINING_PATH_BYTES + 32 };

typedef struct idi_training_folder {
    char checkpoint[IDI_TRAINING_PATH_BYTES]; /* checkpoint.safetensors */
    char model[IDI_TRAINING_PATH_BYTES];      /* model.safetensors */
    char log[IDI_TRAINING_PATH_BYTES];        /* log.csv */
    char curve[IDI_TRAINING_PATH_BYTES];      /* loss.svg */
    char sample[IDI_TRAINING_PATH_BYTES];     /* how sample_001000.png begins */
    int lock;                                 /* of training.lock; -1: none */
    bool has_checkpoint;
} idi_training_folder;

/* Makes the folder if it is missing, locks it against other processes, and removes what a killed
 * training left half-written. Errors: ARG (too long a path), IO, STATE (another training is at
 * work). */
IDI_NODISCARD idi_status idi_training_folder_open(const char *path,
                                                  idi_training_folder *folder_out);
/* Where the pictures of a step go. */
void idi_training_folder_sample(const idi_training_folder *folder, int64_t step,
                                char path_out[IDI_SAMPLE_PATH_BYTES]);
void idi_training_folder_close(idi_training_folder *folder);

#endif
