/* SPDX-License-Identifier: Apache-2.0 */
/* core/buffer.h - bytes that grow at their end: a file before it is written. */
#ifndef IDI_CORE_BUFFER_H
#define IDI_CORE_BUFFER_H

#include "core/memory.h"

/* Zeroed is empty. */
typedef struct idi_buffer {
    uint8_t *bytes;
    size_t size, capacity;
} idi_buffer;

/* Room for `size` bytes more; they do not count before they are put. */
IDI_NODISCARD idi_status idi_buffer_reserve(idi_memory *memory, idi_buffer *buffer, size_t size);
IDI_NODISCARD idi_status idi_buffer_put(idi_memory *memory, idi_buffer *buffer, const void *bytes,
                                        size_t size);
/* Empties it. */
void idi_buffer_free(idi_memory *memory, idi_buffer *buffer);

#endif
