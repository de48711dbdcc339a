/* SPDX-License-Identifier: Apache-2.0 */
/* train/export.h - a checkpoint to a model file: its weights, or their moving averages, without
 * what only the training wants. */
#ifndef IDI_TRAIN_EXPORT_H
#define IDI_TRAIN_EXPORT_H

#include "core/memory.h"
#include "core/tensor.h"

typedef struct idi_export {
    idi_dtype storage;                               /* IDI_F32 or IDI_F16; vectors stay in f32 */
    const char *licence, *training_data;             /* "" or NULL: not noted; as the two below */
    const char *recogniser, *recogniser_fingerprint; /* of a generator: whose embeddings it takes */
} idi_export;

/* Configuration and recipe are the checkpoint's. Errors: IO, FORMAT, NOMEM, NUMERIC (a weight that
 * f16 does not hold). */
IDI_NODISCARD idi_status idi_checkpoint_export(idi_memory *memory, const char *checkpoint_path,
                                               const idi_export *options, const char *out_path);

#endif
