/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/caller.h - a caller's stream and memory beside a backend's: events in both
 * directions, and whose memory an address is. The host never waits.
 *
 * Thread: one thread at a time. The caller has made the device current. */
#ifndef IDI_CUDA_RUNTIME_CALLER_H
#define IDI_CUDA_RUNTIME_CALLER_H

#include "cuda/runtime/check.h"

/* All zero: not created, and destroyed without effect. */
typedef struct idi_cuda_caller {
    cudaEvent_t given; /* what the caller's stream had been given */
    cudaEvent_t asked; /* what the backend's stream had been asked for */
} idi_cuda_caller;

IDI_NODISCARD idi_status idi_cuda_caller_create(idi_cuda_caller *caller);
void idi_cuda_caller_destroy(idi_cuda_caller *caller);

/* `own` goes on after what `stream` has been given. IDI_ERR_STATE if `stream` is being captured. */
IDI_NODISCARD idi_status idi_cuda_caller_follow(idi_cuda_caller *caller, cudaStream_t stream,
                                                cudaStream_t own);
/* `stream` goes on after what `own` has been given. */
IDI_NODISCARD idi_status idi_cuda_caller_lead(idi_cuda_caller *caller, cudaStream_t stream,
                                              cudaStream_t own);

/* IDI_ERR_ARG, naming `what`, unless the address lies in memory of device `ordinal` (or managed
 * memory). */
IDI_NODISCARD idi_status idi_cuda_caller_check(const char *what, const void *address, int ordinal);

#endif
