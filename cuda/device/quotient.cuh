/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/quotient.cuh - division of 64-bit places that mostly have 32 bits. */
#ifndef IDI_CUDA_DEVICE_QUOTIENT_CUH
#define IDI_CUDA_DEVICE_QUOTIENT_CUH

#include "cuda/device/launch.cuh"

#include <stdint.h>

namespace idi {

/* a/b for numbers of 0 or more: 64-bit division is slow, and hardly ever needed. */
__device__ static inline int64_t quotient(int64_t a, int64_t b)
{
    if ((a | b) >> 32) return a / b;
    return static_cast<uint32_t>(a) / static_cast<uint32_t>(b);
}

} // namespace idi

#endif
