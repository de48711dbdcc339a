/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/geglu.cu - gated GELU; contract in ops/geglu.h.
 *
 * Shapes     x, dx [rows, 2H]: value and gate; y, dy [rows, H]
 * Launch     a thread a pack of V numbers of y, V = 16 B / element size where H is a multiple of
 *            it, else 1; grid ceil(rows*H / (256*V)), block 256
 * Traffic    DRAM 3*rows*H*size B forwards, 5*rows*H*size B backwards; bandwidth bound
 * Numerics   f32
 * Reference  src/cpu/geglu.c      Measured  not yet
 */
#include "cuda/device/act.cuh"
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/elementwise.cuh"

namespace {

/* The packs of x that belong to pack `i` of y: those of the value and, `half` packs on, of the
 * gate. Counting in packs tells the compiler that addresses are aligned: else it splits the stores.
 */
__device__ int64_t value_pack(int64_t i, int64_t half)
{
    return i + i / half * half;
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    geglu_fwd(const T *__restrict__ x, T *__restrict__ y, int64_t packs, int64_t half)
{
    const int64_t i = idi::elementwise_thread();
    if (i >= packs) return;
    const int64_t at = value_pack(i, half);
    const auto a = idi::load_pack<V>(x + at * V);
    const auto b = idi::load_pack<V>(x + (at + half) * V);
    const auto f = [](float a_, float b_) { return a_ * idi::gelu(b_); };
    idi::store_pack(y + i * V, idi::map_packs<T, V>(f, a, b));
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    geglu_bwd(const T *__restrict__ x, const T *__restrict__ dy, T *__restrict__ dx, int64_t packs,
              int64_t half)
{
    const int64_t i = idi::elementwise_thread();
    if (i >= packs) return;
    const int64_t at = value_pack(i, half);
    const auto a = idi::load_pack<V>(x + at * V);
    const auto b = idi::load_pack<V>(x + (at + half) * V);
    const auto d = idi::load_pack<V>(dy + i * V);
    const auto da = [](float b_, float d_) { return d_ * idi::gelu(b_); };
    const auto db = [](float a_, float b_, float d_) { return d_ * a_ * idi::gelu_slope(b_); };
    idi::store_pack(dx + at * V, idi::map_packs<T, V>(da, b, d));
    idi::store_pack(dx + (at + half) * V, idi::map_packs<T, V>(db, a, b, d));
}

template <typename T, int V>
void launch_fwd(const idi_cuda_call *c)
{
    const idi_shape *y = &c->exec->out[0].shape;
    const int64_t packs = idi_shape_count(y) / V;
    IDI_LAUNCH((geglu_fwd<T, V>), idi::elementwise_grid(packs), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::out<T>(c, 0), packs, idi_shape_last(y) / V);
}

template <typename T, int V>
void launch_bwd(const idi_cuda_call *c)
{
    const idi_shape *y = &c->exec->in[1].shape;
    const int64_t packs = idi_shape_count(y) / V;
    IDI_LAUNCH((geglu_bwd<T, V>), idi::elementwise_grid(packs), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1), idi::out<T>(c, 0), packs,
               idi_shape_last(y) / V);
}

} // namespace

IDI_CUDA_OP(geglu)
{
    IDI_STORAGE(c, T,
                IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->out[0].shape), V, launch_fwd<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(geglu_grad)
{
    IDI_STORAGE(c, T,
                IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->in[1].shape), V, launch_bwd<T, V>(c)));
    IDI_LAUNCHED();
}
