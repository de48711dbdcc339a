/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/sdpa.h - scaled dot-product attention as a typed problem, and cuDNN's plans for it.
 *
 * A problem says everything that a plan depends on; plans lie in the device's cache. Where cuDNN
 * has no engine, attention.cu has kernels. */
#ifndef IDI_CUDA_RUNTIME_SDPA_H
#define IDI_CUDA_RUNTIME_SDPA_H

#include "cuda/runtime/call.h"
#include "cuda/runtime/plan_cache.h"

/* q, y [n, queries, heads*size], k, v [n, keys, heads*size], dense: feature j of head h is column
 * h*size + j. y = softmax(q k' / sqrt(size)) v for each sample and head. */
typedef struct idi_cuda_sdpa_problem {
    int64_t n, heads, queries, keys, size;
    idi_dtype storage; /* IDI_F16 or IDI_BF16 */
} idi_cuda_sdpa_problem;

typedef struct idi_cuda_sdpa_data {
    void *q;
    void *k;
    void *v;
    void *y;
    void *workspace;
    float scale; /* 1/sqrt(size) */
} idi_cuda_sdpa_data;

/* Whether to ask cuDNN at all. */
bool idi_cuda_sdpa_is_library(const idi_cuda_sdpa_problem *problem);

/* A plan as the cache holds it. */
typedef struct idi_cuda_sdpa idi_cuda_sdpa;

/* The plan of a problem, from the cache or made now; NULL if cuDNN has no engine for it.
 * Ownership: stays with the cache. Errors: DEVICE (no cuDNN, or it failed). */
IDI_NODISCARD idi_status idi_cuda_sdpa_find(idi_cuda_plan_cache *cache,
                                            const idi_cuda_sdpa_problem *problem,
                                            const idi_cuda_sdpa **sdpa_out);
size_t idi_cuda_sdpa_workspace_bytes(const idi_cuda_sdpa *sdpa);
idi_cuda_plan_search idi_cuda_sdpa_search_of(const idi_cuda_sdpa *sdpa);

/* Enqueues the problem. */
IDI_NODISCARD idi_status idi_cuda_sdpa_run(idi_cuda_plan_cache *cache, const idi_cuda_sdpa *sdpa,
                                           const idi_cuda_sdpa_data *data, cudaStream_t stream);

#endif
