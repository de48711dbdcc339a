/* SPDX-License-Identifier: Apache-2.0 */
/* train/checkpoint.h - a training between two steps as one safetensors file: the store's tensors
 * under their names and in PyTorch's layout, and in the metadata what goes on from there.
 *
 * The network's tensors and its configuration stand in it as in a model file, and what only the
 * training wants has names that no network has (train/store.h): a checkpoint can be loaded as a
 * model, which then has the moving averages where there are any. */
#ifndef IDI_TRAIN_CHECKPOINT_H
#define IDI_TRAIN_CHECKPOINT_H

#include "model/safetensors.h"
#include "train/store.h"

/* The training's own settings: in checkpoints, and in the models that come of them. */
#define IDI_METADATA_RECIPE "idinject.training.recipe"

typedef struct idi_checkpoint {
    int64_t step;       /* steps that have been done */
    uint64_t seed;      /* of all that is random in the training */
    const char *config; /* the network's, as JSON (model/config.h); NULL: none */
    const char *recipe; /* the training's own settings, any text; NULL: none */
    const char *files;  /* which files it needs besides (train/fixed_files.h); NULL or "": none */
} idi_checkpoint;

/* The file appears under its name only when it is complete and on the disk. Errors: UNSUPPORTED (a
 * store whose numbers are not f32: the file could not give them back), IO, NOMEM. */
IDI_NODISCARD idi_status idi_checkpoint_write(const idi_store *store,
                                              const idi_checkpoint *checkpoint, const char *path);

/* Opens a checkpoint and reads what stands beside the tensors; the strings are the file's. The
 * caller closes it with idi_safetensors_close. Errors: IO, FORMAT (no checkpoint), NOMEM. */
IDI_NODISCARD idi_status idi_checkpoint_open(idi_memory *memory, const char *path,
                                             idi_safetensors **file_out,
                                             idi_checkpoint *checkpoint_out);

/* Its tensors into a store that has them all (idi_store_add): each bit as it was written. Errors:
 * WEIGHTS, with the name (missing, of another shape or type, left over); the store is as it was
 * then. */
IDI_NODISCARD idi_status idi_checkpoint_load(const idi_safetensors *file, idi_store *store);

#endif
