/* SPDX-License-Identifier: Apache-2.0 */
/* model/weights.h - a file's tensors as a graph's parameters: checked, converted to float, laid out
 * as the graph wants them. */
#ifndef IDI_MODEL_WEIGHTS_H
#define IDI_MODEL_WEIGHTS_H

#include "model/config.h"
#include "model/tensor_table.h"

typedef struct idi_weights idi_weights;

/* The dimensions that a PyTorch file has for a parameter. */
void idi_weights_file_shape(const idi_value_info *parameter, int *rank_out,
                            int64_t dim_out[IDI_MAX_RANK]);

/* `values` in the file's order to the graph's. Both hold idi_shape_count() elements. */
void idi_weights_to_graph(const idi_value_info *parameter, const float *values, float *out);
/* And back. */
void idi_weights_to_file(const idi_value_info *parameter, const float *values, float *out);

/* Every parameter of the configuration's networks from the table. Errors: WEIGHTS, with the name:
 * missing, of another shape, not finite, left over. Thread: immutable afterwards. */
IDI_NODISCARD idi_status idi_weights_load(idi_memory *memory, const idi_model_config *config,
                                          const idi_tensor_table *table, idi_weights **weights_out);
void idi_weights_destroy(idi_weights **weights);

/* An idi_parameter_source; `user` is the idi_weights. For backends whose reals are floats in the
 * host's memory, so that both kinds are one; for others, model/placement.h. */
const void *idi_weights_source(void *user, const char *name, idi_dtype kind);

/* A parameter by its number, from 0 to idi_weights_tensor_count() - 1. */
typedef struct idi_weights_entry {
    const char *name;
    const float *values; /* in the graph's order */
    int64_t count;
    bool is_wide; /* some network reads it as wide numbers, too or only */
} idi_weights_entry;
idi_weights_entry idi_weights_at(const idi_weights *weights, int64_t index);
/* The number of a parameter, or -1. */
int64_t idi_weights_find(const idi_weights *weights, const char *name);

int64_t idi_weights_tensor_count(const idi_weights *weights);
int64_t idi_weights_parameter_count(const idi_weights *weights);
/* FNV-1a over names and values. */
uint64_t idi_weights_fingerprint(const idi_weights *weights);

/* Checks names and shapes only, as idi_weights_load does: for an import. */
IDI_NODISCARD idi_status idi_weights_check(idi_memory *memory, const idi_model_config *config,
                                           const idi_tensor_table *table);

#endif
