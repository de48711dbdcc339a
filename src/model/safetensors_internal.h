/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors_internal.h - what the safetensors reader and writer share. */
#ifndef IDI_MODEL_SAFETENSORS_INTERNAL_H
#define IDI_MODEL_SAFETENSORS_INTERNAL_H

#include "model/safetensors.h"

/* 100 MB, the limit of the format's reference implementation. */
#define IDI_SAFETENSORS_MAX_HEADER_BYTES ((uint64_t)100 * 1000 * 1000)
#define IDI_SAFETENSORS_METADATA_KEY     "__metadata__"

struct idi_safetensors {
    idi_memory *memory;
    char *path;
    void *map; /* NULL for an image that the caller owns */
    size_t map_bytes;
    idi_safetensor *tensors; /* by name */
    int64_t count;
    idi_safetensors_pair *metadata; /* by key */
    int64_t metadata_count;
    char *text; /* all names, keys and values */
    size_t text_used;
};

/* A name as a sentence may show it: control characters as '?', cut to fit. */
typedef struct idi_shown {
    char text[100];
} idi_shown;
idi_shown idi_show(const char *name);

/* strerror(error), without its static buffer. */
idi_shown idi_show_errno(int error);

/* A tensor's name or a metadata key: not empty, not too long, no control characters. `what` names
 * its kind in the sentence. */
IDI_NODISCARD idi_status idi_safetensors_check_name(const char *what, const char *name,
                                                    idi_status status);

/* The file's word for an element type ("F32"); NULL for IDI_REAL and IDI_WIDE. */
const char *idi_safetensors_dtype_word(idi_dtype dtype);
/* The element type of a file's word. False if it is not one that the library reads. */
bool idi_safetensors_dtype_parse(const char *word, idi_dtype *dtype_out);

/* Bytes of a tensor of this shape; false if a dimension is negative or the product overflows. */
bool idi_safetensors_size(const idi_safetensor *tensor, size_t *bytes_out);

/* Fills file's tensors and metadata from the JSON header; `buffer` is the tensors' bytes. */
IDI_NODISCARD idi_status idi_safetensors_parse_header(idi_safetensors *file, const char *json,
                                                      size_t json_bytes, const uint8_t *buffer,
                                                      size_t buffer_bytes);

#endif
