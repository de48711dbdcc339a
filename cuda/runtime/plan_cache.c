/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/plan_cache.c - see plan_cache.h: a hash table under one lock. */
#include "cuda/runtime/plan_cache.h"

#include <pthread.h>

enum { BUCKETS = 64 };

struct idi_cuda_plan_cache {
    idi_memory *memory;
    const char *device_json; /* the caller's */
    pthread_mutex_t lock;    /* over all below */
    idi_cuda_planner *planner;
    idi_cuda_plan_entry *buckets[BUCKETS];
};

static bool is_same(const idi_cuda_plan_key *a, const idi_cuda_plan_key *b)
{
    if (a->kind != b->kind) return false;
    for (int i = 0; i < IDI_CUDA_PLAN_KEY; i++)
        if (a->part[i] != b->part[i]) return false;
    return true;
}

static int bucket_of(const idi_cuda_plan_key *key)
{
    uint64_t hash = 14695981039346656037ULL + key->kind; /* FNV-1a, a number at a time */
    for (int i = 0; i < IDI_CUDA_PLAN_KEY; i++)
        hash = (hash ^ (uint64_t)key->part[i]) * 1099511628211ULL;
    return (int)(hash >> 32) & (BUCKETS - 1);
}

idi_status idi_cuda_plan_cache_create(idi_memory *memory, const char *device_json,
                                      idi_cuda_plan_cache **cache_out)
{
    *cache_out = NULL;
    idi_cuda_plan_cache *cache;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *cache, &cache));
    cache->memory = memory;
    cache->device_json = device_json;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        idi_free(memory, cache);
        return idi_fail(IDI_ERR_INTERNAL, "the lock of cuDNN's plans could not be made");
    }
    *cache_out = cache;
    return IDI_OK;
}

void idi_cuda_plan_cache_destroy(idi_cuda_plan_cache **cache)
{
    if (!cache || !*cache) return;
    for (int b = 0; b < BUCKETS; b++)
        for (idi_cuda_plan_entry *entry = (*cache)->buckets[b], *next; entry; entry = next) {
            next = entry->next;
            idi_cuda_plan_destroy(&entry->plan);
            idi_free((*cache)->memory, entry);
        }
    idi_cuda_planner_close(&(*cache)->planner);
    (void)pthread_mutex_destroy(&(*cache)->lock);
    idi_free((*cache)->memory, *cache);
    *cache = NULL;
}

static idi_status add(idi_cuda_plan_cache *cache, const idi_cuda_plan_key *key, size_t bytes,
                      idi_cuda_plan_make make, const void *problem, idi_cuda_plan_entry **entry_out)
{
    idi_cuda_plan_entry *entry;
    if (!cache->planner)
        IDI_TRY(idi_cuda_planner_open(cache->memory, cache->device_json, &cache->planner));
    IDI_TRY(idi_alloc_zeroed(cache->memory, IDI_TAG_GENERAL, 1, bytes, &entry));
    entry->key = *key;
    const idi_status st = make(cache->planner, problem, entry);
    if (st != IDI_OK) {
        idi_free(cache->memory, entry);
        return st;
    }
    idi_cuda_plan_entry **bucket = &cache->buckets[bucket_of(key)];
    entry->next = *bucket;
    *bucket = *entry_out = entry;
    return IDI_OK;
}

idi_status idi_cuda_plan_cache_find(idi_cuda_plan_cache *cache, const idi_cuda_plan_key *key,
                                    size_t bytes, idi_cuda_plan_make make, const void *problem,
                                    const idi_cuda_plan_entry **entry_out)
{
    *entry_out = NULL;
    idi_status st = IDI_OK;
    (void)pthread_mutex_lock(&cache->lock);
    idi_cuda_plan_entry *entry = cache->buckets[bucket_of(key)];
    while (entry && !is_same(&entry->key, key))
        entry = entry->next;
    if (!entry) st = add(cache, key, bytes, make, problem, &entry);
    (void)pthread_mutex_unlock(&cache->lock);
    if (st == IDI_OK && entry->plan) *entry_out = entry;
    return st;
}

idi_status idi_cuda_plan_cache_run(idi_cuda_plan_cache *cache, const idi_cuda_plan_entry *entry,
                                   idi_cuda_plan_run run, const void *data, cudaStream_t stream)
{
    (void)pthread_mutex_lock(&cache->lock);
    const idi_status st = run(cache->planner, entry->plan, data, stream);
    (void)pthread_mutex_unlock(&cache->lock);
    return st;
}
