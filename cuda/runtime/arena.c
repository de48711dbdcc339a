/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/arena.c - a list of blocks over a private pool, cudaMalloc or the caller's hooks. */
#include "cuda/runtime/arena.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* A context has few: each session's slab and workspace, each model's weights. */
typedef struct block {
    void *start;
    size_t bytes;
    idi_tag tag;
} block;

struct idi_cuda_arena {
    idi_memory *memory;
    size_t limit_bytes;
    idi_cuda_allocator allocator; /* alloc NULL: the pool */
    cudaMemPool_t pool;           /* NULL: the device has none, cudaMalloc */
    pthread_mutex_t lock;         /* of all below */
    block *blocks;
    int64_t count;
    int64_t capacity;
    idi_memory_stats stats;
};

/* Without a threshold the pool would give everything back at each wait. */
static idi_status create_pool(int ordinal, cudaMemPool_t *pool_out)
{
    int is_supported = 0;
    uint64_t threshold = UINT64_MAX;
    *pool_out = NULL;
    IDI_TRY_CUDA(cudaDeviceGetAttribute(&is_supported, cudaDevAttrMemoryPoolsSupported, ordinal));
    if (!is_supported) return IDI_OK;
    struct cudaMemPoolProps properties;
    memset(&properties, 0, sizeof properties);
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = ordinal;
    IDI_TRY_CUDA(cudaMemPoolCreate(pool_out, &properties));
    IDI_TRY_CUDA(cudaMemPoolSetAttribute(*pool_out, cudaMemPoolAttrReleaseThreshold, &threshold));
    return IDI_OK;
}

idi_status idi_cuda_arena_create(idi_memory *memory, int ordinal, idi_cuda_arena **arena_out)
{
    *arena_out = NULL;
    idi_cuda_arena *arena;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *arena, &arena));
    arena->memory = memory;
    if (pthread_mutex_init(&arena->lock, NULL) != 0) {
        idi_free(memory, arena);
        return idi_fail(IDI_ERR_INTERNAL, "the device memory's lock could not be made");
    }
    const idi_status st = create_pool(ordinal, &arena->pool);
    if (st != IDI_OK) idi_cuda_arena_destroy(&arena);
    *arena_out = arena;
    return st;
}

void idi_cuda_arena_destroy(idi_cuda_arena **arena)
{
    if (!arena || !*arena) return;
    idi_cuda_arena *a = *arena;
    if (a->pool) (void)cudaMemPoolDestroy(a->pool);
    idi_free(a->memory, a->blocks);
    (void)pthread_mutex_destroy(&a->lock);
    idi_free(a->memory, a);
    *arena = NULL;
}

void idi_cuda_arena_set_limit(idi_cuda_arena *arena, size_t limit_bytes)
{
    arena->limit_bytes = limit_bytes;
}

void idi_cuda_arena_set_allocator(idi_cuda_arena *arena, const idi_cuda_allocator *allocator)
{
    arena->allocator = *allocator;
}

static idi_status fail_nomem(const idi_cuda_arena *arena, idi_tag tag, size_t bytes,
                             const char *reason)
{
    char limit[64] = "no limit is set";
    if (arena->limit_bytes)
        (void)snprintf(limit, sizeof limit, "the limit is %zu bytes", arena->limit_bytes);
    return idi_fail(IDI_ERR_NOMEM,
                    "device memory: %zu more bytes for %s %s; %zu bytes are in use, %s", bytes,
                    idi_tag_name(tag), reason, arena->stats.total_current_bytes, limit);
}

