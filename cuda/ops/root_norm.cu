/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/root_norm.cu - y = [u,1]/sqrt(|root [u,1]|^2 + eps); contract in ops/root_norm.h.
 *
 * Shapes     u [M,C], root [K,K], y [M,K], K = C + 1
 * Launch     ceil(M/32) blocks of 128 (device/root.cuh), 13.7 KiB shared: 32 rows against 64 rows
 *            of the root at a time, 32 features at a time; tiles left of the diagonal are skipped
 * Traffic    DRAM M*(2*C + 1)*size B; u again for each 64 rows of the root, and the root for each
 *            block, from L1 and L2. M*K^2 operations (K padded to 64) in float: bound by them from
 *            K = 64 on
 * Numerics   float; fixed order
 * Limits     ceil(M/32) < 2^31
 * Reference  src/cpu/root_norm.c      Measured  not yet
 */
#include "cuda/device/root.cuh"

extern "C" {
#include "ops/root_norm.h"
}

namespace {

template <typename T>
__global__ void __launch_bounds__(idi::product_threads)
    root_norm_tile(const T *__restrict__ u, const T *__restrict__ root, int64_t rows, int channels,
                   float eps, T *__restrict__ y)
{
    IDI_SHARED(float, tiles, [idi::root_tile_size]);
    IDI_SHARED(float, inverse, [idi::root_vectors]);
    const int64_t first = (int64_t)blockIdx.x * idi::root_vectors;
    const int64_t left = rows - first;
    const idi::matrix_part<T> v = {u + first * channels, channels, left, channels};
    float squares[idi::root_block];
    idi::root_squares(squares, tiles, v, root, channels + 1);
    if (idi::product_lane() == 0)
        for (int i = 0; i < idi::root_block; i++)
            inverse[idi::product_line() + idi::product_lines * i] = 1.0f / sqrtf(squares[i] + eps);
    __syncthreads();
    const int width = channels + 1;
    const int count = width * (int)(left < idi::root_vectors ? left : idi::root_vectors);
    for (int i = (int)threadIdx.x; i < count; i += idi::product_threads) {
        const int row = i / width;
        const int column = i % width;
        const float value =
            column < channels ? idi::to_float(v.data[(int64_t)row * channels + column]) : 1.0f;
        y[first * width + i] = idi::from_float<T>(value * inverse[row]);
    }
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const idi_shape *shape = &c->exec->in[0].shape;
    const auto *attr = static_cast<const idi_root_norm_attr *>(c->exec->attr);
    const int64_t rows = idi_shape_rows(shape);
    IDI_LAUNCH((root_norm_tile<T>), (unsigned)idi::ceil_div(rows, idi::root_vectors),
               idi::product_threads, 0, c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1), rows,
               (int)idi_shape_last(shape), (float)attr->eps, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(root_norm)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
