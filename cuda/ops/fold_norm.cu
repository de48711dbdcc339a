/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/fold_norm.cu - y[o,d] = w[o,d] gamma[d] - their mean over d; contract in
 * ops/fold_norm.h.
 *
 * Shapes     w, y [O,D], gamma [D]
 * Launch     ceil(O/8) blocks of 256, a warp a row
 * Traffic    DRAM 2*O*D*size B, w once more from L1; bandwidth bound, and once a model
 * Numerics   differences from the row's first product, so that a common offset costs nothing
 * Reference  src/cpu/fold_norm.c      Measured  not yet
 */
#include "cuda/device/op.cuh"
#include "cuda/device/reduce.cuh"

extern "C" {
#include "ops/fold_norm.h"
}

namespace {

constexpr int block_size = 256;
constexpr int block_rows = block_size / idi::warp_size;

template <typename T>
__global__ void __launch_bounds__(block_size)
    fold_norm_fwd(const T *__restrict__ w, const T *__restrict__ gamma, int64_t rows, int64_t width,
                  T *__restrict__ y)
{
    const int64_t row = (int64_t)blockIdx.x * block_rows + threadIdx.x / idi::warp_size;
    if (row >= rows) return;
    const T *const from = w + row * width;
    const int lane = (int)threadIdx.x % idi::warp_size;
    const float pivot = idi::to_float(from[0]) * idi::to_float(gamma[0]);
    float sum = 0.0f;
    for (int64_t d = lane; d < width; d += idi::warp_size)
        sum += idi::to_float(from[d]) * idi::to_float(gamma[d]) - pivot;
    const float mean = idi::warp_sum(sum) / (float)width;
    for (int64_t d = lane; d < width; d += idi::warp_size)
        y[row * width + d] =
            idi::from_float<T>(idi::to_float(from[d]) * idi::to_float(gamma[d]) - pivot - mean);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const int64_t *w = c->exec->in[0].shape.dim;
    const auto grid = (unsigned)idi::ceil_div(w[0], block_rows);
    IDI_LAUNCH((fold_norm_fwd<T>), grid, block_size, 0, c->stream, idi::in<T>(c, 0),
               idi::in<T>(c, 1), w[0], w[1], idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(fold_norm)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
