/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/staging.c - see staging.h. */
#include "cuda/runtime/staging.h"

#include <string.h>

enum { PAGE_BYTES = 4096, WHOLE_BYTES = 64 * 1024 };

static size_t round_up(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* Memory of the context's allocator, pinned: so that its counters and its limit hold. Where the
 * system allows no pinning (a limit on locked memory), the chunks are ordinary memory, which the
 * driver stages itself. */
static idi_status take_chunks(idi_cuda_staging *staging, size_t chunk_bytes)
{
    const size_t bytes = IDI_CUDA_STAGING_CHUNKS * chunk_bytes;
    IDI_TRY(idi_alloc(staging->memory, IDI_TAG_GENERAL, bytes + PAGE_BYTES, &staging->block));
    char *start = staging->block;
    start += round_up((uintptr_t)start) - (uintptr_t)start;
    for (int i = 0; i < IDI_CUDA_STAGING_CHUNKS; i++)
        staging->chunk[i] = start + (size_t)i * chunk_bytes;
    staging->chunk_bytes = chunk_bytes;
    staging->is_pinned = cudaHostRegister(start, bytes, cudaHostRegisterDefault) == cudaSuccess;
    if (!staging->is_pinned) (void)cudaGetLastError();
    return IDI_OK;
}

static void release_chunks(idi_cuda_staging *staging)
{
    if (staging->is_pinned) (void)cudaHostUnregister(staging->chunk[0]);
    idi_free(staging->memory, staging->block);
    staging->block = NULL;
    staging->chunk_bytes = 0;
    staging->is_pinned = false;
}

static size_t choose_chunk_bytes(size_t largest_bytes)
{
    size_t bytes = largest_bytes / 4;
    if (bytes < WHOLE_BYTES) bytes = largest_bytes < WHOLE_BYTES ? largest_bytes : WHOLE_BYTES;
    return bytes < IDI_CUDA_STAGING_BYTES ? round_up(bytes) : IDI_CUDA_STAGING_BYTES;
}

idi_status idi_cuda_staging_grow(idi_cuda_staging *staging, idi_memory *memory,
                                 size_t largest_bytes)
{
    staging->memory = memory;
    for (int i = 0; i < IDI_CUDA_STAGING_CHUNKS; i++)
        if (!staging->is_free[i])
            IDI_TRY_CUDA(cudaEventCreateWithFlags(&staging->is_free[i], cudaEventDisableTiming));
    const size_t wanted = choose_chunk_bytes(largest_bytes);
    if (wanted <= staging->chunk_bytes) return IDI_OK;
    release_chunks(staging);
    return take_chunks(staging, wanted);
}

void idi_cuda_staging_destroy(idi_cuda_staging *staging)
{
    release_chunks(staging);
    for (int i = 0; i < IDI_CUDA_STAGING_CHUNKS; i++)
        if (staging->is_free[i]) (void)cudaEventDestroy(staging->is_free[i]);
    memset(staging, 0, sizeof *staging);
}

static size_t part(const idi_cuda_staging *staging, size_t bytes, size_t done)
{
    const size_t rest = bytes - done;
    return rest < staging->chunk_bytes ? rest : staging->chunk_bytes;
}

/* The chunk that comes `step` after the next one. */
static int chunk_at(const idi_cuda_staging *staging, size_t step)
{
    return (int)(((size_t)staging->next + step) % IDI_CUDA_STAGING_CHUNKS);
}

static idi_status wait_for(cudaEvent_t is_free)
{
    const cudaError_t state = cudaEventQuery(is_free);
    if (state == cudaSuccess) return IDI_OK;
    if (state == cudaErrorNotReady) (void)cudaGetLastError(); /* an answer, not an error */
    IDI_TRY_CUDA(cudaEventSynchronize(is_free));
    return IDI_OK;
}

idi_status idi_cuda_staging_upload(idi_cuda_staging *staging, void *target, const void *source,
                                   size_t bytes, cudaStream_t stream)
{
    if (!staging->chunk_bytes) {
        IDI_TRY_CUDA(cudaMemcpyAsync(target, source, bytes, cudaMemcpyHostToDevice, stream));
        return IDI_OK;
    }
    for (size_t done = 0; done < bytes;) {
        const int i = staging->next;
        const size_t now = part(staging, bytes, done);
        IDI_TRY(wait_for(staging->is_free[i]));
        memcpy(staging->chunk[i], (const char *)source + done, now);
        IDI_TRY_CUDA(cudaMemcpyAsync((char *)target + done, staging->chunk[i], now,
                                     cudaMemcpyHostToDevice, stream));
        IDI_TRY_CUDA(cudaEventRecord(staging->is_free[i], stream));
        staging->next = chunk_at(staging, 1);
        done += now;
    }
    return IDI_OK;
}

/* Asks for piece `step` of the value, if there is one, into its chunk. */
static idi_status request(idi_cuda_staging *staging, const void *source, size_t bytes, size_t step,
                          cudaStream_t stream)
{
    const int i = chunk_at(staging, step);
    const size_t first = step * staging->chunk_bytes;
    if (first >= bytes) return IDI_OK;
    IDI_TRY_CUDA(cudaMemcpyAsync(staging->chunk[i], (const char *)source + first,
                                 part(staging, bytes, first), cudaMemcpyDeviceToHost, stream));
    IDI_TRY_CUDA(cudaEventRecord(staging->is_free[i], stream));
    return IDI_OK;
}

/* Afterwards the device has done with all chunks, so that it does not matter which is next. */
idi_status idi_cuda_staging_download(idi_cuda_staging *staging, void *target, const void *source,
                                     size_t bytes, cudaStream_t stream)
{
    if (!staging->chunk_bytes) {
        IDI_TRY_CUDA(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDeviceToHost, stream));
        IDI_TRY_CUDA(cudaStreamSynchronize(stream));
        return IDI_OK;
    }
    for (size_t step = 0; step < IDI_CUDA_STAGING_CHUNKS; step++)
        IDI_TRY(request(staging, source, bytes, step, stream));
    size_t step = 0;
    for (size_t done = 0; done < bytes; step++) {
        const int i = chunk_at(staging, step);
        const size_t now = part(staging, bytes, done);
        IDI_TRY(wait_for(staging->is_free[i]));
        memcpy((char *)target + done, staging->chunk[i], now);
        IDI_TRY(request(staging, source, bytes, step + IDI_CUDA_STAGING_CHUNKS, stream));
        done += now;
    }
    return IDI_OK;
}
