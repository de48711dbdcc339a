/* SPDX-License-Identifier: Apache-2.0 */
/* train/faces.h - the faces of a recipe: its data sets, and batches of them as the network's input,
 * made by worker threads. */
#ifndef IDI_TRAIN_FACES_H
#define IDI_TRAIN_FACES_H

#include "core/workers.h"
#include "data/loader.h"
#include "train/face_crop.h"
#include "train/recipe.h"

/* A data set whose faces stay in memory once they were read. */
typedef struct idi_faces {
    idi_dataset *source, *cached;
} idi_faces;

/* people: first and last; photos: of each, where the source can choose. */
IDI_NODISCARD idi_status idi_faces_open(idi_memory *memory, const idi_recipe *recipe,
                                        const int64_t people[2], int64_t photos,
                                        idi_faces *faces_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_faces_close(idi_faces *faces);

typedef struct idi_cropper idi_cropper;

typedef struct idi_cropper_options {
    int64_t size, side, most; /* of faces, of crops; faces a batch and rank */
    int worker_count;
    const idi_augmentation *augmentation; /* NULL: none. Must outlive the cropper */
    uint64_t seed;
    int rank, ranks; /* as the loader's: each face of a training has a number of its own. 0: 1 */
} idi_cropper_options;

IDI_NODISCARD idi_status idi_cropper_create(idi_memory *memory, const idi_cropper_options *options,
                                            idi_cropper **cropper_out);
void idi_cropper_destroy(idi_cropper **cropper);

/* A batch's faces to crops [count, side, side, 3] in -1..1. */
IDI_NODISCARD idi_status idi_cropper_run(idi_cropper *cropper, const idi_batch *batch,
                                         float *crops_out);

#endif
