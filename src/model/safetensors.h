/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors.h - reading and writing safetensors files: named tensors behind a JSON header.
 *
 * A file is 8 bytes of little-endian header length, the header, and the tensors' bytes. The reader
 * maps the file and checks every name, element type, shape and offset before anything is used, so
 * that a damaged or hostile file costs an error and nothing else. Limits: header 100 MB and 2^20
 * JSON values, names 1024 bytes, rank 8.
 *
 * The JSON text is parsed by jansson, whose allocator is one per process and so not the caller's:
 * while a file is opened or written the parsed header is held by malloc. All that stays comes
 * from the idi_memory. */
#ifndef IDI_MODEL_SAFETENSORS_H
#define IDI_MODEL_SAFETENSORS_H

#include "core/memory.h"
#include "core/tensor.h"

#include <stddef.h>
#include <stdint.h>

enum { IDI_SAFETENSORS_MAX_RANK = 8, IDI_SAFETENSORS_MAX_NAME_BYTES = 1024 };

/* One tensor, in a file or to be written into one. Rank 0 is a scalar: one element. */
typedef struct idi_safetensor {
    const char *name;
    idi_dtype dtype; /* never IDI_REAL or IDI_WIDE; the file type BOOL is IDI_U8 */
    int rank;
    int64_t dim[IDI_SAFETENSORS_MAX_RANK]; /* row-major; unused dimensions are 1 */
    const void *data;                      /* not aligned for its type in every file */
    size_t bytes;
} idi_safetensor;

/* One entry of the file's free metadata. */
typedef struct idi_safetensors_pair {
    const char *key;
    const char *value;
} idi_safetensors_pair;

typedef struct idi_safetensors idi_safetensors;

/* Maps `path` read-only. The file must not be cut short by others while it is open. Names, data
 * and metadata stay valid until close. Errors: IO, FORMAT, NOMEM. Thread: an open file may be read
 * from any thread. */
IDI_NODISCARD idi_status idi_safetensors_open(idi_memory *memory, const char *path,
                                              idi_safetensors **file_out);
/* The same for a file's image in memory, which the caller keeps until close; `name` goes into
 * sentences. */
IDI_NODISCARD idi_status idi_safetensors_open_image(idi_memory *memory, const char *name,
                                                    const void *image, size_t bytes,
                                                    idi_safetensors **file_out);
/* NULL-safe; nulls the caller's pointer. */
void idi_safetensors_close(idi_safetensors **file);

/* The path that was opened, for sentences. */
const char *idi_safetensors_path(const idi_safetensors *file);
/* The allocator the file was opened with. */
idi_memory *idi_safetensors_memory(const idi_safetensors *file);

/* Tensors, in the order of their names (as bytes). */
int64_t idi_safetensors_count(const idi_safetensors *file);
/* NULL if `index` is out of range. */
const idi_safetensor *idi_safetensors_get(const idi_safetensors *file, int64_t index);
/* NULL if there is none of this name. */
const idi_safetensor *idi_safetensors_find(const idi_safetensors *file, const char *name);

/* The tensor's numbers are not wanted soon: a mapped file's pages of them leave this process's
 * memory (and come back from the file if they are read after all). */
void idi_safetensors_forget(const idi_safetensors *file, const idi_safetensor *tensor);

/* The value of a metadata key; NULL if the file has none. */
const char *idi_safetensors_metadata(const idi_safetensors *file, const char *key);
/* All metadata, in the order of the keys. */
int64_t idi_safetensors_metadata_count(const idi_safetensors *file);
const idi_safetensors_pair *idi_safetensors_metadata_at(const idi_safetensors *file, int64_t index);

/* Elements of a tensor: the product of its dimensions. */
int64_t idi_safetensor_count(const idi_safetensor *tensor);

/* Every element as float, from any file type; f64, i64 and i32 are rounded to nearest. `out` holds
 * idi_safetensor_count() floats. */
IDI_NODISCARD idi_status idi_safetensor_to_f32(const idi_safetensor *tensor, float *out);

/* Writes `count` tensors and the metadata to `path`, in any order given: the file has wide element
 * types first and names in order within a type, which keeps every tensor aligned and the bytes a
 * function of the content alone. The file appears under its name only when it is complete; on
 * failure whatever was there before is untouched. Errors: ARG (a name twice, bytes that do not
 * match the shape), IO, NOMEM. */
IDI_NODISCARD idi_status idi_safetensors_write(idi_memory *memory, const char *path,
                                               const idi_safetensor *tensors, int64_t count,
                                               const idi_safetensors_pair *metadata,
                                               int64_t metadata_count);

#endif
