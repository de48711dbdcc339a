/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/partials.cuh - the second stage of a sum over many blocks: columns of a matrix of
 * partial sums, added in a fixed order. */
#ifndef IDI_CUDA_DEVICE_PARTIALS_CUH
#define IDI_CUDA_DEVICE_PARTIALS_CUH

#include "cuda/device/launch.cuh"

#include <stdint.h>

namespace idi {

/* Blocks are (partial_columns, partial_rows): neighbours in x walk neighbouring columns. */
constexpr int partial_columns = 32;
constexpr int partial_rows = 16;

/* How many blocks a first stage should have: two for each multiprocessor of an H200. It does not
 * ask the device, so that all devices add in the same order. */
constexpr int64_t partial_blocks = 264;

/* The sum of column[row*stride] over `rows` rows, for all threads of the same threadIdx.x; a null
 * column gives 0. All threads of the block take part; may be called again at once. */
__device__ static inline float sum_column(const float *column, int64_t rows, int64_t stride)
{
    IDI_SHARED(float, parts, [partial_rows][partial_columns]);
    float sum = 0.0f;
    for (int64_t row = threadIdx.y; column && row < rows; row += partial_rows)
        sum += column[row * stride];
    parts[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    sum = 0.0f;
    for (int i = 0; i < partial_rows; i++)
        sum += parts[i][threadIdx.x];
    __syncthreads(); /* before a next call writes `parts` */
    return sum;
}

} // namespace idi

#endif
