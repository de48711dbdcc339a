/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/emulation.h - a GPU's programming model on the host, for tests without a device.
 *
 * Kernel sources are compiled as C++ with IDI_EMULATION and include this instead of the device's
 * launch syntax (cuda/device/launch.cuh). A block's threads are fibers of one host thread; they run
 * in a fresh random order between barriers, so that a missing barrier shows as a wrong result.
 * Shared memory is filled with 0xFF (NaN) for each block, so that an uninitialised read shows too;
 * under AddressSanitizer, accesses beyond shared or global memory stop the program. Blocks run in a
 * random order. A collective in which a lane is missing, a barrier that cannot complete, and a
 * launch beyond a device's limits are reported with the kernel's name. What runs beside the threads
 * is in asynchronous.h.
 *
 * Not modelled: the memory model between blocks in flight, speed, and rounding of the device's
 * own approximate functions (__expf and the like call the host's exact ones). */
#ifndef IDI_TESTS_EMULATION_H
#define IDI_TESTS_EMULATION_H

#include "asynchronous.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>

extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

namespace idi::emulation {

/* Enqueues a launch on the stream, after checking it against a device's limits
 * (cudaGetLastError() tells). */
void enqueue_launch(const char *name, const void *kernel, dim3 grid, dim3 block,
                    size_t shared_bytes, cudaStream_t stream, std::function<void()> thread);

/* Arguments are copied as the kernel's parameter types, now; the kernel runs later. */
template <typename... P, typename... A>
void launch(const char *name, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
            void (*kernel)(P...), A &&...arguments)
{
    std::tuple<std::remove_cv_t<P>...> copies(static_cast<P>(arguments)...);
    enqueue_launch(name, reinterpret_cast<const void *>(kernel), grid, block, shared_bytes, stream,
                   [kernel, copies] { std::apply(kernel, copies); });
}

/* Called by every thread that reaches a static shared array: the first of a block poisons it. */
void enter_shared(void *memory, size_t bytes);
void *dynamic_shared();

/* Reports the kernel, the block and the thread, and aborts. */
[[noreturn]] void stop(const char *what);

enum class collective { shuffle, ballot, sync };
/* Waits until all lanes of the mask are here; a shuffle returns the source lane's value, a ballot
 * the lanes whose value is not 0. */
uint64_t warp_collective(collective what, unsigned mask, uint64_t value, int source_lane);
int lane();

template <typename T>
T shuffle(unsigned mask, T value, int source_lane)
{
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>, "a register or two");
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    bits = warp_collective(collective::shuffle, mask, bits, source_lane);
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

} // namespace idi::emulation

#define IDI_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                 \
    ::idi::emulation::launch(#kernel, dim3(grid), dim3(block), (shared_bytes), (stream), (kernel), \
                             __VA_ARGS__)
#define IDI_SHARED(type, name, extent)                                                             \
    static type name extent;                                                                       \
    ::idi::emulation::enter_shared(&name, sizeof(name))
#define IDI_SHARED_DYNAMIC(type, name)                                                             \
    type *const name = static_cast<type *>(::idi::emulation::dynamic_shared())

#define __launch_bounds__(...)

void __syncthreads();

static inline void __syncwarp(unsigned mask = 0xffffffffu)
{
    idi::emulation::warp_collective(idi::emulation::collective::sync, mask, 0, 0);
}

/* Lanes outside the segment of `width` keep their own value, as on the device. */
template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32)
{
    const int base = idi::emulation::lane() / width * width;
    return idi::emulation::shuffle(mask, value, base + (source & (width - 1)));
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32)
{
    const int self = idi::emulation::lane();
    const int source = self ^ lane_mask;
    return idi::emulation::shuffle(mask, value, source / width > self / width ? self : source);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32)
{
    const int self = idi::emulation::lane();
    const int source = self + static_cast<int>(delta);
    return idi::emulation::shuffle(mask, value, source / width == self / width ? source : self);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32)
{
    const int self = idi::emulation::lane();
    const int source = self - static_cast<int>(delta);
    return idi::emulation::shuffle(mask, value, source >= self / width * width ? source : self);
}
static inline unsigned __ballot_sync(unsigned mask, int predicate)
{
    return static_cast<unsigned>(idi::emulation::warp_collective(idi::emulation::collective::ballot,
                                                                 mask, predicate != 0, 0));
}
static inline int __any_sync(unsigned mask, int predicate)
{
    return __ballot_sync(mask, predicate) != 0;
}
static inline int __all_sync(unsigned mask, int predicate)
{
    return __ballot_sync(mask, predicate) == mask;
}

/* Only one thread runs at a time, so a plain update is atomic. */
template <typename T>
T atomicAdd(T *address, std::common_type_t<T> value)
{
    const T old = *address;
    *address = static_cast<T>(old + value);
    return old;
}
template <typename T>
T atomicMax(T *address, std::common_type_t<T> value)
{
    const T old = *address;
    if (value > old) *address = value;
    return old;
}
template <typename T>
T atomicOr(T *address, std::common_type_t<T> value)
{
    const T old = *address;
    *address = old | value;
    return old;
}

template <typename T>
T __ldg(const T *address)
{
    return *address;
}
static inline float rsqrtf(float x)
{
    return 1.0f / std::sqrt(x);
}
#define __expf(x) std::exp(static_cast<float>(x)) /* the C library has its own __expf */
static inline float __fdividef(float x, float y)
{
    return x / y;
}
[[noreturn]] static inline void __trap()
{
    idi::emulation::stop("__trap()");
}
static inline void __threadfence() {}
static inline void __threadfence_block() {}
static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}
static inline int __ffs(int x)
{
    return __builtin_ffs(x);
}

#endif
