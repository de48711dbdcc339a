/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/plan_cache.h - a device's plans, made when a session is planned and found again when
 * it runs. Each kind of problem (conv.c, sdpa.c) has entries of its own in one cache, so that there
 * is one cuDNN handle a device.
 *
 * Thread: a cache may be used from several threads. */
#ifndef IDI_CUDA_RUNTIME_PLAN_CACHE_H
#define IDI_CUDA_RUNTIME_PLAN_CACHE_H

#include "cuda/runtime/check.h"
#include "cuda/runtime/plan.h"

typedef struct idi_cuda_plan_cache idi_cuda_plan_cache;

/* Everything that a plan depends on, as numbers. */
typedef enum idi_cuda_plan_kind { IDI_CUDA_PLAN_CONV, IDI_CUDA_PLAN_SDPA } idi_cuda_plan_kind;
enum { IDI_CUDA_PLAN_KEY = 20 };
typedef struct idi_cuda_plan_key {
    idi_cuda_plan_kind kind;
    int64_t part[IDI_CUDA_PLAN_KEY];
} idi_cuda_plan_key;

/* The first member of what a kind of problem keeps. */
typedef struct idi_cuda_plan_entry {
    idi_cuda_plan_key key;
    idi_cuda_plan *plan;              /* NULL: the library has no engine */
    struct idi_cuda_plan_entry *next; /* in its bucket */
} idi_cuda_plan_entry;

/* device_json as in idi_cuda_planner_open, the caller's until the end. cuDNN is loaded by the first
 * problem. */
IDI_NODISCARD idi_status idi_cuda_plan_cache_create(idi_memory *memory, const char *device_json,
                                                    idi_cuda_plan_cache **cache_out);
void idi_cuda_plan_cache_destroy(idi_cuda_plan_cache **cache);

/* Fills `plan` and what follows the entry, which is zeros. */
typedef idi_status (*idi_cuda_plan_make)(idi_cuda_planner *planner, const void *problem,
                                         idi_cuda_plan_entry *entry);

/* The entry of the key, found or made now (with `bytes` of memory); NULL if it has no plan.
 * Ownership: stays with the cache. Errors: DEVICE (no cuDNN, or it failed). */
IDI_NODISCARD idi_status idi_cuda_plan_cache_find(idi_cuda_plan_cache *cache,
                                                  const idi_cuda_plan_key *key, size_t bytes,
                                                  idi_cuda_plan_make make, const void *problem,
                                                  const idi_cuda_plan_entry **entry_out);

typedef idi_status (*idi_cuda_plan_run)(idi_cuda_planner *planner, const idi_cuda_plan *plan,
                                        const void *data, cudaStream_t stream);

/* Enqueues the entry's plan; one at a time, as the library's handle wants it. */
IDI_NODISCARD idi_status idi_cuda_plan_cache_run(idi_cuda_plan_cache *cache,
                                                 const idi_cuda_plan_entry *entry,
                                                 idi_cuda_plan_run run, const void *data,
                                                 cudaStream_t stream);

#endif
