/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/reduce.cuh - sums and maxima over a warp and over a block, in a fixed order, so that
 * results repeat to the bit. */
#ifndef IDI_CUDA_DEVICE_REDUCE_CUH
#define IDI_CUDA_DEVICE_REDUCE_CUH

#include "cuda/device/launch.cuh"

namespace idi {

constexpr unsigned full_warp = 0xffffffffu;
constexpr int warp_size = 32;

/* Every lane receives the result. All 32 lanes take part. */
__device__ static inline float warp_sum(float x)
{
    for (int offset = warp_size / 2; offset > 0; offset /= 2)
        x += __shfl_xor_sync(full_warp, x, offset);
    return x;
}

__device__ static inline float warp_max(float x)
{
    for (int offset = warp_size / 2; offset > 0; offset /= 2)
        x = fmaxf(x, __shfl_xor_sync(full_warp, x, offset));
    return x;
}

/* Every thread receives the result. All BLOCK threads take part (a multiple of 32; one dimension);
 * may be called again at once. */
template <int BLOCK>
__device__ static inline float block_sum(float x)
{
    static_assert(BLOCK % warp_size == 0 && BLOCK <= 1024, "whole warps, one block");
    IDI_SHARED(float, parts, [BLOCK / warp_size]);
    const int lane = static_cast<int>(threadIdx.x) % warp_size;
    const int warp = static_cast<int>(threadIdx.x) / warp_size;
    x = warp_sum(x);
    if (lane == 0) parts[warp] = x;
    __syncthreads();
    x = warp_sum(lane < BLOCK / warp_size ? parts[lane] : 0.0f);
    __syncthreads(); /* before a next call writes `parts` */
    return x;
}

template <int BLOCK>
__device__ static inline float block_max(float x)
{
    static_assert(BLOCK % warp_size == 0 && BLOCK <= 1024, "whole warps, one block");
    IDI_SHARED(float, parts, [BLOCK / warp_size]);
    const int lane = static_cast<int>(threadIdx.x) % warp_size;
    const int warp = static_cast<int>(threadIdx.x) / warp_size;
    x = warp_max(x);
    if (lane == 0) parts[warp] = x;
    __syncthreads();
    x = warp_max(lane < BLOCK / warp_size ? parts[lane] : -INFINITY);
    __syncthreads();
    return x;
}

} // namespace idi

#endif
