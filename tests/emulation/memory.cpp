/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/memory.cpp - memory, copies and the device list of the emulated runtime. Device
 * memory is host memory of exactly the size asked for, filled with 0xFF (NaN), between guard bytes
 * that are looked at when it is freed and whenever a stream is waited for. */
#include "stream.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

extern "C" {
#include "tests/support/network_run.h" /* IDI_TEST_IS_SANITIZED */
}

struct CUmemPoolHandle_st {
    int unused;
};

namespace {

using namespace idi::emulation;

idi_emulation_machine machine = {1, size_t{16} << 30, 90, 1, 1, 1, 0, 0};
std::map<const char *, size_t> blocks; /* device memory */
std::map<const char *, size_t> pinned; /* host memory that asynchronous copies read later */
size_t used_bytes;
std::recursive_mutex lock;

constexpr size_t alignment = 256;

/* Before and behind every block. AddressSanitizer has guards of its own, which see reads too: under
 * it a block stands alone. */
constexpr size_t guard_bytes = IDI_TEST_IS_SANITIZED ? 0 : alignment;
constexpr unsigned char guard_value = 0xC5;

void fill_guards(char *block, size_t bytes)
{
    std::memset(block - guard_bytes, guard_value, guard_bytes);
    std::memset(block + bytes, guard_value, guard_bytes);
}

/* Aborts at the first guard byte that was written, those behind the block first. */
void check_guards(const char *block, size_t bytes)
{
    const auto require = [=](int64_t offset) {
        if (static_cast<unsigned char>(block[offset]) == guard_value) return;
        std::fprintf(
            stderr, "emulation: a device buffer of %zu bytes was written outside, at offset %lld\n",
            bytes, static_cast<long long>(offset));
        std::abort();
    };
    for (size_t i = 0; i < guard_bytes; i++)
        require(static_cast<int64_t>(bytes + i));
    for (size_t i = 1; i <= guard_bytes; i++)
        require(-static_cast<int64_t>(i));
}

cudaError_t allocate(std::map<const char *, size_t> &kind, void **out, size_t bytes)
{
    std::lock_guard guard(lock);
    *out = nullptr;
    if (&kind == &blocks && used_bytes + bytes > machine.memory_bytes)
        return set_error(cudaErrorMemoryAllocation);
    void *guarded = nullptr;
    if (posix_memalign(&guarded, alignment, (bytes ? bytes : 1) + 2 * guard_bytes) != 0)
        return set_error(cudaErrorMemoryAllocation);
    char *memory = static_cast<char *>(guarded) + guard_bytes;
    std::memset(memory, 0xFF, bytes);
    fill_guards(memory, bytes);
    kind[memory] = bytes;
    if (&kind == &blocks) used_bytes += bytes;
    counters.allocations++;
    counters.live_allocations++;
    *out = memory;
    return cudaSuccess;
}

cudaError_t release(std::map<const char *, size_t> &kind, void *memory)
{
    std::lock_guard guard(lock);
    if (!memory) return cudaSuccess;
    const auto at = kind.find(static_cast<char *>(memory));
    if (at == kind.end()) return set_error(cudaErrorInvalidValue);
    if (&kind == &blocks) used_bytes -= at->second;
    check_guards(at->first, at->second);
    kind.erase(at);
    std::free(static_cast<char *>(memory) - guard_bytes);
    counters.live_allocations--;
    return cudaSuccess;
}

bool is_in(const std::map<const char *, size_t> &kind, const void *address)
{
    std::lock_guard guard(lock);
    const auto *a = static_cast<const char *>(address);
    auto at = kind.upper_bound(a);
    if (at == kind.begin()) return false;
    --at;
    return a < at->first + at->second;
}

void copy(void *target, const void *source, size_t bytes)
{
    if (bytes) std::memmove(target, source, bytes);
}

} // namespace

void idi::emulation::check_memory()
{
    std::lock_guard guard(lock);
    for (const auto &[block, bytes] : blocks)
        check_guards(block, bytes);
}

