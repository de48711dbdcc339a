/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/batch_stats.cu - mean and variance of each channel over a batch; contract in
 * ops/batch_stats.h.
 *
 * Shapes     x [rows, C]; mean, variance [C]
 * Launch     device/group_stats.cuh's moments of chunks of rows, blocks of 256, packs of 16 B where
 *            C allows; then a block of 128 a channel merges its chunks
 * Traffic    DRAM rows*C*size B: the floor. Bandwidth bound
 * Numerics   differences from a pivot, moments merged pairwise in a fixed order: near-constant x,
 *            bitwise repeatable
 * Limits     C < 2^31
 * Reference  src/cpu/batch_stats.c      Measured  not yet
 */
#include "cuda/device/group_stats.cuh"

extern "C" {
#include "ops/batch_stats.h"
}

namespace {

template <typename T>
__global__ void __launch_bounds__(idi::group_threads, 4)
    stats_of_moments(const idi::moments *__restrict__ partials, int chunks, int columns,
                     T *__restrict__ mean, T *__restrict__ variance)
{
    const idi::moments m = idi::merge_chunks(partials, chunks, columns, 0, (int)blockIdx.x, 1);
    if (threadIdx.x > 0) return;
    mean[blockIdx.x] = idi::from_float<T>(m.pivot + m.offset);
    variance[blockIdx.x] = idi::from_float<T>(m.squares / (m.count - 1.0f));
}

template <typename T>
idi::column_tiles tiles_of(const idi_cuda_call *c)
{
    const idi_shape *x = &c->exec->in[0].shape;
    const int64_t columns = idi_shape_last(x);
    return idi::tile_columns(1, idi_shape_rows(x), columns, idi::tile_width<T>(columns));
}

template <typename T>
void finish(const idi_cuda_call *c, const idi::column_tiles &tiles, const idi::moments *partials)
{
    IDI_LAUNCH((stats_of_moments<T>), (unsigned)tiles.columns, idi::group_threads, 0, c->stream,
               partials, tiles.chunks, tiles.columns, idi::out<T>(c, 0), idi::out<T>(c, 1));
}

template <typename T, int V>
void launch(const idi_cuda_call *c)
{
    const auto tiles = tiles_of<T>(c);
    auto *partials = static_cast<idi::moments *>(c->exec->workspace);
    IDI_LAUNCH((idi::moments_of_chunks<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0,
               c->stream, tiles, idi::in<T>(c, 0), partials);
    if (idi_cuda_sum_type(c, 0) == IDI_F32)
        finish<float>(c, tiles, partials);
    else
        finish<T>(c, tiles, partials);
}

} // namespace

IDI_CUDA_WORKSPACE(batch_stats)
{
    IDI_STORAGE(c, T, {
        const auto tiles = tiles_of<T>(c);
        *bytes_out = sizeof(idi::moments) * (size_t)tiles.chunks * (size_t)tiles.columns;
    });
    return IDI_OK;
}

IDI_CUDA_OP(batch_stats)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->in[0].shape), V, launch<T, V>(c)));
    IDI_LAUNCHED();
}
