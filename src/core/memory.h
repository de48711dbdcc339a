/* SPDX-License-Identifier: Apache-2.0 */
/* core/memory.h - host memory: one allocator a context, counted by tag, with a limit.
 *
 * Every allocation of the library goes through an idi_memory, so that the caller's callbacks see
 * all of them, a test can fail the n-th one, and current and peak bytes are known by tag. */
#ifndef IDI_CORE_MEMORY_H
#define IDI_CORE_MEMORY_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What memory is for; the CLI prints the counters under these names. */
typedef enum idi_tag {
    IDI_TAG_GENERAL,    /* objects, tables, text */
    IDI_TAG_GRAPH,      /* nodes, values, attributes */
    IDI_TAG_WEIGHT,     /* parameters, and what is derived from them once */
    IDI_TAG_ACTIVATION, /* a session's slab */
    IDI_TAG_WORKSPACE,  /* a session's scratch */
    IDI_TAG_IMAGE,      /* decoded pictures, label maps */
    IDI_TAG_COUNT
} idi_tag;

const char *idi_tag_name(idi_tag tag);

/* The caller's allocator. `alloc` returns memory aligned for any type, or NULL. */
typedef struct idi_allocator {
    void *(*alloc)(void *user, size_t bytes);
    void (*free)(void *user, void *memory);
    void *user;
} idi_allocator;

typedef struct idi_memory idi_memory;

typedef struct idi_memory_stats {
    size_t current_bytes[IDI_TAG_COUNT];
    size_t peak_bytes[IDI_TAG_COUNT];
    size_t total_current_bytes;
    size_t total_peak_bytes;
    int64_t allocation_count; /* allocations made since creation, freed ones included */
} idi_memory_stats;

/* allocator: NULL for malloc and free. limit_bytes: 0 for none. Thread: the object may be used
 * from any thread. */
IDI_NODISCARD idi_status idi_memory_create(const idi_allocator *allocator, size_t limit_bytes,
                                           idi_memory **memory_out);
/* NULL-safe; nulls the caller's pointer. All blocks must have been freed. */
void idi_memory_destroy(idi_memory **memory);

/* `bytes` bytes aligned to 64, not cleared. bytes 0 gives a valid pointer. On failure *out is
 * NULL and the status IDI_ERR_NOMEM. */
IDI_NODISCARD idi_status idi_alloc(idi_memory *memory, idi_tag tag, size_t bytes, void *out);
/* The same, filled with zeros, for `count` elements; overflow of count*size is an error. */
IDI_NODISCARD idi_status idi_alloc_zeroed(idi_memory *memory, idi_tag tag, size_t count,
                                          size_t size, void *out);
/* NULL-safe. */
void idi_free(idi_memory *memory, void *block);
/* A copy of a string. */
IDI_NODISCARD idi_status idi_strdup(idi_memory *memory, const char *text, char **out);

void idi_memory_get_stats(idi_memory *memory, idi_memory_stats *stats_out);

/* Grows *array (of `size`-byte elements, capacity *capacity) so that it holds `wanted` elements. */
IDI_NODISCARD idi_status idi_grow(idi_memory *memory, idi_tag tag, void *array, int64_t *capacity,
                                  int64_t wanted, size_t size);

#endif
