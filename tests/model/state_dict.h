/* SPDX-License-Identifier: Apache-2.0 */
/* model/state_dict.h - safetensors files with the names and shapes of the public networks' PyTorch
 * state dictionaries, and zeros (a hole in the file) for data. */
#ifndef IDI_TESTS_MODEL_STATE_DICT_H
#define IDI_TESTS_MODEL_STATE_DICT_H

#include "nets/ca2sis.h"
#include "nets/recogniser.h"

#include <stddef.h>

typedef struct state_dict {
    char *header; /* the JSON so far */
    size_t used;
    size_t capacity;
    const char *prefix; /* of every name that is added */
    const char *dtype;
    size_t element_bytes;
    size_t data_bytes;
    int64_t tensor_count;
    int64_t element_count; /* of floating tensors: num_batches_tracked is not counted */
} state_dict;

state_dict state_dict_begin(const char *prefix);
/* One tensor; rank 0 to 4. */
void state_dict_add(state_dict *dict, const char *name, int rank, int64_t a, int64_t b, int64_t c,
                    int64_t d);
/* All tensors of a network. Revisions B and C of CA2-SIS have noise_dim > 0. */
void state_dict_add_ca2sis(state_dict *dict, const idi_ca2sis_config *config);
void state_dict_add_iresnet(state_dict *dict, const idi_recogniser_config *config);
void state_dict_add_mobilefacenet(state_dict *dict, const idi_recogniser_config *config);
/* Writes the file and frees the text. */
void state_dict_end(state_dict *dict, const char *path);

#endif
