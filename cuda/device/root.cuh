/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/root.cuh - the variance that a layer norm needs, as the length of a triangular matrix
 * times a vector (ops/variance_root.h): for a tile of vectors, by the 128 threads of
 * device/float_tile.cuh. Sums in float. */
#ifndef IDI_CUDA_DEVICE_ROOT_CUH
#define IDI_CUDA_DEVICE_ROOT_CUH

#include "cuda/device/float_tile.cuh"

namespace idi {

constexpr int root_block = 4;                            /* rows and columns of a register block */
constexpr int root_vectors = product_lines * root_block; /* of a tile */
constexpr int root_lines = product_lanes * root_block;   /* rows of the root at a time */
constexpr int root_chunk = 32;                           /* features at a time */
constexpr int root_tile_size = (root_vectors + root_lines) * tile_stride(root_chunk); /* floats */

/* Rows first.. and columns feature.. of the upper triangle; zeros below it and from `columns` on.
 */
template <typename T>
__device__ static inline void load_root(float *tile, const T *root, int64_t count, int64_t columns,
                                        int64_t first, int64_t feature)
{
    const int64_t column = feature + threadIdx.x % root_chunk;
    for (int i = (int)threadIdx.x / root_chunk; i < root_lines; i += product_threads / root_chunk) {
        const int64_t row = first + i;
        const bool is_there = row < count && column >= row && column < columns;
        tile[i * tile_stride(root_chunk) + threadIdx.x % root_chunk] =
            is_there ? to_float(root[row * count + column]) : 0.0f;
    }
}

/* squares[i] = |root v|^2 of row line + 8*i of `v`, root [count, count]. Where v has count - 1
 * columns, a 1 is thought behind them. Every thread of the row's line receives the result. `tiles`:
 * root_tile_size floats of shared memory, free again on return. */
template <typename V, typename T>
__device__ static inline void root_squares(float (&squares)[root_block], float *tiles,
                                           const matrix_part<V> &v, const T *root, int64_t count)
{
    float *const root_tile = tiles + root_vectors * tile_stride(root_chunk);
    for (int i = 0; i < root_block; i++)
        squares[i] = 0.0f;
    for (int64_t first = 0; first < count; first += root_lines) {
        float sum[root_block][root_block];
        for (int j = 0; j < root_block; j++) {
            const int64_t row = first + product_lane() + product_lanes * j;
            const bool has_one = v.columns < count && row < count;
            const float one = has_one ? to_float(root[row * count + count - 1]) : 0.0f;
            for (int i = 0; i < root_block; i++)
                sum[i][j] = one;
        }
        for (int64_t f = first; f < v.columns; f += root_chunk) {
            load_tile<root_chunk>(tiles, root_vectors,
                                  matrix_part<V>{v.data + f, v.stride, v.rows, v.columns - f});
            load_root(root_tile, root, count, v.columns, first, f);
            __syncthreads();
            add_dots<root_chunk>(sum, tiles, root_tile);
            __syncthreads();
        }
        for (int i = 0; i < root_block; i++)
            for (int j = 0; j < root_block; j++)
                squares[i] += sum[i][j] * sum[i][j];
    }
    for (int i = 0; i < root_block; i++)
        squares[i] = line_sum(squares[i]);
}

} // namespace idi

#endif
