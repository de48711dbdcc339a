/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/device.c - see device.h. */
#include "cuda/runtime/device.h"
#include "cuda/runtime/gemm_cache.h"
#include "cuda/runtime/plan_cache.h"
#include "cuda/runtime/probe.h"

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

/* The runtime's answer in its own words. */
static void note_error(idi_cuda_device_report *report, const char *what, cudaError_t error)
{
    (void)cudaGetLastError();
    (void)snprintf(report->reason, sizeof report->reason, "%s%s (%s)", what,
                   cudaGetErrorString(error), cudaGetErrorName(error));
}

/* Whether there is such a device. */
static bool is_there(int ordinal, idi_cuda_device_report *report)
{
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaErrorInsufficientDriver) {
        note_error(report, "the driver is missing or too old: ", error);
    } else if (error != cudaSuccess) {
        note_error(report, "", error);
    } else if (ordinal < 0 || ordinal >= count) {
        (void)snprintf(report->reason, sizeof report->reason,
                       "no such device: this machine has %d CUDA device%s", count,
                       count == 1 ? "" : "s");
    }
    return !report->reason[0];
}

static bool is_new_enough(idi_cuda_device_report *report)
{
    const int oldest = IDI_CUDA_OLDEST_CAPABILITY;
    if (report->compute_capability >= oldest) return true;
    (void)snprintf(report->reason, sizeof report->reason,
                   "compute capability: needs %d.%d or newer, %s has %d.%d", oldest / 10,
                   oldest % 10, report->name, report->compute_capability / 10,
                   report->compute_capability % 10);
    return false;
}

static bool has_kernels(int ordinal, idi_cuda_device_report *report)
{
    cudaError_t error = cudaSetDevice(ordinal);
    if (error == cudaSuccess) error = idi_cuda_probe();
    if (error == cudaErrorNoKernelImageForDevice) {
        (void)cudaGetLastError();
        (void)snprintf(report->reason, sizeof report->reason,
                       "this library was not compiled for %s, compute capability %d.%d "
                       "(CMAKE_CUDA_ARCHITECTURES)",
                       report->name, report->compute_capability / 10,
                       report->compute_capability % 10);
    } else if (error != cudaSuccess) {
        note_error(report, "", error);
    }
    return !report->reason[0];
}

void idi_cuda_device_look(int ordinal, idi_cuda_device_report *report_out)
{
    *report_out = (idi_cuda_device_report){.is_usable = false};
    if (!is_there(ordinal, report_out)) return;
    struct cudaDeviceProp properties;
    const cudaError_t error = cudaGetDeviceProperties(&properties, ordinal);
    if (error != cudaSuccess) {
        note_error(report_out, "", error);
        return;
    }
    (void)snprintf(report_out->name, sizeof report_out->name, "%s", properties.name);
    report_out->compute_capability = 10 * properties.major + properties.minor;
    report_out->memory_bytes = properties.totalGlobalMem;
    report_out->is_usable = is_new_enough(report_out) && has_kernels(ordinal, report_out);
}

idi_status idi_cuda_device_open(idi_memory *memory, int ordinal, idi_cuda_device **device_out)
{
    *device_out = NULL;
    idi_cuda_device_report report;
    idi_cuda_device_look(ordinal, &report);
    IDI_REQUIRE(report.is_usable, IDI_ERR_DEVICE, "cuda:%d cannot be used: %s; use cpu or auto",
                ordinal, report.reason);
    struct cudaDeviceProp properties;
    IDI_TRY_CUDA(cudaSetDevice(ordinal));
    IDI_TRY_CUDA(cudaGetDeviceProperties(&properties, ordinal));
    idi_cuda_device *device;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *device, &device));
    device->memory = memory;
    device->ordinal = ordinal;
    (void)snprintf(device->name, sizeof device->name, "%s", report.name);
    device->compute_capability = report.compute_capability;
    device->multiprocessor_count = properties.multiProcessorCount;
    device->shared_bytes = properties.sharedMemPerBlockOptin;
    device->memory_bytes = properties.totalGlobalMem;
    idi_status st = idi_cuda_arena_create(memory, ordinal, &device->arena);
    if (st == IDI_OK) st = idi_cuda_gemm_cache_create(memory, &device->gemms);
    if (st == IDI_OK) st = idi_cuda_plan_cache_create(memory, NULL, &device->plans);
    if (st != IDI_OK) {
        idi_cuda_device_close(&device);
        return st;
    }
    *device_out = device;
    return IDI_OK;
}

void idi_cuda_device_close(idi_cuda_device **device)
{
    if (!device || !*device) return;
    idi_cuda_plan_cache_destroy(&(*device)->plans);
    idi_cuda_gemm_cache_destroy(&(*device)->gemms);
    idi_cuda_arena_destroy(&(*device)->arena);
    idi_free((*device)->memory, *device);
    *device = NULL;
}
