/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/arena.h - a device's memory as one context takes it: in stream order, counted by
 * tag, with a limit. What is freed stays with the arena's own pool until it is trimmed.
 *
 * Thread: any; the arena has a lock. The caller has made the device current. */
#ifndef IDI_CUDA_RUNTIME_ARENA_H
#define IDI_CUDA_RUNTIME_ARENA_H

#include "core/memory.h"
#include "cuda/runtime/check.h"

typedef struct idi_cuda_arena idi_cuda_arena;

/* The caller's allocator, in place of the pool. Both are in the order of `stream`, a
 * cudaStream_t. `alloc` returns device memory aligned to 256 bytes, or NULL. */
typedef struct idi_cuda_allocator {
    void *(*alloc)(void *user, size_t bytes, void *stream);
    void (*free)(void *user, void *block, void *stream);
    void *user;
} idi_cuda_allocator;

/* `memory` (the host's) must outlive the arena. */
IDI_NODISCARD idi_status idi_cuda_arena_create(idi_memory *memory, int ordinal,
                                               idi_cuda_arena **arena_out);
/* All blocks must have been freed. */
void idi_cuda_arena_destroy(idi_cuda_arena **arena);

/* Both before the first block. limit_bytes: 0 for none. */
void idi_cuda_arena_set_limit(idi_cuda_arena *arena, size_t limit_bytes);
void idi_cuda_arena_set_allocator(idi_cuda_arena *arena, const idi_cuda_allocator *allocator);

/* Work of `stream` that is enqueued from here on may use the block; other streams must wait.
 * IDI_ERR_NOMEM says what was wanted, what is in use and what the limit is. */
IDI_NODISCARD idi_status idi_cuda_arena_alloc(idi_cuda_arena *arena, idi_tag tag, size_t bytes,
                                              cudaStream_t stream, void **block_out);
/* NULL-safe. Work that `stream` has been given before may still use the block. */
void idi_cuda_arena_free(idi_cuda_arena *arena, void *block, cudaStream_t stream);
/* Gives what lies unused back to the driver. */
void idi_cuda_arena_trim(idi_cuda_arena *arena);

/* Bytes as they were asked for. */
void idi_cuda_arena_get_stats(idi_cuda_arena *arena, idi_memory_stats *stats_out);

#endif
