/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/transpose.cu - matrices turned over; contract in ops/transpose.h.
 *
 * Shapes     x [N,A,B], y [N,B,A]
 * Launch     N*ceil(A/32)*ceil(B/32) blocks of 32 x 8, a tile each; 4.1 KiB shared: a row of the
 *            tile is 33 numbers, so that its columns meet all banks
 * Traffic    DRAM 2*N*A*B*size B, read and written in rows of 32 numbers; bandwidth bound
 * Limits     N*ceil(A/32)*ceil(B/32) < 2^31
 * Reference  src/cpu/transpose.c      Measured  not yet
 */
#include "cuda/device/op.cuh"

extern "C" {
#include "ops/transpose.h"
}

namespace {

constexpr int tile_side = 32;
constexpr int lines = 8; /* of a tile at a time */

/* U: an unsigned number as wide as the storage type. */
template <typename U>
__global__ void __launch_bounds__(tile_side *lines)
    transpose_tile(const U *__restrict__ x, int64_t rows, int64_t columns, U *__restrict__ y)
{
    IDI_SHARED(U, tile, [tile_side][tile_side + 1]);
    const int64_t across = (columns + tile_side - 1) / tile_side;
    const int64_t down = (rows + tile_side - 1) / tile_side;
    const int64_t row = blockIdx.x / across % down * tile_side;
    const int64_t column = blockIdx.x % across * tile_side;
    const int64_t matrix = blockIdx.x / across / down * rows * columns;
    const int lane = (int)threadIdx.x;
    for (int i = (int)threadIdx.y; i < tile_side; i += lines)
        if (row + i < rows && column + lane < columns)
            tile[i][lane] = x[matrix + (row + i) * columns + column + lane];
    __syncthreads();
    for (int i = (int)threadIdx.y; i < tile_side; i += lines)
        if (column + i < columns && row + lane < rows)
            y[matrix + (column + i) * rows + row + lane] = tile[lane][i];
}

template <typename U>
void launch(const idi_cuda_call *c)
{
    const idi_shape &in = c->exec->in[0].shape;
    const int64_t rows = in.dim[in.rank - 2];
    const int64_t columns = in.dim[in.rank - 1];
    const int64_t batch = in.rank == 3 ? in.dim[0] : 1;
    const auto grid =
        (unsigned)(batch * idi::ceil_div(rows, tile_side) * idi::ceil_div(columns, tile_side));
    IDI_LAUNCH((transpose_tile<U>), grid, dim3(tile_side, lines), 0, c->stream, idi::in<U>(c, 0),
               rows, columns, idi::out<U>(c, 0));
}

} // namespace

IDI_CUDA_OP(transpose)
{
    if (c->storage == IDI_F32)
        launch<uint32_t>(c);
    else
        launch<uint16_t>(c);
    IDI_LAUNCHED();
}
