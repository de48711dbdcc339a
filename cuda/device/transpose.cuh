/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/transpose.cuh - small tables turned, so that neighbouring threads of the kernel that
 * looks things up in them read neighbours. */
#ifndef IDI_CUDA_DEVICE_TRANSPOSE_CUH
#define IDI_CUDA_DEVICE_TRANSPOSE_CUH

#include "cuda/device/op.cuh"

namespace idi {

constexpr int transpose_block = 256;

/* A thread a number, in the order of y: tables stay in the caches, so reading across is cheap. */
template <typename T, typename U>
__global__ void __launch_bounds__(transpose_block)
    transpose_tables(const T *__restrict__ x, int64_t rows, int64_t columns, int64_t count,
                     U *__restrict__ y)
{
    const int64_t i = (int64_t)blockIdx.x * transpose_block + threadIdx.x;
    if (i >= count) return;
    const int64_t line = i / rows; /* table*columns + column */
    const int64_t table = line / columns;
    const int64_t from = (table * rows + i % rows) * columns + line % columns;
    y[i] = from_float<U>(to_float(x[from]));
}

/* y[t, column, row] = x[t, row, column] for `tables` tables. */
template <typename T, typename U>
static inline void transpose(const idi_cuda_call *c, const T *x, int64_t tables, int64_t rows,
                             int64_t columns, U *y)
{
    const int64_t count = tables * rows * columns;
    IDI_LAUNCH((transpose_tables<T, U>), (unsigned)ceil_div(count, transpose_block),
               transpose_block, 0, c->stream, x, rows, columns, count, y);
}

} // namespace idi

#endif
