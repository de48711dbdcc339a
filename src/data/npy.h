/* SPDX-License-Identifier: Apache-2.0 */
/* data/npy.h - NumPy's .npy files: how arrays come and go without a library on the other side. */
#ifndef IDI_DATA_NPY_H
#define IDI_DATA_NPY_H

#include "core/buffer.h"
#include "core/memory.h"
#include "core/tensor.h"

/* Writes float32 in C order, format 1.0, data aligned to 64 bytes; byte for byte what numpy.save
 * writes. The file appears complete or not at all. */
IDI_NODISCARD idi_status idi_npy_write(idi_memory *memory, const char *path, const float *values,
                                       const idi_shape *shape);

/* The same file's bytes, behind what is in the buffer. */
IDI_NODISCARD idi_status idi_npy_encode(idi_memory *memory, const float *values,
                                        const idi_shape *shape, idi_buffer *file);

/* Reads float32, float64 or uint8, little-endian, C order, rank 0 to 4, into a tensor whose data
 * the caller frees with idi_free. The header is checked field by field, and the data must fill the
 * file exactly: nothing is allocated on a header's word alone. IDI_ERR_IO: unreadable;
 * IDI_ERR_FORMAT: not a valid file; IDI_ERR_UNSUPPORTED: valid, but of another kind. */
IDI_NODISCARD idi_status idi_npy_read(idi_memory *memory, const char *path, idi_tensor *tensor_out);
IDI_NODISCARD idi_status idi_npy_decode(idi_memory *memory, const uint8_t *bytes, size_t size,
                                        const char *name, idi_tensor *tensor_out);

#endif
