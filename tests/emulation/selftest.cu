/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/selftest.cu - see selftest.h. Compiled for the emulation only. */
#include "cuda/device/reduce.cuh"
#include "selftest.h"

namespace {

constexpr int threads = IDI_SELFTEST_THREADS;
constexpr int lanes = IDI_SELFTEST_LANES;
constexpr unsigned all_lanes = idi::full_warp;

template <bool HasBarrier>
__global__ void reverse(float *out)
{
    IDI_SHARED(float, tile, [threads]);
    const int i = (int)threadIdx.x;
    tile[i] = (float)i;
    if constexpr (HasBarrier) __syncthreads();
    out[i] = tile[threads - 1 - i];
}

template <bool HasBarrier>
__global__ void sum_twice(float *out)
{
    IDI_SHARED(float, parts, [threads / lanes]);
    const int lane = (int)threadIdx.x % lanes;
    for (int round = 1; round <= 2; round++) {
        const float warp = idi::warp_sum((float)round);
        if (lane == 0) parts[threadIdx.x / lanes] = warp;
        __syncthreads();
        const float sum = idi::warp_sum(lane < threads / lanes ? parts[lane] : 0.0f);
        if (round == 1) out[threadIdx.x] = sum;
        if constexpr (HasBarrier) __syncthreads();
    }
}

__global__ void read_static(float *out)
{
    IDI_SHARED(float, tile, [threads]);
    out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void read_dynamic(float *out)
{
    IDI_SHARED_DYNAMIC(float, tile);
    out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void shuffles(int *out)
{
    const int lane = (int)threadIdx.x;
    const int value = 100 + lane;
    int *row = out + lane;
    row[0 * lanes] = __shfl_up_sync(all_lanes, value, 3, 8);
    row[1 * lanes] = __shfl_down_sync(all_lanes, value, 3, 8);
    row[2 * lanes] = __shfl_xor_sync(all_lanes, value, 5);
    row[3 * lanes] = __shfl_xor_sync(all_lanes, value, 12, 8);
    row[4 * lanes] = __shfl_sync(all_lanes, value, 11, 8);
    row[5 * lanes] = __shfl_sync(all_lanes, value, -1);
    row[6 * lanes] = (int)__ballot_sync(all_lanes, lane % 3 == 0);
    int votes = __any_sync(all_lanes, lane == 7);
    votes += 2 * __all_sync(all_lanes, lane < 32);
    votes += 4 * __any_sync(all_lanes, false);
    votes += 8 * __all_sync(all_lanes, lane > 0);
    row[7 * lanes] = votes;
}

__device__ int sum_half(int half, int value)
{
    for (int offset = 8; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffu << 16 * half, value, offset);
    return value;
}

__global__ void halves(int early, int *out)
{
    const int lane = (int)threadIdx.x;
    const int half = lane / 16;
    int sum = half == early ? sum_half(half, lane) : lane;
    const int last = __shfl_sync(all_lanes, lane, 31);
    if (half != early) sum = sum_half(half, sum);
    out[lane] = sum + last;
}

__global__ void two_collectives(unsigned mask)
{
    if (threadIdx.x % 2)
        (void)__ballot_sync(mask, 1);
    else
        (void)__shfl_sync(mask, 1, 0);
}

__global__ void lane_ended(unsigned mask)
{
    if (threadIdx.x == 0) return;
    __syncwarp(mask);
}

__global__ void outside_mask(unsigned mask)
{
    __syncwarp(mask - 1); /* not lane 0 */
}

__global__ void from_outside(unsigned mask)
{
    if (threadIdx.x < 16) (void)__shfl_sync(mask >> 16, 1, 20);
}

__global__ void stuck_barrier(unsigned mask)
{
    if (threadIdx.x == 0)
        __syncwarp(mask);
    else
        __syncthreads();
}

__global__ void use_shared(float *out)
{
    IDI_SHARED(float, fixed, [256]);
    IDI_SHARED_DYNAMIC(float, flexible);
    fixed[threadIdx.x] = flexible[threadIdx.x] = 1.0f;
    out[0] = fixed[threadIdx.x] * flexible[threadIdx.x];
}

__global__ void count(int *counters)
{
    counters[blockIdx.x * blockDim.x + threadIdx.x]++;
}

} // namespace

extern "C" {

void idi_selftest_reverse(cudaStream_t stream, bool has_barrier, float *out)
{
    IDI_LAUNCH((has_barrier ? reverse<true> : reverse<false>), 1, threads, 0, stream, out);
}

void idi_selftest_sum_twice(cudaStream_t stream, bool has_barrier, float *out)
{
    IDI_LAUNCH((has_barrier ? sum_twice<true> : sum_twice<false>), 1, threads, 0, stream, out);
}

void idi_selftest_read_unwritten(cudaStream_t stream, bool is_dynamic, float *out)
{
    IDI_LAUNCH((is_dynamic ? read_dynamic : read_static), 1, threads,
               is_dynamic ? threads * sizeof(float) : 0, stream, out);
}

void idi_selftest_shuffles(cudaStream_t stream, int *out)
{
    IDI_LAUNCH(shuffles, 1, lanes, 0, stream, out);
}

void idi_selftest_halves(cudaStream_t stream, int early, int *out)
{
    IDI_LAUNCH(halves, 1, lanes, 0, stream, early, out);
}

const char *const idi_selftest_fault_names[IDI_SELFTEST_FAULTS] = {
    "two_collectives", "lane_ended", "outside_mask", "from_outside", "stuck_barrier"};

void idi_selftest_break(cudaStream_t stream, idi_selftest_fault fault)
{
    switch (fault) {
    case IDI_SELFTEST_TWO_COLLECTIVES:
        IDI_LAUNCH(two_collectives, 1, threads, 0, stream, all_lanes);
        break;
    case IDI_SELFTEST_LANE_ENDED:
        IDI_LAUNCH(lane_ended, 1, threads, 0, stream, all_lanes);
        break;
    case IDI_SELFTEST_OUTSIDE_MASK:
        IDI_LAUNCH(outside_mask, 1, threads, 0, stream, all_lanes);
        break;
    case IDI_SELFTEST_FROM_OUTSIDE:
        IDI_LAUNCH(from_outside, 1, threads, 0, stream, all_lanes);
        break;
    case IDI_SELFTEST_STUCK_BARRIER:
        IDI_LAUNCH(stuck_barrier, 1, threads, 0, stream, all_lanes);
        break;
    case IDI_SELFTEST_FAULTS:
        break;
    }
}

cudaError_t idi_selftest_use_shared(cudaStream_t stream, size_t dynamic_bytes, bool asks,
                                    float *out)
{
    const void *kernel = reinterpret_cast<const void *>(use_shared);
    const auto attribute = cudaFuncAttributeMaxDynamicSharedMemorySize;
    if (asks) {
        const cudaError_t error = cudaFuncSetAttribute(kernel, attribute, (int)dynamic_bytes);
        if (error != cudaSuccess) return error;
    }
    IDI_LAUNCH(use_shared, 1, threads, dynamic_bytes, stream, out);
    return cudaGetLastError();
}

void idi_selftest_count(cudaStream_t stream, unsigned grid, unsigned block, int *counters)
{
    IDI_LAUNCH(count, grid, block, 0, stream, counters);
}

} // extern "C"
