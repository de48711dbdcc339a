/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/selftest.cu - see selftest.h. Compiled for the emulation only. */
#include "cuda/device/bulk_copy.cuh"
#include "cuda/device/reduce.cuh"
#include "cuda/device/wgmma.cuh"
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

/* b's bytes into shared memory: thread 0 fetches, all wait. */
template <typename T>
void fetch(T *shared, const T *b, unsigned bytes, uint64_t *arrived,
           idi_selftest_product_fault fault)
{
    if (threadIdx.x == 0 && fault != IDI_SELFTEST_PRODUCT_UNMADE) {
        idi::barrier_init(arrived, fault == IDI_SELFTEST_PRODUCT_ARRIVAL ? 2 : 1);
        idi::barriers_made();
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        if (fault == IDI_SELFTEST_PRODUCT_ODD) bytes -= 2;
        idi::barrier_arrive_expecting(arrived, bytes);
        if (fault == IDI_SELFTEST_PRODUCT_TWICE) idi::barrier_arrive(arrived);
        idi::copy_bulk(shared, b, bytes, arrived);
    }
    idi::barrier_wait(arrived, fault == IDI_SELFTEST_PRODUCT_PARITY);
}

/* The thread's part of step k of a [64, 16*depth]. */
template <typename T>
void load_fragment(uint32_t (&fragment)[4], const T *a, int depth, int k)
{
    const int lane = (int)threadIdx.x % lanes;
    for (int i = 0; i < 4; i++) {
        const int row = (int)threadIdx.x / lanes * 16 + lane / 4 + i % 2 * 8;
        std::memcpy(&fragment[i], a + row * 16 * depth + 16 * k + lane % 4 * 2 + i / 2 * 8, 4);
    }
}

template <typename T, int N>
__global__ void product(const T *a, const T *b, int depth, float *c,
                        idi_selftest_product_fault fault)
{
    constexpr int most_depth = 16;
    IDI_SHARED_DYNAMIC(T, shared);
    IDI_SHARED(uint64_t, arrived, [1]);
    uint32_t z[most_depth][4];
    float sums[N / 8][4] = {};
    const int lane = (int)threadIdx.x % lanes;
    fetch(shared, b, (unsigned)(depth * 16 * N * (int)sizeof(T)), arrived, fault);
    for (int k = 0; k < depth; k++)
        load_fragment(z[k], a, depth, k);
    const int start = fault == IDI_SELFTEST_PRODUCT_BEYOND ? 16 * N : 0;
    const uint64_t matrix = idi::shared_matrix(shared + start, N * 16, 128);
    for (int half = 0; half < 2; half++) {
        if (fault != IDI_SELFTEST_PRODUCT_FENCE) idi::wgmma_fence();
        const bool is_short = fault == IDI_SELFTEST_PRODUCT_ALONE && threadIdx.x / lanes == 1;
        for (int k = half * depth / 2; k < (half + 1) * depth / 2 - is_short; k++)
            idi::wgmma<T, N>(sums, z[k], idi::shared_matrix_at(matrix, k * N * 32), k > 0);
        if (half == 0 || fault != IDI_SELFTEST_PRODUCT_COMMIT) idi::wgmma_commit();
    }
    idi::wgmma_wait<1>();
    if (fault == IDI_SELFTEST_PRODUCT_MEMORY) shared[16 * N * depth - 1 - threadIdx.x] = T(1.0f);
    if (fault == IDI_SELFTEST_PRODUCT_REGISTERS) z[depth - 1][3]++;
    if (fault != IDI_SELFTEST_PRODUCT_WAIT) idi::wgmma_wait<0>();
    for (int i = 0; i < N / 2; i++) {
        const int row = (int)threadIdx.x / lanes * 16 + lane / 4 + i % 4 / 2 * 8;
        c[row * N + i / 4 * 8 + lane % 4 * 2 + i % 2] = sums[i / 4][i % 4];
    }
}

template <typename T>
void launch_product(cudaStream_t stream, int columns, int depth, const void *a, const void *b,
                    float *c, idi_selftest_product_fault fault)
{
    const size_t bytes = (size_t)(depth * 16 * columns) * sizeof(T);
    IDI_LAUNCH((columns == 32 ? product<T, 32> : product<T, 64>), 1, threads, bytes, stream,
               static_cast<const T *>(a), static_cast<const T *>(b), depth, c, fault);
}

/* Thread 32 fills, warps 0 and 2 take a half each. */
__global__ void ring(int rounds, int count, const float *in, float *out)
{
    constexpr int places = 2;
    IDI_SHARED_DYNAMIC(float, shared);
    IDI_SHARED(uint64_t, full, [places]);
    IDI_SHARED(uint64_t, empty, [places]);
    if (threadIdx.x == 0)
        for (int i = 0; i < places; i++) {
            idi::barrier_init(&full[i], 1);
            idi::barrier_init(&empty[i], 2 * lanes);
        }
    __syncthreads();
    for (int round = 0; round < rounds; round++) {
        const int place = round % places;
        const auto parity = (unsigned)(round / places % 2);
        const float *const at = shared + place * count;
        if (threadIdx.x == lanes) {
            idi::barrier_wait(&empty[place], parity ^ 1);
            const auto bytes = (unsigned)(count * (int)sizeof(float));
            idi::barrier_arrive_expecting(&full[place], bytes);
            idi::copy_bulk(shared + place * count, in + round * count, bytes, &full[place]);
        }
        const int half = (int)threadIdx.x / lanes / 2; /* of the numbers: warps 0 and 2 */
        if (threadIdx.x / lanes % 2 == 0) {
            idi::barrier_wait(&full[place], parity);
            for (int i = (int)threadIdx.x % lanes + half * count / 2; i < (half + 1) * count / 2;
                 i += lanes)
                out[round * count + i] = at[i];
            idi::barrier_arrive(&empty[place]);
        }
    }
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

void idi_selftest_product(cudaStream_t stream, bool is_bf16, int columns, int depth, const void *a,
                          const void *b, float *c, idi_selftest_product_fault fault)
{
    if (is_bf16)
        launch_product<__nv_bfloat16>(stream, columns, depth, a, b, c, fault);
    else
        launch_product<__half>(stream, columns, depth, a, b, c, fault);
}

void idi_selftest_ring(cudaStream_t stream, int rounds, int count, const float *in, float *out)
{
    const size_t bytes = 2 * (size_t)count * sizeof(float);
    IDI_LAUNCH(ring, 1, threads, bytes, stream, rounds, count, in, out);
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
