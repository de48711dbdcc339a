/* SPDX-License-Identifier: Apache-2.0 */
/* train/teacher.h - a recogniser that a generator is trained with: frozen, read from its model
 * file, and among the training's tensors, so that a checkpoint needs no other file to be the same
 * training. */
#ifndef IDI_TRAIN_TEACHER_H
#define IDI_TRAIN_TEACHER_H

#include "model/weights.h"
#include "train/store.h"

/* The scope of the parameters of the one whose embeddings are the identities. */
#define IDI_TEACHER IDI_STORE_TRAINING "recogniser."

enum { IDI_TEACHER_SCOPE_BYTES = 32 };

typedef struct idi_teacher {
    idi_memory *memory;
    idi_recogniser_config config;
    idi_weights *weights;                /* NULL: there is none */
    char fingerprint[17];                /* of its weights; "" */
    char scope[IDI_TEACHER_SCOPE_BYTES]; /* of its parameters */
} idi_teacher;

/* path "": none. scope: below IDI_STORE_TRAINING. Errors: of reading a model file; ARG (no
 * recogniser). */
IDI_NODISCARD idi_status idi_teacher_open(idi_memory *memory, const char *path, const char *scope,
                                          idi_teacher *teacher_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_teacher_close(idi_teacher *teacher);

/* Its weights into a store that has its parameters. */
IDI_NODISCARD idi_status idi_teacher_place(const idi_teacher *teacher, idi_store *store);

#endif
