/* SPDX-License-Identifier: Apache-2.0 */
/* core/buffer.c - see buffer.h. */
#include "core/buffer.h"

#include <string.h>

enum { FIRST_BYTES = 4096 };

idi_status idi_buffer_reserve(idi_memory *memory, idi_buffer *buffer, size_t size)
{
    uint8_t *larger;
    if (buffer->capacity - buffer->size >= size) return IDI_OK;
    IDI_REQUIRE(size <= SIZE_MAX / 4 && buffer->size <= SIZE_MAX / 4, IDI_ERR_NOMEM,
                "no memory for %zu bytes more", size);
    size_t capacity = buffer->capacity ? 2 * buffer->capacity : FIRST_BYTES;
    if (capacity < buffer->size + size) capacity = buffer->size + size;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, capacity, &larger));
    if (buffer->size) memcpy(larger, buffer->bytes, buffer->size);
    idi_free(memory, buffer->bytes);
    buffer->bytes = larger;
    buffer->capacity = capacity;
    return IDI_OK;
}

idi_status idi_buffer_put(idi_memory *memory, idi_buffer *buffer, const void *bytes, size_t size)
{
    if (size == 0) return IDI_OK;
    IDI_TRY(idi_buffer_reserve(memory, buffer, size));
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    return IDI_OK;
}

void idi_buffer_free(idi_memory *memory, idi_buffer *buffer)
{
    idi_free(memory, buffer->bytes);
    *buffer = (idi_buffer){0};
}
