/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/max_pool.cu - the largest of each 2x2 block, and the way back; contract in
 * ops/max_pool.h.
 *
 * Shapes     x, dx [N, H, W, C]; y, dy [N, H/2, W/2, C]
 * Launch     a thread a block's pack of V channels, V = 16 B / element size where C is a multiple
 *            of it, else 1; grid ceil(threads/256), block 256. Backwards the odd row's and column's
 *            blocks, which have no dy, have threads too: they write zeros
 * Traffic    DRAM |x| + |y| forwards, |x| + |dy| + |dx| backwards: the floor. Bandwidth bound
 * Numerics   exact; of equals the first, as the reference
 * Reference  src/cpu/max_pool.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/pixel_place.cuh"

extern "C" {
#include "ops/max_pool.h"
}

namespace {

constexpr int block_pixels = 4;

/* Pixel i of the block at p: rows, then columns. */
__device__ int64_t pixel_offset(const idi::pixel_grid &large, const idi::pixel_place &p, int i)
{
    return idi::offset_of(large, p, 2 * p.y + i / 2, 2 * p.x + i % 2);
}

template <typename T, int V>
struct block {
    idi::pack<T, V> v[block_pixels];

    __device__ block(const T *x, const idi::pixel_grid &large, const idi::pixel_place &p)
    {
        for (int i = 0; i < block_pixels; i++)
            v[i] = idi::load_pack<V>(x + pixel_offset(large, p, i));
    }
    /* Which of the block's pixels is the largest in channel j. */
    __device__ int largest(int j) const
    {
        int at = 0;
        float most = idi::to_float(v[0].v[j]);
        for (int i = 1; i < block_pixels; i++) {
            const float here = idi::to_float(v[i].v[j]);
            at = here > most ? i : at;
            most = here > most ? here : most;
        }
        return at;
    }
};

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    max_pool_fwd(const T *__restrict__ x, const idi::pixel_grid large, const idi::pixel_grid small,
                 int64_t count, T *__restrict__ y)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const block<T, V> b(x, large, idi::place_of(small, at));
    idi::pack<T, V> result = b.v[0];
    for (int j = 0; j < V; j++) {
        const int most = b.largest(j);
        for (int i = 1; i < block_pixels; i++) /* no indexing of registers */
            if (i == most) result.v[j] = b.v[i].v[j];
    }
    idi::store_pack(y + at, result);
}

/* `blocks`: dx's 2x2 blocks, those that it has a part of included. */
template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    max_pool_bwd(const T *__restrict__ dy, const T *__restrict__ x, const idi::pixel_grid large,
                 const idi::pixel_grid small, const idi::pixel_grid blocks, int64_t count,
                 T *__restrict__ dx)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const auto p = idi::place_of(blocks, at);
    idi::pack<T, V> result[block_pixels];
    for (int i = 0; i < block_pixels; i++)
        for (int j = 0; j < V; j++)
            result[i].v[j] = idi::from_float<T>(0.0f);
    if (p.y < small.height && p.x < small.width) {
        const block<T, V> b(x, large, p);
        const auto slopes = idi::load_pack<V>(dy + idi::offset_of(small, p, p.y, p.x));
        for (int j = 0; j < V; j++) {
            const int most = b.largest(j);
            for (int i = 0; i < block_pixels; i++)
                if (i == most) result[i].v[j] = slopes.v[j];
        }
    }
    for (int i = 0; i < block_pixels; i++)
        if (2 * p.y + i / 2 < large.height && 2 * p.x + i % 2 < large.width)
            idi::store_pack(dx + pixel_offset(large, p, i), result[i]);
}

template <typename T, int V>
void launch_forward(const idi_cuda_call *c)
{
    const idi_shape *y = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(y);
    IDI_LAUNCH((max_pool_fwd<T, V>), idi::elementwise_grid(count / V), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::grid_of(&c->exec->in[0].shape), idi::grid_of(y),
               count, idi::out<T>(c, 0));
}

template <typename T, int V>
void launch_backward(const idi_cuda_call *c)
{
    const idi_shape *dx = &c->exec->out[0].shape;
    const idi::pixel_grid large = idi::grid_of(dx);
    const idi::pixel_grid blocks = {(large.height + 1) / 2, (large.width + 1) / 2, large.channels};
    const int64_t count = dx->dim[0] * blocks.height * blocks.width * blocks.channels;
    IDI_LAUNCH((max_pool_bwd<T, V>), idi::elementwise_grid(count / V), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1), large,
               idi::grid_of(&c->exec->in[0].shape), blocks, count, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(max_pool)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch_forward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(max_pool_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch_backward<T, V>(c)));
    IDI_LAUNCHED();
}
