/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/backend.h - the CUDA backend: one stream of one device at one precision. A session
 * has one of its own, so that sessions run beside each other. */
#ifndef IDI_CUDA_RUNTIME_BACKEND_H
#define IDI_CUDA_RUNTIME_BACKEND_H

#include "cuda/runtime/device.h"
#include "graph/backend.h"

typedef struct idi_cuda_backend_options {
    idi_dtype storage; /* IDI_F32, IDI_F16 or IDI_BF16 */
    bool allows_tf32;
    /* On compute capability 9.0, kernels made of warpgroups' asynchronous products where an op has
     * one. Off unless asked for, by tests and measurements: none of them has run on a device. */
    bool prefers_wgmma;
} idi_cuda_backend_options;

/* Ownership: the caller frees with idi_cuda_backend_destroy. `device` must outlive the backend.
 * Thread: one thread at a time. */
IDI_NODISCARD idi_status idi_cuda_backend_create(idi_cuda_device *device,
                                                 const idi_cuda_backend_options *options,
                                                 idi_backend **backend_out);
void idi_cuda_backend_destroy(idi_backend **backend);

#endif
