/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/gemm_cache.c - see gemm_cache.h. A hash table with chains; a network has some
 * hundred different products. */
#include "cuda/runtime/gemm_cache.h"

#include "core/memory.h"

#include <pthread.h>
#include <string.h>

enum { BUCKETS = 256 };

typedef struct entry {
    idi_cuda_gemm_key key;
    idi_cuda_gemm_plan plan;
    struct entry *next;
} entry;

struct idi_cuda_gemm_cache {
    idi_memory *memory;
    idi_cublaslt lt;
    cublasLtHandle_t handle;
    pthread_mutex_t lock;
    entry *buckets[BUCKETS];
};

static idi_status start(idi_cuda_gemm_cache *cache)
{
    IDI_TRY(idi_cublaslt_open(&cache->lt));
    const cublasStatus_t status = cache->lt.Create(&cache->handle);
    if (status == CUBLAS_STATUS_SUCCESS) return IDI_OK;
    const idi_status st =
        idi_fail(IDI_ERR_DEVICE, "cuBLASLt: cublasLtCreate: %s", cache->lt.GetStatusName(status));
    idi_cublaslt_close(&cache->lt);
    return st;
}

idi_status idi_cuda_gemm_cache_create(idi_memory *memory, idi_cuda_gemm_cache **cache_out)
{
    *cache_out = NULL;
    idi_cuda_gemm_cache *cache;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *cache, &cache));
    cache->memory = memory;
    idi_status st = start(cache);
    if (st == IDI_OK && pthread_mutex_init(&cache->lock, NULL) != 0) {
        (void)cache->lt.Destroy(cache->handle);
        idi_cublaslt_close(&cache->lt);
        st = idi_fail(IDI_ERR_NOMEM, "gemm: no lock can be had");
    }
    if (st != IDI_OK) {
        idi_free(memory, cache);
        return st;
    }
    *cache_out = cache;
    return IDI_OK;
}

void idi_cuda_gemm_cache_destroy(idi_cuda_gemm_cache **cache)
{
    if (!cache || !*cache) return;
    idi_cuda_gemm_cache *c = *cache;
    for (int i = 0; i < BUCKETS; i++)
        for (entry *e = c->buckets[i], *next; e; e = next) {
            next = e->next;
            idi_free(c->memory, e);
        }
    (void)pthread_mutex_destroy(&c->lock);
    (void)c->lt.Destroy(c->handle);
    idi_cublaslt_close(&c->lt);
    idi_free(c->memory, c);
    *cache = NULL;
}

const idi_cublaslt *idi_cuda_gemm_cache_library(const idi_cuda_gemm_cache *cache)
{
    return &cache->lt;
}

cublasLtHandle_t idi_cuda_gemm_cache_handle(const idi_cuda_gemm_cache *cache)
{
    return cache->handle;
}

/* FNV-1a over the key's numbers. */
static entry **bucket_of(idi_cuda_gemm_cache *cache, const idi_cuda_gemm_key *key)
{
    uint64_t words[sizeof *key / sizeof(uint64_t)];
    uint64_t hash = 14695981039346656037u;
    memcpy(words, key, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        hash = (hash ^ words[i]) * 1099511628211u;
    return &cache->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static entry *find(entry *first, const idi_cuda_gemm_key *key)
{
    entry *e = first;
    while (e && memcmp(&e->key, key, sizeof *key) != 0)
        e = e->next;
    return e;
}

const idi_cuda_gemm_plan *idi_cuda_gemm_cache_find(idi_cuda_gemm_cache *cache,
                                                   const idi_cuda_gemm_key *key)
{
    entry *const *bucket = bucket_of(cache, key);
    (void)pthread_mutex_lock(&cache->lock);
    const entry *e = find(*bucket, key);
    (void)pthread_mutex_unlock(&cache->lock);
    return e ? &e->plan : NULL;
}

idi_status idi_cuda_gemm_cache_add(idi_cuda_gemm_cache *cache, const idi_cuda_gemm_key *key,
                                   const idi_cuda_gemm_plan *plan)
{
    entry *e;
    IDI_TRY(idi_alloc(cache->memory, IDI_TAG_GENERAL, sizeof *e, &e));
    entry **bucket = bucket_of(cache, key);
    (void)pthread_mutex_lock(&cache->lock);
    const bool is_new = !find(*bucket, key);
    if (is_new) {
        *e = (entry){*key, *plan, *bucket};
        *bucket = e;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    if (!is_new) idi_free(cache->memory, e);
    return IDI_OK;
}
