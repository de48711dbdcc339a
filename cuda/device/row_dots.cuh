/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/row_dots.cuh - a matrix's rows times a vector, and times the rows of another matrix:
 * what the norms of weights are made of. A block a row; sums in a fixed order. */
#ifndef IDI_CUDA_DEVICE_ROW_DOTS_CUH
#define IDI_CUDA_DEVICE_ROW_DOTS_CUH

#include "cuda/device/op.cuh"
#include "cuda/device/reduce.cuh"

namespace idi {

constexpr int row_dots_threads = 256;

template <typename T, int V>
__device__ static inline float dot_packs(const pack<T, V> &a, const pack<T, V> &b)
{
    float sum = 0.0f;
    for (int j = 0; j < V; j++)
        sum += to_float(a.v[j]) * to_float(b.v[j]);
    return sum;
}

/* by_vector[r] = the sum of matrix[r][k]*x[k]; by_matrix[r] = that of matrix[r][k]*other[r][k],
 * unless `other` is NULL. V divides `columns`. */
template <typename T, int V>
__global__ void __launch_bounds__(row_dots_threads)
    row_dots(const T *__restrict__ matrix, const T *__restrict__ x, const T *__restrict__ other,
             int64_t columns, float *__restrict__ by_vector, float *__restrict__ by_matrix)
{
    const int64_t first = blockIdx.x * columns;
    float along = 0.0f;
    float across = 0.0f;
    for (int64_t k = (int64_t)threadIdx.x * V; k < columns; k += row_dots_threads * V) {
        const auto row = load_pack<V>(matrix + first + k);
        along += dot_packs(row, load_pack<V>(x + k));
        if (other) across += dot_packs(row, load_pack<V>(other + first + k));
    }
    along = block_sum<row_dots_threads>(along);
    if (threadIdx.x == 0) by_vector[blockIdx.x] = along;
    if (!other) return;
    across = block_sum<row_dots_threads>(across);
    if (threadIdx.x == 0) by_matrix[blockIdx.x] = across;
}

/* Enqueues them. */
template <typename T, int V>
static inline void dot_rows(const idi_cuda_call *c, const T *matrix, const T *x, const T *other,
                            int64_t rows, int64_t columns, float *by_vector, float *by_matrix)
{
    IDI_LAUNCH((row_dots<T, V>), (unsigned)rows, row_dots_threads, 0, c->stream, matrix, x, other,
               columns, by_vector, by_matrix);
}

} // namespace idi

#endif
