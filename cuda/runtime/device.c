/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/device.c - see device.h. */
#include "cuda/runtime/device.h"

#include <stdio.h>

int idi_cuda_device_count(void)
{
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess) {
        (void)cudaGetLastError();
        return 0;
    }
    return count;
}

/* Why there is no device `ordinal`, as a status. */
static idi_status require_device(int ordinal)
{
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess) {
        (void)cudaGetLastError();
        return idi_fail(IDI_ERR_DEVICE, "cuda:%d cannot be used: %s; use cpu or auto", ordinal,
                        cudaGetErrorString(error));
    }
    IDI_REQUIRE(ordinal >= 0 && ordinal < count, IDI_ERR_DEVICE,
                "cuda:%d does not exist: this machine has %d CUDA device%s", ordinal, count,
                count == 1 ? "" : "s");
    return IDI_OK;
}

idi_status idi_cuda_device_open(idi_memory *memory, int ordinal, idi_cuda_device **device_out)
{
    *device_out = NULL;
    IDI_TRY(require_device(ordinal));
    struct cudaDeviceProp properties;
    IDI_TRY_CUDA(cudaSetDevice(ordinal));
    IDI_TRY_CUDA(cudaGetDeviceProperties(&properties, ordinal));
    idi_cuda_device *device;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *device, &device));
    device->memory = memory;
    device->ordinal = ordinal;
    (void)snprintf(device->name, sizeof device->name, "%s", properties.name);
    device->compute_capability = 10 * properties.major + properties.minor;
    device->multiprocessor_count = properties.multiProcessorCount;
    device->shared_bytes = properties.sharedMemPerBlockOptin;
    device->memory_bytes = properties.totalGlobalMem;
    *device_out = device;
    return IDI_OK;
}

void idi_cuda_device_close(idi_cuda_device **device)
{
    if (!device || !*device) return;
    idi_free((*device)->memory, *device);
    *device = NULL;
}