extern "C" {

idi_emulation_machine *idi_emulation_get_machine(void)
{
    return &machine;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = machine.driver_error ? 0 : machine.device_count;
    if (machine.driver_error) return set_error(static_cast<cudaError_t>(machine.driver_error));
    return machine.device_count ? cudaSuccess : set_error(cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int device)
{
    return device >= 0 && device < machine.device_count ? cudaSuccess
                                                        : set_error(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDevice(int *device)
{
    *device = 0;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device)
{
    if (device < 0 || device >= machine.device_count) return set_error(cudaErrorInvalidDevice);
    std::memset(properties, 0, sizeof *properties);
    std::strcpy(properties->name, "emulated device");
    properties->major = machine.compute_capability / 10;
    properties->minor = machine.compute_capability % 10;
    properties->totalGlobalMem = machine.memory_bytes;
    properties->multiProcessorCount = 4; /* few, so that persistent kernels loop */
    properties->sharedMemPerBlockOptin = 227 * 1024;
    properties->l2CacheSize = 60 << 20;
    properties->warpSize = 32;
    properties->memoryPoolsSupported = machine.has_pools;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int)
{
    if (attribute != cudaDevAttrMemoryPoolsSupported) return set_error(cudaErrorInvalidValue);
    *value = machine.has_pools;
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = machine.device_count ? CUDART_VERSION : 0;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}

const char *cudaGetErrorName(cudaError_t error)
{
    static thread_local std::string text;
    text = "cudaError " + std::to_string(static_cast<int>(error));
    return text.c_str();
}

const char *cudaGetErrorString(cudaError_t error)
{
    switch (static_cast<int>(error)) {
    case cudaErrorMemoryAllocation:
        return "out of memory";
    case cudaErrorNoDevice:
        return "no CUDA-capable device is detected";
    case cudaErrorInsufficientDriver:
        return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoKernelImageForDevice:
        return "no kernel image is available for execution on the device";
    case cudaErrorInvalidConfiguration:
        return "invalid configuration argument";
    default:
        return "emulated error";
    }
}

cudaError_t cudaMalloc(void **out, size_t bytes)
{
    return allocate(blocks, out, bytes);
}

cudaError_t cudaFree(void *memory)
{
    return release(blocks, memory);
}

cudaError_t cudaMallocHost(void **out, size_t bytes)
{
    return allocate(pinned, out, bytes);
}

cudaError_t cudaFreeHost(void *memory)
{
    return release(pinned, memory);
}

cudaError_t cudaHostRegister(void *memory, size_t bytes, unsigned)
{
    std::lock_guard guard(lock);
    if (!machine.has_pinning) return set_error(cudaErrorMemoryAllocation);
    pinned[static_cast<char *>(memory)] = bytes;
    counters.allocations++;
    counters.live_allocations++;
    return cudaSuccess;
}

cudaError_t cudaHostUnregister(void *memory)
{
    std::lock_guard guard(lock);
    if (!pinned.erase(static_cast<char *>(memory))) return set_error(cudaErrorInvalidValue);
    counters.live_allocations--;
    return cudaSuccess;
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t *pool, const cudaMemPoolProps *)
{
    if (!machine.has_pools) return set_error(cudaErrorNotSupported);
    *pool = new CUmemPoolHandle_st{};
    return cudaSuccess;
}

cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool)
{
    delete pool;
    return cudaSuccess;
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void *)
{
    return cudaSuccess;
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t)
{
    return cudaSuccess;
}

cudaError_t cudaMallocFromPoolAsync(void **out, size_t bytes, cudaMemPool_t, cudaStream_t)
{
    return allocate(blocks, out, bytes);
}

cudaError_t cudaFreeAsync(void *memory, cudaStream_t stream)
{
    enqueue(stream, [memory] { (void)release(blocks, memory); });
    return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *address)
{
    *attributes = cudaPointerAttributes{};
    attributes->type = is_in(blocks, address)   ? cudaMemoryTypeDevice
                       : is_in(pinned, address) ? cudaMemoryTypeHost
                                                : cudaMemoryTypeUnregistered;
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    *total_bytes = machine.memory_bytes;
    *free_bytes = machine.memory_bytes - used_bytes;
    return cudaSuccess;
}

/* From ordinary host memory the source is read before the call returns; from pinned and device
 * memory when the stream gets there. To ordinary host memory the copy is complete on return. */
cudaError_t cudaMemcpyAsync(void *target, const void *source, size_t bytes, cudaMemcpyKind,
                            cudaStream_t stream)
{
    const bool is_source_lasting = is_in(pinned, source) || is_in(blocks, source);
    if (is_source_lasting) {
        enqueue(stream, [=] { copy(target, source, bytes); });
    } else {
        std::string kept(static_cast<const char *>(source), bytes);
        enqueue(stream,
                [target, kept = std::move(kept)] { copy(target, kept.data(), kept.size()); });
    }
    if (is_in(pinned, target) || is_in(blocks, target)) return cudaSuccess;
    counters.synchronizations++;
    return drain(stream) ? cudaSuccess : set_error(cudaErrorStreamCaptureUnsupported);
}

cudaError_t cudaMemcpy(void *target, const void *source, size_t bytes, cudaMemcpyKind kind)
{
    const cudaError_t error = cudaMemcpyAsync(target, source, bytes, kind, nullptr);
    return error == cudaSuccess ? cudaStreamSynchronize(nullptr) : error;
}

cudaError_t cudaMemsetAsync(void *target, int value, size_t bytes, cudaStream_t stream)
{
    enqueue(stream, [=] { std::memset(target, value, bytes); });
    return cudaSuccess;
}

} // extern "C"
