/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/device.h - a GPU as the backends of one context share it.
 *
 * Thread: a device may be used from several threads; what is mutable in it has locks of its own. */
#ifndef IDI_CUDA_RUNTIME_DEVICE_H
#define IDI_CUDA_RUNTIME_DEVICE_H

#include "cuda/runtime/call.h"

struct idi_cuda_device {
    idi_memory *memory; /* host */
    int ordinal;
    char name[256];
    int compute_capability; /* 90 is 9.0 */
    int multiprocessor_count;
    size_t shared_bytes; /* that a block may ask for */
    size_t memory_bytes;
};

/* Devices that can be used; 0 without a driver. */
int idi_cuda_device_count(void);

/* IDI_ERR_DEVICE, with the reason in words, if device `ordinal` cannot be used.
 * Ownership: the caller closes it, after every backend on it. `memory` must outlive it. */
IDI_NODISCARD idi_status idi_cuda_device_open(idi_memory *memory, int ordinal,
                                              idi_cuda_device **device_out);
void idi_cuda_device_close(idi_cuda_device **device);

#endif
