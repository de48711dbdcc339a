/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/spectral_scale.cu - a weight over its largest singular value, and the way back; contract
 * in ops/spectral_scale.h.
 *
 * Shapes     weight, y, dy, dweight [O, K]; u [O]; v [K]
 * Launch     a block of 256 a row sums it times v, and backwards times dy (device/row_dots.cuh);
 *            then a block of 256 a row makes sigma of the O sums, each the same, and writes its
 * row. Packs of 16 B where K allows Traffic    DRAM 2*O*K*size B forwards, 3* backwards; the second
 * pass finds the weight in L2 (8 MB for the largest). Bandwidth and launch bound Numerics   f32 in
 * a fixed order: bitwise repeatable Limits     O < 2^31 Reference  src/cpu/spectral_scale.c
 * Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/row_dots.cuh"
#include "cuda/device/scratch.cuh"

extern "C" {
#include "ops/spectral_scale.h"
}

namespace {

constexpr int block_size = 256;

/* sums[0] . u for all threads; without u, the sum itself. */
template <typename T>
__device__ float fold_rows(const float *sums, const T *u, int64_t rows)
{
    float sum = 0.0f;
    for (int64_t r = threadIdx.x; r < rows; r += block_size)
        sum += u ? sums[r] * idi::to_float(u[r]) : sums[r];
    return idi::block_sum<block_size>(sum);
}

template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    spectral_scale_fwd(const T *__restrict__ weight, const T *__restrict__ u,
                       const float *__restrict__ by_v, int64_t columns, T *__restrict__ y)
{
    const float sigma = fold_rows(by_v, u, gridDim.x);
    const int64_t first = blockIdx.x * columns;
    for (int64_t k = (int64_t)threadIdx.x * V; k < columns; k += block_size * V) {
        auto values = idi::load_pack<V>(weight + first + k);
        for (int j = 0; j < V; j++)
            values.v[j] = idi::from_float<T>(idi::to_float(values.v[j]) / sigma);
        idi::store_pack(y + first + k, values);
    }
}

template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    spectral_scale_bwd(const T *__restrict__ dy, const T *__restrict__ u, const T *__restrict__ v,
                       const float *__restrict__ by_v, const float *__restrict__ by_dy,
                       int64_t columns, T *__restrict__ dweight)
{
    const float sigma = fold_rows(by_v, u, gridDim.x);
    const float along = fold_rows<T>(by_dy, nullptr, gridDim.x) / sigma;
    const float factor = along * idi::to_float(u[blockIdx.x]);
    const int64_t first = blockIdx.x * columns;
    for (int64_t k = (int64_t)threadIdx.x * V; k < columns; k += block_size * V) {
        auto slopes = idi::load_pack<V>(dy + first + k);
        const auto vs = idi::load_pack<V>(v + k);
        for (int j = 0; j < V; j++) {
            const float rest = idi::to_float(slopes.v[j]) - factor * idi::to_float(vs.v[j]);
            slopes.v[j] = idi::from_float<T>(rest / sigma);
        }
        idi::store_pack(dweight + first + k, slopes);
    }
}

struct sizes {
    int64_t rows, columns;
};

sizes sizes_of(const idi_cuda_call *c)
{
    const idi_shape *weight = &c->exec->in[0].shape;
    return {weight->dim[0], idi_shape_count(weight) / weight->dim[0]};
}

template <typename T, int V>
void launch(const idi_cuda_call *c, const T *dy)
{
    const sizes s = sizes_of(c);
    idi::scratch scratch(c);
    auto *by_v = scratch.take<float>(s.rows);
    auto *by_dy = scratch.take<float>(s.rows);
    const T *weight = idi::in<T>(c, 0);
    const T *u = idi::in<T>(c, 1);
    const T *v = idi::in<T>(c, 2);
    idi::dot_rows<T, V>(c, weight, v, dy, s.rows, s.columns, by_v, by_dy);
    if (dy)
        IDI_LAUNCH((spectral_scale_bwd<T, V>), (unsigned)s.rows, block_size, 0, c->stream, dy, u, v,
                   by_v, by_dy, s.columns, idi::out<T>(c, 0));
    else
        IDI_LAUNCH((spectral_scale_fwd<T, V>), (unsigned)s.rows, block_size, 0, c->stream, weight,
                   u, by_v, s.columns, idi::out<T>(c, 0));
}

size_t scratch_bytes(const idi_cuda_call *c)
{
    idi::scratch scratch(c);
    (void)scratch.take<float>(sizes_of(c).rows);
    (void)scratch.take<float>(sizes_of(c).rows);
    return scratch.bytes;
}

} // namespace

IDI_CUDA_WORKSPACE(spectral_scale)
{
    *bytes_out = scratch_bytes(c);
    return IDI_OK;
}

IDI_CUDA_WORKSPACE(spectral_scale_grad)
{
    *bytes_out = scratch_bytes(c);
    return IDI_OK;
}

IDI_CUDA_OP(spectral_scale)
{
    IDI_STORAGE(c, T,
                IDI_TILE_WIDTH(T, sizes_of(c).columns, V, launch<T, V>(c, (const T *)nullptr)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(spectral_scale_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, sizes_of(c).columns, V, launch<T, V>(c, idi::in<T>(c, 3))));
    IDI_LAUNCHED();
}