/* The block from whoever gives it. */
static idi_status take(idi_cuda_arena *arena, idi_tag tag, size_t bytes, cudaStream_t stream,
                       void **start_out)
{
    const size_t wanted = bytes ? bytes : 1; /* 0 bytes give a valid pointer too */
    if (arena->allocator.alloc) {
        *start_out = arena->allocator.alloc(arena->allocator.user, wanted, stream);
        return *start_out ? IDI_OK
                          : fail_nomem(arena, tag, bytes, "were refused by the caller's allocator");
    }
    const cudaError_t error = arena->pool
                                  ? cudaMallocFromPoolAsync(start_out, wanted, arena->pool, stream)
                                  : cudaMalloc(start_out, wanted);
    if (error == cudaSuccess) return IDI_OK;
    *start_out = NULL;
    if (error != cudaErrorMemoryAllocation)
        return idi_cuda_fail_at(__FILE__, __LINE__, error, "cudaMallocFromPoolAsync");
    (void)cudaGetLastError();
    return fail_nomem(arena, tag, bytes, "are not there");
}

static void give(const idi_cuda_arena *arena, void *start, cudaStream_t stream)
{
    if (arena->allocator.alloc) {
        arena->allocator.free(arena->allocator.user, start, stream);
    } else if (arena->pool) {
        (void)cudaFreeAsync(start, stream);
    } else {
        (void)cudaStreamSynchronize(stream); /* cudaFree knows nothing of streams */
        (void)cudaFree(start);
    }
}

static void count(idi_memory_stats *stats, idi_tag tag, size_t bytes)
{
    stats->current_bytes[tag] += bytes;
    stats->total_current_bytes += bytes;
    if (stats->current_bytes[tag] > stats->peak_bytes[tag])
        stats->peak_bytes[tag] = stats->current_bytes[tag];
    if (stats->total_current_bytes > stats->total_peak_bytes)
        stats->total_peak_bytes = stats->total_current_bytes;
    stats->allocation_count++;
}

static idi_status alloc_locked(idi_cuda_arena *arena, idi_tag tag, size_t bytes,
                               cudaStream_t stream, void **start_out)
{
    if (arena->limit_bytes && (arena->stats.total_current_bytes > arena->limit_bytes ||
                               bytes > arena->limit_bytes - arena->stats.total_current_bytes))
        return fail_nomem(arena, tag, bytes, "would exceed the limit");
    IDI_TRY(idi_grow(arena->memory, IDI_TAG_GENERAL, &arena->blocks, &arena->capacity,
                     arena->count + 1, sizeof *arena->blocks));
    IDI_TRY(take(arena, tag, bytes, stream, start_out));
    arena->blocks[arena->count++] = (block){*start_out, bytes, tag};
    count(&arena->stats, tag, bytes);
    return IDI_OK;
}

idi_status idi_cuda_arena_alloc(idi_cuda_arena *arena, idi_tag tag, size_t bytes,
                                cudaStream_t stream, void **block_out)
{
    *block_out = NULL;
    (void)pthread_mutex_lock(&arena->lock);
    const idi_status st = alloc_locked(arena, tag, bytes, stream, block_out);
    (void)pthread_mutex_unlock(&arena->lock);
    return st;
}

void idi_cuda_arena_free(idi_cuda_arena *arena, void *start, cudaStream_t stream)
{
    if (!start) return;
    (void)pthread_mutex_lock(&arena->lock);
    for (int64_t i = 0; i < arena->count; i++) {
        if (arena->blocks[i].start != start) continue;
        arena->stats.current_bytes[arena->blocks[i].tag] -= arena->blocks[i].bytes;
        arena->stats.total_current_bytes -= arena->blocks[i].bytes;
        arena->blocks[i] = arena->blocks[--arena->count];
        give(arena, start, stream);
        break;
    }
    (void)pthread_mutex_unlock(&arena->lock);
}

void idi_cuda_arena_trim(idi_cuda_arena *arena)
{
    if (arena->pool) (void)cudaMemPoolTrimTo(arena->pool, 0);
}

void idi_cuda_arena_get_stats(idi_cuda_arena *arena, idi_memory_stats *stats_out)
{
    (void)pthread_mutex_lock(&arena->lock);
    *stats_out = arena->stats;
    (void)pthread_mutex_unlock(&arena->lock);
}
