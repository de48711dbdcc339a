/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/warp_row.cuh - a row of at most 128*P numbers in a warp's registers: a lane has P
 * times 4 neighbours, number j of the i-th at column row_column(i) + j. Rows of whole packs of 4
 * are read and written in packs, others one by one. */
#ifndef IDI_CUDA_DEVICE_WARP_ROW_CUH
#define IDI_CUDA_DEVICE_WARP_ROW_CUH

#include "cuda/device/op.cuh"
#include "cuda/device/reduce.cuh"

namespace idi {

constexpr int row_pack = 4;

__device__ static inline int row_column(int i)
{
    return (i * warp_size + (int)threadIdx.x % warp_size) * row_pack;
}

/* 4*P numbers of a lane; those beyond the row are 0. */
template <int P>
struct row_floats {
    float v[P][row_pack];
};

template <typename T, int P>
struct row_packs {
    pack<T, row_pack> v[P];

    __device__ row_floats<P> floats() const
    {
        row_floats<P> result;
        for (int i = 0; i < P; i++)
            for (int j = 0; j < row_pack; j++)
                result.v[i][j] = to_float(v[i].v[j]);
        return result;
    }
};

template <int P, typename T>
__device__ static inline row_packs<T, P> load_row(const T *row, int width)
{
    row_packs<T, P> packs = {};
    if (width % row_pack == 0) {
        for (int i = 0; i < P; i++)
            if (row_column(i) < width) packs.v[i] = load_pack<row_pack>(row + row_column(i));
        return packs;
    }
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++)
            if (row_column(i) + j < width) packs.v[i].v[j] = row[row_column(i) + j];
    return packs;
}

template <int P, typename T>
__device__ static inline void store_row(T *row, int width, const row_floats<P> &values)
{
    for (int i = 0; i < P; i++) {
        const int column = row_column(i);
        pack<T, row_pack> p;
        for (int j = 0; j < row_pack; j++)
            p.v[j] = from_float<T>(values.v[i][j]);
        if (width % row_pack == 0) {
            if (column < width) store_pack(row + column, p);
            continue;
        }
        for (int j = 0; j < row_pack; j++)
            if (column + j < width) row[column + j] = p.v[j];
    }
}

} // namespace idi

/* Runs the statement with P = the packs of a lane: 1, 2, 4 or 8. */
#define IDI_ROW_PACKS(width, P, ...)                                                               \
    do {                                                                                           \
        if ((width) <= 128) {                                                                      \
            constexpr int P = 1;                                                                   \
            __VA_ARGS__;                                                                           \
        } else if ((width) <= 256) {                                                               \
            constexpr int P = 2;                                                                   \
            __VA_ARGS__;                                                                           \
        } else if ((width) <= 512) {                                                               \
            constexpr int P = 4;                                                                   \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            constexpr int P = 8;                                                                   \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

#endif
