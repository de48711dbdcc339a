/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/gemm_cache.h - a device's cuBLASLt and the plans of its products.
 *
 * Thread: a cache may be used from several threads. */
#ifndef IDI_CUDA_RUNTIME_GEMM_CACHE_H
#define IDI_CUDA_RUNTIME_GEMM_CACHE_H

#include "cuda/runtime/gemm_plan.h"

typedef struct idi_cuda_gemm_cache idi_cuda_gemm_cache;

/* On the current CUDA device. IDI_ERR_DEVICE if cuBLASLt is missing or does not start.
 * Ownership: the caller destroys it. */
IDI_NODISCARD idi_status idi_cuda_gemm_cache_create(idi_memory *memory,
                                                    idi_cuda_gemm_cache **cache_out);
/* NULL-safe; nulls the caller's pointer. */
void idi_cuda_gemm_cache_destroy(idi_cuda_gemm_cache **cache);

const idi_cublaslt *idi_cuda_gemm_cache_library(const idi_cuda_gemm_cache *cache);
cublasLtHandle_t idi_cuda_gemm_cache_handle(const idi_cuda_gemm_cache *cache);

/* NULL if there is none. It stays where it is until the cache is destroyed. */
const idi_cuda_gemm_plan *idi_cuda_gemm_cache_find(idi_cuda_gemm_cache *cache,
                                                   const idi_cuda_gemm_key *key);
/* Keeps the plan, unless another thread's has come first: finding tells which. */
IDI_NODISCARD idi_status idi_cuda_gemm_cache_add(idi_cuda_gemm_cache *cache,
                                                 const idi_cuda_gemm_key *key,
                                                 const idi_cuda_gemm_plan *plan);

#endif
