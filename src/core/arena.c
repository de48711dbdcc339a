/* SPDX-License-Identifier: Apache-2.0 */
/* core/arena.c - a list of chunks, bumped from the newest. */
#include "core/arena.h"

#include <string.h>

enum { CHUNK_BYTES = 16 * 1024, ALIGNMENT = 16 };

void idi_arena_init(idi_arena *arena, idi_memory *memory, idi_tag tag)
{
    *arena = (idi_arena){.memory = memory, .tag = tag};
}

void idi_arena_clear(idi_arena *arena)
{
    while (arena->chunk) {
        void *previous;
        memcpy(&previous, arena->chunk, sizeof previous);
        idi_free(arena->memory, arena->chunk);
        arena->chunk = previous;
    }
    arena->used = arena->size = 0;
}

idi_status idi_arena_copy(idi_arena *arena, const void *source, size_t bytes, void *out)
{
    IDI_REQUIRE(bytes <= SIZE_MAX / 2, IDI_ERR_NOMEM, "out of memory: %zu bytes for %s", bytes,
                idi_tag_name(arena->tag));
    const size_t padded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!arena->chunk || arena->used + padded > arena->size) {
        const size_t size = padded + ALIGNMENT > CHUNK_BYTES ? padded + ALIGNMENT : CHUNK_BYTES;
        void *chunk;
        IDI_TRY(idi_alloc(arena->memory, arena->tag, size, &chunk));
        memcpy(chunk, &arena->chunk, sizeof arena->chunk);
        arena->chunk = chunk;
        arena->used = ALIGNMENT;
        arena->size = size;
    }
    void *block = (char *)arena->chunk + arena->used;
    arena->used += padded;
    if (source) {
        memcpy(block, source, bytes);
    } else {
        memset(block, 0, bytes);
    }
    memcpy(out, &block, sizeof block);
    return IDI_OK;
}
