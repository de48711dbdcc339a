/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/staging.h - copies between ordinary host memory and the device through a ring of
 * pinned chunks: while the device copies some, the host fills or empties others, and small uploads
 * that follow each other need not wait for each other.
 *
 * Thread: one thread at a time. The caller has made the device current. */
#ifndef IDI_CUDA_RUNTIME_STAGING_H
#define IDI_CUDA_RUNTIME_STAGING_H

#include "core/memory.h"
#include "cuda/runtime/check.h"

enum { IDI_CUDA_STAGING_CHUNKS = 8, IDI_CUDA_STAGING_BYTES = 1024 * 1024 };

/* All zero: no room yet; copies then go from and to the caller's memory directly. */
typedef struct idi_cuda_staging {
    idi_memory *memory;
    void *block; /* host memory, counted as such */
    char *chunk[IDI_CUDA_STAGING_CHUNKS];
    cudaEvent_t is_free[IDI_CUDA_STAGING_CHUNKS]; /* the device has done with the chunk */
    int next;                                     /* the chunk that is taken next */
    size_t chunk_bytes;
    bool is_pinned;
} idi_cuda_staging;

/* Room for copies of up to `largest_bytes`: chunks of a quarter of it, within the bound above, but
 * one chunk for up to 64 KiB; never shrinks. No copy may be under way. */
IDI_NODISCARD idi_status idi_cuda_staging_grow(idi_cuda_staging *staging, idi_memory *memory,
                                               size_t largest_bytes);
void idi_cuda_staging_destroy(idi_cuda_staging *staging);

/* Enqueued on return; the source has been read. The host waits only where all chunks are taken by
 * copies that the stream has not come to yet. */
IDI_NODISCARD idi_status idi_cuda_staging_upload(idi_cuda_staging *staging, void *target,
                                                 const void *source, size_t bytes,
                                                 cudaStream_t stream);
/* Complete on return, with all that the stream had to do before. */
IDI_NODISCARD idi_status idi_cuda_staging_download(idi_cuda_staging *staging, void *target,
                                                   const void *source, size_t bytes,
                                                   cudaStream_t stream);

#endif
