/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/staging.h - copies between ordinary host memory and the device through two pinned
 * chunks: while the device copies one, the host fills or empties the other.
 *
 * Thread: one thread at a time. The caller has made the device current. */
#ifndef IDI_CUDA_RUNTIME_STAGING_H
#define IDI_CUDA_RUNTIME_STAGING_H

#include "core/memory.h"
#include "cuda/runtime/check.h"

enum { IDI_CUDA_STAGING_CHUNKS = 2, IDI_CUDA_STAGING_BYTES = 4 * 1024 * 1024 };

/* All zero: no room yet; copies then go from and to the caller's memory directly. */
typedef struct idi_cuda_staging {
    idi_memory *memory;
    void *block; /* host memory, counted as such */
    char *chunk[IDI_CUDA_STAGING_CHUNKS];
    cudaEvent_t is_free[IDI_CUDA_STAGING_CHUNKS]; /* the device has done with the chunk */
    size_t chunk_bytes;
    bool is_pinned;
} idi_cuda_staging;

/* Room for copies of up to `largest_bytes` in as few chunks as the bound above allows; never
 * shrinks. No copy may be under way. */
IDI_NODISCARD idi_status idi_cuda_staging_grow(idi_cuda_staging *staging, idi_memory *memory,
                                               size_t largest_bytes);
void idi_cuda_staging_destroy(idi_cuda_staging *staging);

/* Enqueued on return; the source has been read. */
IDI_NODISCARD idi_status idi_cuda_staging_upload(idi_cuda_staging *staging, void *target,
                                                 const void *source, size_t bytes,
                                                 cudaStream_t stream);
/* Complete on return, with all that the stream had to do before. */
IDI_NODISCARD idi_status idi_cuda_staging_download(idi_cuda_staging *staging, void *target,
                                                   const void *source, size_t bytes,
                                                   cudaStream_t stream);

#endif
