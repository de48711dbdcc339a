/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/row_length.cu - Euclidean norms of rows; contract in ops/row_length.h.
 *
 * Shapes     x [rows, D]; y [rows, 1]
 * Launch     a warp a row, 8 a block
 * Traffic    DRAM rows*D*size B: the floor. A batch of embeddings: the launch is the cost, and
 *            numbers are read one by one, neighbours by neighbouring lanes
 * Numerics   sums in float, in a fixed order: bitwise repeatable
 * Limits     rows < 2^31
 * Reference  src/cpu/row_length.c      Measured  not yet
 */
#include "cuda/device/op.cuh"
#include "cuda/device/reduce.cuh"

extern "C" {
#include "ops/row_length.h"
}

namespace {

constexpr int block_size = 256;
constexpr int block_warps = block_size / idi::warp_size;

template <typename T>
__global__ void __launch_bounds__(block_size)
    row_length(const T *__restrict__ x, int64_t rows, int64_t width, T *__restrict__ y)
{
    const int64_t row = (int64_t)blockIdx.x * block_warps + threadIdx.x / idi::warp_size;
    const int lane = (int)threadIdx.x % idi::warp_size;
    if (row >= rows) return;
    float squares = 0.0f;
    for (int64_t j = lane; j < width; j += idi::warp_size) {
        const float value = idi::to_float(x[row * width + j]);
        squares += value * value;
    }
    squares = idi::warp_sum(squares);
    if (lane == 0) y[row] = idi::from_float<T>(sqrtf(squares));
}

} // namespace

IDI_CUDA_OP(row_length)
{
    const int64_t rows = idi_shape_rows(&c->exec->in[0].shape);
    const int64_t width = idi_shape_last(&c->exec->in[0].shape);
    const auto grid = (unsigned)idi::ceil_div(rows, block_warps);
    IDI_STORAGE(c, T,
                IDI_LAUNCH((row_length<T>), grid, block_size, 0, c->stream, idi::in<T>(c, 0), rows,
                           width, idi::out<T>(c, 0)));
    IDI_LAUNCHED();
}
