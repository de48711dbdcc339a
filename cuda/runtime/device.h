/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/device.h - a GPU as the backends of one context share it.
 *
 * Thread: a device may be used from several threads; what is mutable in it has locks of its own. */
#ifndef IDI_CUDA_RUNTIME_DEVICE_H
#define IDI_CUDA_RUNTIME_DEVICE_H

#include "cuda/runtime/arena.h"
#include "cuda/runtime/call.h"

/* Products of f32 and f16 have tensor cores from here on; older devices are not tested. */
enum { IDI_CUDA_OLDEST_CAPABILITY = 75 };

/* What can be said of device `ordinal` before it is opened. */
typedef struct idi_cuda_device_report {
    char name[256];
    int compute_capability; /* 90 is 9.0 */
    size_t memory_bytes;
    bool is_usable;
    char reason[512]; /* a clause: why not; "" */
} idi_cuda_device_report;

struct idi_cuda_device {
    idi_memory *memory; /* host */
    int ordinal;
    char name[256];
    int compute_capability; /* 90 is 9.0 */
    int multiprocessor_count;
    size_t shared_bytes; /* that a block may ask for */
    size_t memory_bytes;
    idi_cuda_arena *arena; /* all device memory of the context, but for the libraries' own */
    struct idi_cuda_gemm_cache *gemms; /* cuBLASLt and the plans of matrix products */
    struct idi_cuda_plan_cache *plans; /* cuDNN and its plans: convolutions, attention */
};

/* Devices that are there, usable or not; 0 without a driver. */
int idi_cuda_device_count(void);

/* Says why not if `ordinal` cannot be used, or is not there. Leaves no error behind; makes a usable
 * device current. */
void idi_cuda_device_look(int ordinal, idi_cuda_device_report *report_out);

/* IDI_ERR_DEVICE, with the reason in words, if device `ordinal` cannot be used.
 * Ownership: the caller closes it, after every backend on it. `memory` must outlive it. */
IDI_NODISCARD idi_status idi_cuda_device_open(idi_memory *memory, int ordinal,
                                              idi_cuda_device **device_out);
void idi_cuda_device_close(idi_cuda_device **device);

#endif
