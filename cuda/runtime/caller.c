/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/caller.c - see caller.h. */
#include "cuda/runtime/caller.h"

#include <string.h>

idi_status idi_cuda_caller_create(idi_cuda_caller *caller)
{
    IDI_TRY_CUDA(cudaEventCreateWithFlags(&caller->given, cudaEventDisableTiming));
    IDI_TRY_CUDA(cudaEventCreateWithFlags(&caller->asked, cudaEventDisableTiming));
    return IDI_OK;
}

void idi_cuda_caller_destroy(idi_cuda_caller *caller)
{
    if (caller->given) (void)cudaEventDestroy(caller->given);
    if (caller->asked) (void)cudaEventDestroy(caller->asked);
    memset(caller, 0, sizeof *caller);
}

/* What a session computes once and keeps would be missing from the caller's recording. */
static idi_status refuse_captures(cudaStream_t stream)
{
    enum cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    const cudaError_t error = cudaStreamIsCapturing(stream, &status);
    if (error == cudaErrorStreamCaptureImplicit) {
        (void)cudaGetLastError(); /* the legacy stream, while another one is captured */
        status = cudaStreamCaptureStatusActive;
    } else if (error != cudaSuccess) {
        return idi_cuda_fail_at(__FILE__, __LINE__, error, "cudaStreamIsCapturing");
    }
    IDI_REQUIRE(status == cudaStreamCaptureStatusNone, IDI_ERR_STATE,
                "the stream is being captured, and a run cannot be part of the caller's recording: "
                "what it keeps for later runs would not be computed");
    return IDI_OK;
}

idi_status idi_cuda_caller_follow(idi_cuda_caller *caller, cudaStream_t stream, cudaStream_t own)
{
    IDI_TRY(refuse_captures(stream));
    IDI_TRY_CUDA(cudaEventRecord(caller->given, stream));
    IDI_TRY_CUDA(cudaStreamWaitEvent(own, caller->given, 0));
    return IDI_OK;
}

idi_status idi_cuda_caller_lead(idi_cuda_caller *caller, cudaStream_t stream, cudaStream_t own)
{
    IDI_TRY_CUDA(cudaEventRecord(caller->asked, own));
    IDI_TRY_CUDA(cudaStreamWaitEvent(stream, caller->asked, 0));
    return IDI_OK;
}

idi_status idi_cuda_caller_check(const char *what, const void *address, int ordinal)
{
    struct cudaPointerAttributes attributes;
    const cudaError_t error = cudaPointerGetAttributes(&attributes, address);
    if (error != cudaSuccess)
        return idi_cuda_fail_at(__FILE__, __LINE__, error, "cudaPointerGetAttributes");
    if (attributes.type == cudaMemoryTypeManaged) return IDI_OK;
    IDI_REQUIRE(attributes.type == cudaMemoryTypeDevice, IDI_ERR_ARG,
                "%s lies in the host's memory, want memory of cuda:%d", what, ordinal);
    IDI_REQUIRE(attributes.device == ordinal, IDI_ERR_ARG,
                "%s lies in memory of cuda:%d, want cuda:%d", what, attributes.device, ordinal);
    return IDI_OK;
}
