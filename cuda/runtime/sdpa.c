/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/sdpa.c - see sdpa.h: attention in the cache of plans. */
#include "cuda/runtime/sdpa.h"
#include "cuda/runtime/sdpa_plan.h"

struct idi_cuda_sdpa {
    idi_cuda_plan_entry entry;
};

/* cuDNN's engines (9.19) want whole 16-byte rows and have heads of up to 128 features on every
 * device with the tensor cores for it. With fewer tokens than this, attention_mma.cu has too little
 * to do to lose; not measured yet. */
enum { LARGEST_SIZE = 128, FEWEST_TOKENS = 256 };

bool idi_cuda_sdpa_is_library(const idi_cuda_sdpa_problem *p)
{
    return p->storage != IDI_F32 && p->size % 8 == 0 && p->size <= LARGEST_SIZE &&
           p->queries >= FEWEST_TOKENS && p->keys >= FEWEST_TOKENS;
}

static idi_status make(idi_cuda_planner *planner, const void *problem, idi_cuda_plan_entry *entry)
{
    return idi_cuda_sdpa_plan_build(planner, problem, &entry->plan);
}

idi_status idi_cuda_sdpa_find(idi_cuda_plan_cache *cache, const idi_cuda_sdpa_problem *p,
                              const idi_cuda_sdpa **sdpa_out)
{
    const idi_cuda_plan_key key = {IDI_CUDA_PLAN_SDPA,
                                   {p->n, p->heads, p->queries, p->keys, p->size, p->storage}};
    const idi_cuda_plan_entry *entry;
    *sdpa_out = NULL;
    IDI_TRY(idi_cuda_plan_cache_find(cache, &key, sizeof **sdpa_out, make, p, &entry));
    *sdpa_out = (const idi_cuda_sdpa *)entry;
    return IDI_OK;
}

size_t idi_cuda_sdpa_workspace_bytes(const idi_cuda_sdpa *sdpa)
{
    return idi_cuda_plan_workspace_bytes(sdpa->entry.plan);
}

idi_cuda_plan_search idi_cuda_sdpa_search_of(const idi_cuda_sdpa *sdpa)
{
    return idi_cuda_plan_search_of(sdpa->entry.plan);
}

idi_status idi_cuda_sdpa_run(idi_cuda_plan_cache *cache, const idi_cuda_sdpa *sdpa,
                             const idi_cuda_sdpa_data *data, cudaStream_t stream)
{
    return idi_cuda_plan_cache_run(cache, &sdpa->entry, idi_cuda_sdpa_plan_run, data, stream);
}
