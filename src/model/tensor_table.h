/* SPDX-License-Identifier: Apache-2.0 */
/* model/tensor_table.h - a file's tensors under the names that the networks use: what wrappers and
 * trainers put in front of a PyTorch state dictionary's names is taken off. */
#ifndef IDI_MODEL_TENSOR_TABLE_H
#define IDI_MODEL_TENSOR_TABLE_H

#include "model/safetensors.h"

#include <stdbool.h>

/* A renamed name. */
typedef struct idi_state_dict_name {
    char text[IDI_SAFETENSORS_MAX_NAME_BYTES + 1];
} idi_state_dict_name;

/* Takes the prefixes "online_model.netG.", "ema_model.netG.", "module.", "netG.", "model.", "net."
 * and "average." off `name`, repeatedly. False, with an empty text, for names that no network has:
 * num_batches_tracked, what a training keeps for itself ("train."), what reaches no output of the
 * published SEAN (nets/spade.h) and FaceNet (logits), and names of nothing but prefixes. `name` has
 * at most IDI_SAFETENSORS_MAX_NAME_BYTES bytes, as every name in a file does. */
bool idi_state_dict_rename(const char *name, idi_state_dict_name *out);

typedef struct idi_tensor_entry {
    const char *name; /* after renaming; points into the file */
    const idi_safetensor *tensor;
} idi_tensor_entry;

/* Sorted by name. */
typedef struct idi_tensor_table {
    const idi_safetensors *file;
    idi_memory *memory;
    idi_tensor_entry *entries;
    int64_t count;
    void **owned; /* what is not the file's: see model/spectral.h */
    int64_t owned_count;
} idi_tensor_table;

/* The file must stay open while the table is used. A file that holds the same network twice, as
 * trained and as its moving average ("ema_model.", "average."), gives the average; of a file that
 * names its generator ("netG."), only the generator's tensors are listed. Two tensors of one name
 * otherwise are an error that names both. Spectrally normalised layers come out as plain ones
 * (model/spectral.h). */
IDI_NODISCARD idi_status idi_tensor_table_create(const idi_safetensors *file,
                                                 idi_tensor_table *table_out);
/* NULL-safe; may be called on a zeroed table and twice. */
void idi_tensor_table_destroy(idi_tensor_table *table);

/* NULL if there is none of this name. */
const idi_safetensor *idi_tensor_table_find(const idi_tensor_table *table, const char *name);

#endif
