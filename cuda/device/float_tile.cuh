/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/float_tile.cuh - products of small matrices that lie in shared memory as float, by a
 * block of 128 threads: 8 lines of 16 lanes.
 *
 * A tile of `width` features has rows of width + 4 floats: then 16-byte reads of eight neighbouring
 * rows meet all banks once. A thread's part of a product is a register block of M rows by N
 * columns: rows line + 8*i, and columns lane + 16*j where they are rows of a tile (scores) or
 * N*lane + j where they are features.
 *
 * Operations: 2*M*N*4 for M + N shared reads of 16 B, so about 2/3 of the multiply-add peak. */
#ifndef IDI_CUDA_DEVICE_FLOAT_TILE_CUH
#define IDI_CUDA_DEVICE_FLOAT_TILE_CUH

#include "cuda/device/op.cuh"

namespace idi {

constexpr int product_threads = 128;
constexpr int product_lanes = 16;
constexpr int product_lines = product_threads / product_lanes;

__device__ static inline int product_lane()
{
    return (int)threadIdx.x % product_lanes;
}

__device__ static inline int product_line()
{
    return (int)threadIdx.x / product_lanes;
}

/* From one row of a tile to the next. */
__host__ __device__ constexpr int tile_stride(int width)
{
    return width + 4;
}

/* N neighbours as floats, with zeros from `count` on; one access where the address allows it. */
template <int N, typename T>
__device__ static inline pack<float, N> load_some(const T *address, int64_t count)
{
    pack<float, N> values = {};
    if (count >= N && (uintptr_t)address % sizeof(pack<T, N>) == 0) {
        const pack<T, N> stored = load_pack<N>(address);
        for (int i = 0; i < N; i++)
            values.v[i] = to_float(stored.v[i]);
        return values;
    }
    for (int i = 0; i < N; i++)
        if (i < count) values.v[i] = to_float(address[i]);
    return values;
}

/* The first `count` of N neighbours. */
template <int N, typename T>
__device__ static inline void store_some(T *address, int64_t count, const pack<float, N> &values)
{
    if (count >= N && (uintptr_t)address % sizeof(pack<T, N>) == 0) {
        pack<T, N> stored;
        for (int i = 0; i < N; i++)
            stored.v[i] = from_float<T>(values.v[i]);
        store_pack(address, stored);
        return;
    }
    for (int i = 0; i < N; i++)
        if (i < count) address[i] = from_float<T>(values.v[i]);
}

/* A part of a row-major matrix in global memory, of any size. */
template <typename T>
struct matrix_part {
    const T *data;
    int64_t stride; /* from one row to the next */
    int64_t rows;
    int64_t columns;
};

/* The part's first rows and columns as a tile; what the part lacks is zero. */
template <int WIDTH, typename T>
__device__ static inline void load_tile(float *tile, int rows, const matrix_part<T> &part)
{
    for (int i = (int)threadIdx.x; i < rows * (WIDTH / 4); i += product_threads) {
        const int row = i / (WIDTH / 4);
        const int column = i % (WIDTH / 4) * 4;
        const int64_t count = row < part.rows ? part.columns - column : 0;
        const T *from = part.data + (count > 0 ? row * part.stride + column : 0);
        store_pack(tile + row * tile_stride(WIDTH) + column, load_some<4>(from, count));
    }
}

/* sum[i][j] += row (line + 8i) of a . row (lane + 16j) of b, both of WIDTH features. */
template <int WIDTH, int M, int N>
__device__ static inline void add_dots(float (&sum)[M][N], const float *a, const float *b)
{
    constexpr int stride = tile_stride(WIDTH);
    for (int f = 0; f < WIDTH; f += 4) {
        pack<float, 4> x[M];
        for (int i = 0; i < M; i++)
            x[i] = load_pack<4>(a + (product_line() + product_lines * i) * stride + f);
        for (int j = 0; j < N; j++) {
            const auto y = load_pack<4>(b + (product_lane() + product_lanes * j) * stride + f);
            for (int i = 0; i < M; i++)
                for (int e = 0; e < 4; e++)
                    sum[i][j] += x[i].v[e] * y.v[e];
        }
    }
}

/* sum[i][j] += row (line + 8i) of a, of DEPTH numbers, times column (N*lane + j) of b, which has
 * DEPTH rows and 16*N columns. */
template <int DEPTH, int M, int N>
__device__ static inline void add_mix(float (&sum)[M][N], const float *a, const float *b)
{
    const float *const columns = b + N * product_lane();
    for (int k = 0; k < DEPTH; k += 4) {
        pack<float, 4> x[M];
        for (int i = 0; i < M; i++)
            x[i] = load_pack<4>(a + (product_line() + product_lines * i) * tile_stride(DEPTH) + k);
        for (int e = 0; e < 4; e++) {
            const auto y = load_pack<N>(columns + (k + e) * tile_stride(product_lanes * N));
            for (int i = 0; i < M; i++)
                for (int j = 0; j < N; j++)
                    sum[i][j] += x[i].v[e] * y.v[j];
        }
    }
}

/* sum[i][j] += column (M*line + i) of a . column (N*lane + j) of b; both have `rows` rows. */
template <int M, int N>
__device__ static inline void add_columns(float (&sum)[M][N], const float *a, const float *b,
                                          int rows)
{
    for (int row = 0; row < rows; row++) {
        const auto x = load_pack<M>(a + row * tile_stride(product_lines * M) + M * product_line());
        const auto y = load_pack<N>(b + row * tile_stride(product_lanes * N) + N * product_lane());
        for (int i = 0; i < M; i++)
            for (int j = 0; j < N; j++)
                sum[i][j] += x.v[i] * y.v[j];
    }
}

/* Writes a register block of scores as the tile that add_mix() and add_columns() read. */
template <int M, int N>
__device__ static inline void store_scores(float *tile, const float (&scores)[M][N])
{
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++)
            tile[(product_line() + product_lines * i) * tile_stride(product_lanes * N) +
                 product_lane() + product_lanes * j] = scores[i][j];
}

/* Over the 16 lanes of a line: every lane receives the result. All threads take part. */
__device__ static inline float line_sum(float x)
{
    for (int offset = product_lanes / 2; offset > 0; offset /= 2)
        x += __shfl_xor_sync(0xffffffffu, x, offset);
    return x;
}

__device__ static inline float line_max(float x)
{
    for (int offset = product_lanes / 2; offset > 0; offset /= 2)
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, offset));
    return x;
}

} // namespace idi

#endif
