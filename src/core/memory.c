/* SPDX-License-Identifier: Apache-2.0 */
/* core/memory.c - tagged, counted, limited host memory. Each block carries a header in front. */
#include "core/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

struct idi_memory {
    idi_allocator allocator;
    size_t limit_bytes;
    pthread_mutex_t lock;
    idi_memory_stats stats;
};

/* Stands directly in front of the bytes the caller sees. */
typedef struct block_header {
    void *origin; /* what the allocator returned */
    size_t bytes; /* what the caller asked for */
    idi_tag tag;
} block_header;

static void *default_alloc(void *user, size_t bytes)
{
    (void)user;
    return malloc(bytes);
}

static void default_free(void *user, void *memory)
{
    (void)user;
    free(memory);
}

const char *idi_tag_name(idi_tag tag)
{
    static const char *const names[IDI_TAG_COUNT] = {"general",    "graph",     "weight",
                                                     "activation", "workspace", "image"};
    return (unsigned)tag < IDI_TAG_COUNT ? names[tag] : "unknown";
}

idi_status idi_memory_create(const idi_allocator *allocator, size_t limit_bytes,
                             idi_memory **memory_out)
{
    static const idi_allocator standard = {default_alloc, default_free, NULL};
    *memory_out = NULL;
    if (!allocator) allocator = &standard;
    IDI_REQUIRE(allocator->alloc && allocator->free, IDI_ERR_ARG,
                "an allocator needs both alloc and free");
    idi_memory *memory = allocator->alloc(allocator->user, sizeof *memory);
    IDI_REQUIRE(memory, IDI_ERR_NOMEM, "out of memory: no %zu bytes for the allocator's counters",
                sizeof *memory);
    memset(memory, 0, sizeof *memory);
    memory->allocator = *allocator;
    memory->limit_bytes = limit_bytes;
    if (pthread_mutex_init(&memory->lock, NULL) != 0) {
        allocator->free(allocator->user, memory);
        return idi_fail(IDI_ERR_INTERNAL, "the memory counters' lock could not be made");
    }
    *memory_out = memory;
    return IDI_OK;
}

void idi_memory_destroy(idi_memory **memory)
{
    if (!memory || !*memory) return;
    const idi_allocator allocator = (*memory)->allocator;
    (void)pthread_mutex_destroy(&(*memory)->lock);
    allocator.free(allocator.user, *memory);
    *memory = NULL;
}

/* Books the bytes before they are asked for, so that the limit holds with several threads. */
static bool reserve(idi_memory *memory, idi_tag tag, size_t bytes)
{
    idi_memory_stats *stats = &memory->stats;
    bool is_within = true;
    (void)pthread_mutex_lock(&memory->lock);
    if (memory->limit_bytes && bytes > memory->limit_bytes - stats->total_current_bytes) {
        is_within = false;
    } else {
        stats->current_bytes[tag] += bytes;
        stats->total_current_bytes += bytes;
        if (stats->current_bytes[tag] > stats->peak_bytes[tag])
            stats->peak_bytes[tag] = stats->current_bytes[tag];
        if (stats->total_current_bytes > stats->total_peak_bytes)
            stats->total_peak_bytes = stats->total_current_bytes;
        stats->allocation_count++;
    }
    (void)pthread_mutex_unlock(&memory->lock);
    return is_within;
}

static void release(idi_memory *memory, idi_tag tag, size_t bytes)
{
    (void)pthread_mutex_lock(&memory->lock);
    memory->stats.current_bytes[tag] -= bytes;
    memory->stats.total_current_bytes -= bytes;
    (void)pthread_mutex_unlock(&memory->lock);
}

idi_status idi_alloc(idi_memory *memory, idi_tag tag, size_t bytes, void *out)
{
    void *block = NULL;
    memcpy(out, &block, sizeof block); /* `out` is a pointer to some type of pointer */
    const size_t extra = sizeof(block_header) + ALIGNMENT;
    IDI_REQUIRE(bytes <= SIZE_MAX - extra, IDI_ERR_NOMEM, "out of memory: %zu bytes for %s", bytes,
                idi_tag_name(tag));
    IDI_REQUIRE(reserve(memory, tag, bytes), IDI_ERR_NOMEM,
                "memory limit reached: %zu more bytes for %s would exceed the limit of %zu bytes",
                bytes, idi_tag_name(tag), memory->limit_bytes);
    char *origin = memory->allocator.alloc(memory->allocator.user, bytes + extra);
    if (!origin) {
        release(memory, tag, bytes);
        return idi_fail(IDI_ERR_NOMEM, "out of memory: no %zu bytes for %s", bytes,
                        idi_tag_name(tag));
    }
    const size_t skip = ALIGNMENT - ((uintptr_t)(origin + sizeof(block_header)) % ALIGNMENT);
    char *start = origin + sizeof(block_header) + skip % ALIGNMENT;
    const block_header header = {origin, bytes, tag};
    memcpy(start - sizeof header, &header, sizeof header);
    block = start;
    memcpy(out, &block, sizeof block);
    return IDI_OK;
}

idi_status idi_alloc_zeroed(idi_memory *memory, idi_tag tag, size_t count, size_t size, void *out)
{
    IDI_REQUIRE(size == 0 || count <= SIZE_MAX / size, IDI_ERR_NOMEM,
                "out of memory: %zu elements of %zu bytes for %s", count, size, idi_tag_name(tag));
    IDI_TRY(idi_alloc(memory, tag, count * size, out));
    void *block;
    memcpy(&block, out, sizeof block);
    memset(block, 0, count * size);
    return IDI_OK;
}

void idi_free(idi_memory *memory, void *block)
{
    if (!block) return;
    block_header header;
    memcpy(&header, (char *)block - sizeof header, sizeof header);
    release(memory, header.tag, header.bytes);
    memory->allocator.free(memory->allocator.user, header.origin);
}

idi_status idi_strdup(idi_memory *memory, const char *text, char **out)
{
    const size_t bytes = strlen(text) + 1;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, bytes, out));
    memcpy(*out, text, bytes);
    return IDI_OK;
}

void idi_memory_get_stats(idi_memory *memory, idi_memory_stats *stats_out)
{
    (void)pthread_mutex_lock(&memory->lock);
    *stats_out = memory->stats;
    (void)pthread_mutex_unlock(&memory->lock);
}

idi_status idi_grow(idi_memory *memory, idi_tag tag, void *array, int64_t *capacity, int64_t wanted,
                    size_t size)
{
    if (wanted <= *capacity) return IDI_OK;
    int64_t larger = *capacity < 8 ? 8 : *capacity * 2;
    if (larger < wanted) larger = wanted;
    IDI_REQUIRE(size == 0 || (size_t)larger <= SIZE_MAX / size, IDI_ERR_NOMEM,
                "out of memory: %lld elements of %zu bytes for %s", (long long)larger, size,
                idi_tag_name(tag));
    void *old;
    void *grown;
    memcpy(&old, array, sizeof old);
    IDI_TRY(idi_alloc(memory, tag, (size_t)larger * size, &grown));
    if (old) memcpy(grown, old, (size_t)*capacity * size);
    idi_free(memory, old);
    memcpy(array, &grown, sizeof grown);
    *capacity = larger;
    return IDI_OK;
}
