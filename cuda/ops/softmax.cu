/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/softmax.cu - softmax over groups of neighbouring features; contract in ops/softmax.h.
 *
 * Shapes     x, y [G,S]: a row of `groups` groups is as many rows of S, since they lie together
 * Launch     S <= 32: 8 lanes a group, S <= 256: 32 lanes, the group in their registers; longer
 *            ones: 32 lanes that read the group three times. ceil(G*lanes/256) blocks of 256
 * Traffic    DRAM 2*G*S*size B, longer groups twice more from L1 or L2; bandwidth bound
 * Numerics   float, the largest subtracted first; fixed order
 * Limits     G*lanes/256 < 2^31
 * Reference  src/cpu/softmax.c      Measured  not yet
 */
#include "cuda/device/op.cuh"
#include "cuda/device/reduce.cuh"

extern "C" {
#include "ops/softmax.h"
}

namespace {

constexpr int block_size = 256;

/* Over LANES neighbouring lanes; every one receives the result. */
template <int LANES>
__device__ float lanes_sum(float x)
{
    for (int offset = LANES / 2; offset > 0; offset /= 2)
        x += __shfl_xor_sync(idi::full_warp, x, offset);
    return x;
}

template <int LANES>
__device__ float lanes_max(float x)
{
    for (int offset = LANES / 2; offset > 0; offset /= 2)
        x = fmaxf(x, __shfl_xor_sync(idi::full_warp, x, offset));
    return x;
}

/* Groups of at most LANES*PER numbers. */
template <typename T, int LANES, int PER>
__global__ void __launch_bounds__(block_size)
    softmax_registers(const T *__restrict__ x, int64_t groups, int count, T *__restrict__ y)
{
    const int64_t group = ((int64_t)blockIdx.x * block_size + threadIdx.x) / LANES;
    const int lane = (int)threadIdx.x % LANES;
    const int64_t start = group * count;
    if (group >= groups) count = 0; /* lanes of other groups want this one's company */
    float v[PER];
    float largest = -INFINITY;
    float sum = 0.0f;
    for (int i = 0; i < PER; i++) {
        v[i] = lane + i * LANES < count ? idi::to_float(x[start + lane + i * LANES]) : -INFINITY;
        largest = fmaxf(largest, v[i]);
    }
    largest = lanes_max<LANES>(largest);
    for (int i = 0; i < PER; i++) {
        v[i] = lane + i * LANES < count ? expf(v[i] - largest) : 0.0f;
        sum += v[i];
    }
    sum = lanes_sum<LANES>(sum);
    for (int i = 0; i < PER; i++)
        if (lane + i * LANES < count) y[start + lane + i * LANES] = idi::from_float<T>(v[i] / sum);
}

/* A warp a group of any length. */
template <typename T>
__global__ void __launch_bounds__(block_size)
    softmax_passes(const T *__restrict__ x, int64_t groups, int64_t count, T *__restrict__ y)
{
    const int64_t group = ((int64_t)blockIdx.x * block_size + threadIdx.x) / idi::warp_size;
    if (group >= groups) return;
    const T *const from = x + group * count;
    const int lane = (int)threadIdx.x % idi::warp_size;
    float largest = -INFINITY;
    float sum = 0.0f;
    for (int64_t i = lane; i < count; i += idi::warp_size)
        largest = fmaxf(largest, idi::to_float(from[i]));
    largest = idi::warp_max(largest);
    for (int64_t i = lane; i < count; i += idi::warp_size)
        sum += expf(idi::to_float(from[i]) - largest);
    sum = idi::warp_sum(sum);
    for (int64_t i = lane; i < count; i += idi::warp_size)
        y[group * count + i] = idi::from_float<T>(expf(idi::to_float(from[i]) - largest) / sum);
}

unsigned grid_of(int64_t groups, int lanes)
{
    return (unsigned)idi::ceil_div(groups * lanes, block_size);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const idi_shape *shape = &c->exec->in[0].shape;
    const int64_t groups = static_cast<const idi_softmax_attr *>(c->exec->attr)->groups;
    const int64_t count = idi_shape_last(shape) / groups;
    const int64_t total = idi_shape_rows(shape) * groups;
    const T *x = idi::in<T>(c, 0);
    T *y = idi::out<T>(c, 0);
    if (count <= 32)
        IDI_LAUNCH((softmax_registers<T, 8, 4>), grid_of(total, 8), block_size, 0, c->stream, x,
                   total, (int)count, y);
    else if (count <= 256)
        IDI_LAUNCH((softmax_registers<T, 32, 8>), grid_of(total, 32), block_size, 0, c->stream, x,
                   total, (int)count, y);
    else
        IDI_LAUNCH((softmax_passes<T>), grid_of(total, 32), block_size, 0, c->stream, x, total,
                   count, y);
}

} // namespace

IDI_CUDA_OP(softmax)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
