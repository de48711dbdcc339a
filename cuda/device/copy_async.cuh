/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/copy_async.cuh - copies from global to shared memory that run beside the arithmetic.
 *
 * A thread's copies since its last copy_async_commit() are a group; copy_async_wait<N>() waits
 * until at most its last N groups are on their way; a barrier then shows them to other threads.
 * Before compute capability 8.0, and in the emulation, the copy is done at once. */
#ifndef IDI_CUDA_DEVICE_COPY_ASYNC_CUH
#define IDI_CUDA_DEVICE_COPY_ASYNC_CUH

#include "cuda/device/launch.cuh"

namespace idi {

/* 16 bytes, both addresses aligned to them. Without is_there the target becomes zero; `from` is
 * not read, but has to be an address of the array. */
__device__ static inline void copy_async(void *to, const void *from, bool is_there)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                     (unsigned)__cvta_generic_to_shared(to)),
                 "l"(from), "r"(is_there ? 16 : 0)
                 : "memory");
#else
    *static_cast<uint4 *>(to) = is_there ? *static_cast<const uint4 *>(from) : uint4{};
#endif
}

__device__ static inline void copy_async_commit()
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

template <int N>
__device__ static inline void copy_async_wait()
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
#endif
}

} // namespace idi

#endif
