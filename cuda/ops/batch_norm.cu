/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/batch_norm.cu - batch normalisation with stored statistics; contract in
 * ops/batch_norm.h.
 *
 * Shapes     x, y, dy, dx [rows, C]; gamma, beta, mean, variance, dgamma, dbeta [C]
 * Launch     blocks of 256 over chunks of rows (device/column_tiles.cuh), a channel's numbers in
 *            registers; packs of 16 B where C allows, else single elements
 * Traffic    forward 2*rows*C*size B. Gradient of x alone 2*, with gamma or beta 3*: dx is
 *            stored while the columns are summed. Bandwidth bound
 * Numerics   the mean is subtracted first and never folded into the shift: near-constant x
 * Limits     C < 2^31
 * Reference  src/cpu/batch_norm.c      Measured  not yet
 */
#include "cuda/device/column_sums.cuh"

extern "C" {
#include "ops/batch_norm.h"
}

namespace {

using idi::pack;

/* y = (x - mean)*scale + shift */
template <int V>
struct channel_pack {
    float mean[V], scale[V], shift[V], rstd[V];
};

template <typename T>
struct parameters {
    const T *gamma, *beta; /* [C] or NULL */
    const T *mean, *variance;
    float eps;
};

template <int V, typename T>
__device__ channel_pack<V> load_channels(const parameters<T> &p, int column)
{
    channel_pack<V> k;
    for (int j = 0; j < V; j++) {
        k.mean[j] = idi::to_float(p.mean[column + j]);
        k.rstd[j] = 1.0f / sqrtf(idi::to_float(p.variance[column + j]) + p.eps);
        k.scale[j] = p.gamma ? k.rstd[j] * idi::to_float(p.gamma[column + j]) : k.rstd[j];
        k.shift[j] = p.beta ? idi::to_float(p.beta[column + j]) : 0.0f;
    }
    return k;
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads)
    batch_norm_fwd(idi::column_tiles tiles, parameters<T> p, const T *__restrict__ x,
                   T *__restrict__ y)
{
    const idi::column_walk w = idi::walk_columns<V>(tiles);
    if (w.is_idle) return;
    const channel_pack<V> k = load_channels<V>(p, w.column);
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const int64_t at = row * tiles.columns + w.column;
        pack<T, V> v = idi::load_pack<V>(x + at);
        for (int j = 0; j < V; j++)
            v.v[j] =
                idi::from_float<T>((idi::to_float(v.v[j]) - k.mean[j]) * k.scale[j] + k.shift[j]);
        idi::store_pack(y + at, v);
    }
}

template <typename T, int V>
__device__ void store_dx(const channel_pack<V> &k, pack<T, V> dy, T *dx)
{
    for (int j = 0; j < V; j++)
        dy.v[j] = idi::from_float<T>(idi::to_float(dy.v[j]) * k.scale[j]);
    idi::store_pack(dx, dy);
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads)
    batch_norm_bwd_dx(idi::column_tiles tiles, parameters<T> p, const T *__restrict__ dy,
                      T *__restrict__ dx)
{
    const idi::column_walk w = idi::walk_columns<V>(tiles);
    if (w.is_idle) return;
    const channel_pack<V> k = load_channels<V>(p, w.column);
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const int64_t at = row * tiles.columns + w.column;
        store_dx(k, idi::load_pack<V>(dy + at), dx + at);
    }
}

/* Sums 0 and 1: dgamma and dbeta. Stores dx on the way, where wanted. */
template <typename T, int V>
struct back_term {
    static constexpr int sums = 2;
    static constexpr int width = V;
    using columns = channel_pack<V>;
    parameters<T> p;
    const T *x, *dy;
    T *dx;

    __device__ columns begin(int, int column) const { return load_channels<V>(p, column); }
    __device__ void add(const columns &k, int64_t at, float (&sum)[2][V]) const
    {
        const pack<T, V> xs = idi::load_pack<V>(x + at);
        const pack<T, V> dys = idi::load_pack<V>(dy + at);
        for (int j = 0; j < V; j++) {
            const float d = idi::to_float(dys.v[j]);
            sum[0][j] += d * ((idi::to_float(xs.v[j]) - k.mean[j]) * k.rstd[j]);
            sum[1][j] += d;
        }
        if (dx) store_dx(k, dys, dx + at);
    }
};

idi::column_tiles tiles_of(const idi_cuda_call *c, int width)
{
    const idi_shape *shape = &c->exec->in[0].shape;
    return idi::tile_columns(1, idi_shape_rows(shape), idi_shape_last(shape), width);
}

float eps_of(const idi_cuda_call *c)
{
    return (float)static_cast<const idi_batch_norm_attr *>(c->exec->attr)->eps;
}

template <typename T, int V>
void launch_forward(const idi_cuda_call *c)
{
    const auto tiles = tiles_of(c, V);
    const parameters<T> p = {idi::in<T>(c, 1), idi::in<T>(c, 2), idi::in<T>(c, 3), idi::in<T>(c, 4),
                             eps_of(c)};
    IDI_LAUNCH((batch_norm_fwd<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0, c->stream,
               tiles, p, idi::in<T>(c, 0), idi::out<T>(c, 0));
}

template <typename T, int V>
void launch_backward(const idi_cuda_call *c)
{
    const auto tiles = tiles_of(c, V);
    const parameters<T> p = {idi::in<T>(c, 1), nullptr, idi::in<T>(c, 2), idi::in<T>(c, 3),
                             eps_of(c)};
    const T *dy = idi::in<T>(c, 4);
    T *dx = idi::out<T>(c, 0);
    if (!idi::out<T>(c, 1) && !idi::out<T>(c, 2)) {
        IDI_LAUNCH((batch_norm_bwd_dx<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0,
                   c->stream, tiles, p, dy, dx);
        return;
    }
    auto *partials = static_cast<float *>(c->exec->workspace);
    idi::sum_columns(c, tiles, back_term<T, V>{p, idi::in<T>(c, 0), dy, dx}, partials);
    idi::fold_columns(c, tiles, 0, partials, idi::out<T>(c, 1));
    idi::fold_columns(c, tiles, 1, partials, idi::out<T>(c, 2));
}

} // namespace

IDI_CUDA_OP(batch_norm)
{
    IDI_STORAGE(
        c, T, IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->in[0].shape), V, launch_forward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(batch_norm_grad)
{
    IDI_STORAGE(
        c, T,
        IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->in[0].shape), V, launch_backward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(batch_norm_grad)
{
    const int64_t columns = idi_shape_last(&c->exec->in[0].shape);
    IDI_STORAGE(c, T, {
        const auto tiles = tiles_of(c, idi::tile_width<T>(columns));
        *bytes_out = sizeof(float) * (size_t)idi::column_partials(tiles, 2);
    });
    return IDI_OK;
}
