/* SPDX-License-Identifier: Apache-2.0 */
/* core/arena.h - many small blocks that die together: nodes' attributes, names. */
#ifndef IDI_CORE_ARENA_H
#define IDI_CORE_ARENA_H

#include "core/memory.h"

typedef struct idi_arena {
    idi_memory *memory;
    idi_tag tag;
    void *chunk; /* the newest; each chunk points at the one before */
    size_t used;
    size_t size;
} idi_arena;

void idi_arena_init(idi_arena *arena, idi_memory *memory, idi_tag tag);
/* Frees every block at once. */
void idi_arena_clear(idi_arena *arena);
/* A copy of `bytes` bytes at `source` (or zeros if NULL), aligned to 16. */
IDI_NODISCARD idi_status idi_arena_copy(idi_arena *arena, const void *source, size_t bytes,
                                        void *out);

#endif
