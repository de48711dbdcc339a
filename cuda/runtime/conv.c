/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv.c - see conv.h: the cache of plans, and what happens where nothing is fused. */
#include "cuda/runtime/conv.h"
#include "cuda/runtime/conv_plan.h"

#include <pthread.h>

enum { BUCKETS = 64 };

struct idi_cuda_conv {
    idi_cuda_conv_problem problem;
    idi_cuda_conv_plan *plan; /* NULL: cuDNN has no engine */
    bool is_fused;
    idi_cuda_conv *next; /* in its bucket */
};

struct idi_cuda_conv_cache {
    idi_memory *memory;
    const char *device_json; /* the caller's */
    pthread_mutex_t lock;    /* over all below */
    idi_cuda_conv_planner *planner;
    idi_cuda_conv *buckets[BUCKETS];
};

/* The members as numbers, for comparing and hashing. */
enum { KEY_LENGTH = 18 };
typedef struct key {
    int64_t part[KEY_LENGTH];
} key;

static key key_of(const idi_cuda_conv_problem *p)
{
    return (key){{p->kind, p->n, p->h, p->w, p->c, p->o, p->kh, p->kw, p->out_h, p->out_w, p->pad,
                  p->stride, p->groups, p->storage, p->allows_tf32, p->act, p->has_bias,
                  p->has_residual}};
}

static bool is_same(const idi_cuda_conv_problem *a, const idi_cuda_conv_problem *b)
{
    const key ka = key_of(a);
    const key kb = key_of(b);
    for (int i = 0; i < KEY_LENGTH; i++)
        if (ka.part[i] != kb.part[i]) return false;
    return true;
}

static int bucket_of(const idi_cuda_conv_problem *problem)
{
    const key k = key_of(problem);
    uint64_t hash = 14695981039346656037ULL; /* FNV-1a, a number at a time */
    for (int i = 0; i < KEY_LENGTH; i++)
        hash = (hash ^ (uint64_t)k.part[i]) * 1099511628211ULL;
    return (int)(hash >> 32) & (BUCKETS - 1);
}

idi_status idi_cuda_conv_cache_create(idi_memory *memory, const char *device_json,
                                      idi_cuda_conv_cache **cache_out)
{
    *cache_out = NULL;
    idi_cuda_conv_cache *cache;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *cache, &cache));
    cache->memory = memory;
    cache->device_json = device_json;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        idi_free(memory, cache);
        return idi_fail(IDI_ERR_INTERNAL, "the lock of the convolution plans could not be made");
    }
    *cache_out = cache;
    return IDI_OK;
}

void idi_cuda_conv_cache_destroy(idi_cuda_conv_cache **cache)
{
    if (!cache || !*cache) return;
    for (int b = 0; b < BUCKETS; b++)
        for (idi_cuda_conv *conv = (*cache)->buckets[b], *next; conv; conv = next) {
            next = conv->next;
            idi_cuda_conv_plan_destroy(&conv->plan);
            idi_free((*cache)->memory, conv);
        }
    idi_cuda_conv_planner_close(&(*cache)->planner);
    (void)pthread_mutex_destroy(&(*cache)->lock);
    idi_free((*cache)->memory, *cache);
    *cache = NULL;
}

static bool has_epilogue(const idi_cuda_conv_problem *problem)
{
    return problem->has_bias || problem->has_residual || problem->act != IDI_ACT_NONE;
}

/* One plan for all of it, or one for the convolution alone, whose 16-bit results are then rounded
 * before bias and activation and once more behind them. */
static idi_status build_plan(idi_cuda_conv_cache *cache, idi_cuda_conv *conv)
{
    if (!cache->planner)
        IDI_TRY(idi_cuda_conv_planner_open(cache->memory, cache->device_json, &cache->planner));
    IDI_TRY(idi_cuda_conv_plan_build(cache->planner, &conv->problem, &conv->plan));
    conv->is_fused = conv->plan != NULL;
    if (conv->plan || !has_epilogue(&conv->problem)) return IDI_OK;
    idi_cuda_conv_problem plain = conv->problem;
    plain.has_bias = plain.has_residual = false;
    plain.act = IDI_ACT_NONE;
    return idi_cuda_conv_plan_build(cache->planner, &plain, &conv->plan);
}

static idi_status add(idi_cuda_conv_cache *cache, const idi_cuda_conv_problem *problem,
                      idi_cuda_conv **conv_out)
{
    idi_cuda_conv *conv;
    IDI_TRY(idi_alloc_zeroed(cache->memory, IDI_TAG_GENERAL, 1, sizeof *conv, &conv));
    conv->problem = *problem;
    const idi_status st = build_plan(cache, conv);
    if (st != IDI_OK) {
        idi_free(cache->memory, conv);
        return st;
    }
    idi_cuda_conv **bucket = &cache->buckets[bucket_of(problem)];
    conv->next = *bucket;
    *bucket = *conv_out = conv;
    return IDI_OK;
}

idi_status idi_cuda_conv_find(idi_cuda_conv_cache *cache, const idi_cuda_conv_problem *problem,
                              const idi_cuda_conv **conv_out)
{
    *conv_out = NULL;
    idi_status st = IDI_OK;
    (void)pthread_mutex_lock(&cache->lock);
    idi_cuda_conv *conv = cache->buckets[bucket_of(problem)];
    while (conv && !is_same(&conv->problem, problem))
        conv = conv->next;
    if (!conv) st = add(cache, problem, &conv);
    (void)pthread_mutex_unlock(&cache->lock);
    if (st == IDI_OK && conv->plan) *conv_out = conv;
    return st;
}

size_t idi_cuda_conv_workspace_bytes(const idi_cuda_conv *conv)
{
    return idi_cuda_conv_plan_workspace_bytes(conv->plan);
}

idi_cuda_conv_search idi_cuda_conv_search_of(const idi_cuda_conv *conv)
{
    return idi_cuda_conv_plan_search(conv->plan);
}

bool idi_cuda_conv_is_fused(const idi_cuda_conv *conv)
{
    return conv->is_fused;
}

idi_status idi_cuda_conv_run(idi_cuda_conv_cache *cache, const idi_cuda_conv *conv,
                             const idi_cuda_conv_data *data, cudaStream_t stream)
{
    (void)pthread_mutex_lock(&cache->lock);
    const idi_status st = idi_cuda_conv_plan_run(cache->planner, conv->plan, data, stream);
    (void)pthread_mutex_unlock(&cache->lock);
    if (st != IDI_OK || conv->is_fused) return st;
    return idi_cuda_conv_epilogue(&conv->problem, data, stream);
}
