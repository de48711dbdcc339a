/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/spade_modulate.cu - normalisation modulated by maps, activation; contract in
 * ops/spade_modulate.h.
 *
 * Shapes     x, gamma, beta, y, dy, dx, dgamma, dbeta [N, H, W, C]
 * Launch     forward: statistics (device/group_stats.cuh), then one pass. Gradient: statistics; a
 *            pass that stores dgamma = dz*xhat and dbeta = dz and sums g = dz*(1 + gamma) and
 *            g*xhat over each sample's columns (device/column_sums.cuh); then one pass for dx
 * Traffic    with B = N*H*W*C*size: forward 5*B, of which 4*B is the floor; the second reading of x
 *            comes from L2 while the maps fit (50 MB). Gradient 12*B, of which 7*B is the floor: dz
 *            is computed again for dx, because dbeta is rounded and may not be wanted
 * Numerics   shifted sums merged after Chan; means in two floats; fixed order
 * Limits     C < 2^31, N*groups < 2^31
 * Reference  src/cpu/spade_modulate.c      Measured  not yet
 */
#include "cuda/device/act_pack.cuh"
#include "cuda/device/group_back.cuh"

extern "C" {
#include "ops/spade_modulate.h"
}

namespace {

using idi::pack;

/* What all kernels need. */
template <typename T>
struct problem {
    idi::column_tiles tiles;
    int groups;
    idi_act act;
    const T *x, *gamma, *beta; /* [N, H, W, C] */
    const idi::norm_stats *stats;
};

template <int V, typename T>
__device__ idi::channel_stats<V> load_channels(const problem<T> &p, int batch, int column)
{
    return idi::load_stats<V>(p.stats, p.groups, p.tiles, batch, column);
}

/* xhat, the factor 1 + gamma, and z = xhat*factor + beta of a pack. */
template <int V>
struct modulated {
    float xhat[V], factor[V], z[V];
};

template <typename T, int V>
__device__ modulated<V> modulate(const problem<T> &p, const idi::channel_stats<V> &k, int64_t at)
{
    const pack<T, V> xs = idi::load_pack<V>(p.x + at);
    const pack<T, V> gammas = idi::load_pack<V>(p.gamma + at);
    const pack<T, V> betas = idi::load_pack<V>(p.beta + at);
    modulated<V> m;
    for (int j = 0; j < V; j++) {
        m.xhat[j] = k.v[j].normal(idi::to_float(xs.v[j]));
        m.factor[j] = 1.0f + idi::to_float(gammas.v[j]);
        m.z[j] = m.xhat[j] * m.factor[j] + idi::to_float(betas.v[j]);
    }
    return m;
}

template <int V, typename T>
__device__ void store_floats(T *address, const float (&values)[V])
{
    pack<T, V> v;
    for (int j = 0; j < V; j++)
        v.v[j] = idi::from_float<T>(values[j]);
    idi::store_pack(address, v);
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads)
    spade_modulate_fwd(problem<T> p, T *__restrict__ y)
{
    const idi::column_walk w = idi::walk_columns<V>(p.tiles);
    if (w.is_idle) return;
    const auto k = load_channels<V>(p, w.batch, w.column);
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const int64_t at = row * p.tiles.columns + w.column;
        modulated<V> m = modulate<T, V>(p, k, at);
        idi::act_values(p.act, m.z);
        store_floats<V>(y + at, m.z);
    }
}

template <typename T, int V>
__device__ void load_dz(const problem<T> &p, const T *dy, const modulated<V> &m, int64_t at,
                        float (&dz)[V])
{
    const pack<T, V> dys = idi::load_pack<V>(dy + at);
    for (int j = 0; j < V; j++)
        dz[j] = idi::to_float(dys.v[j]);
    idi::act_back(p.act, m.z, dz);
}

/* Sums 0 and 1: g and g*xhat. Stores the maps' gradients on the way, where wanted. */
template <typename T, int V>
struct back_term {
    static constexpr int sums = 2;
    static constexpr int width = V;
    using columns = idi::channel_stats<V>;
    problem<T> p;
    const T *dy;
    T *dgamma, *dbeta; /* or NULL */

    __device__ columns begin(int batch, int column) const
    {
        return load_channels<V>(p, batch, column);
    }
    __device__ void add(const columns &k, int64_t at, float (&sum)[2][V]) const
    {
        const modulated<V> m = modulate<T, V>(p, k, at);
        float dz[V];
        load_dz<T, V>(p, dy, m, at, dz);
        if (dbeta) store_floats<V>(dbeta + at, dz);
        for (int j = 0; j < V; j++) {
            sum[0][j] += dz[j] * m.factor[j];
            dz[j] *= m.xhat[j];
            sum[1][j] += dz[j] * m.factor[j];
        }
        if (dgamma) store_floats<V>(dgamma + at, dz);
    }
};

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads)
    spade_modulate_bwd_dx(problem<T> p, const idi::group_back *__restrict__ backs,
                          const T *__restrict__ dy, T *__restrict__ dx)
{
    const idi::column_walk w = idi::walk_columns<V>(p.tiles);
    if (w.is_idle) return;
    const auto k = load_channels<V>(p, w.batch, w.column);
    const auto b = idi::load_backs<V>(backs, p.groups, p.tiles, w.batch, w.column);
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const int64_t at = row * p.tiles.columns + w.column;
        const modulated<V> m = modulate<T, V>(p, k, at);
        float dz[V];
        load_dz<T, V>(p, dy, m, at, dz);
        for (int j = 0; j < V; j++)
            dz[j] = b.v[j].dx(k.v[j], dz[j] * m.factor[j], m.xhat[j]);
        store_floats<V>(dx + at, dz);
    }
}

const idi_spade_modulate_attr *attr_of(const idi_cuda_call *c)
{
    return static_cast<const idi_spade_modulate_attr *>(c->exec->attr);
}

int64_t channels_of(const idi_cuda_call *c)
{
    return idi_shape_last(&c->exec->in[0].shape);
}

template <typename T>
problem<T> problem_of(const idi_cuda_call *c, const idi::column_tiles &tiles,
                      const idi::norm_stats *stats)
{
    const auto *attr = attr_of(c);
    return {
        tiles, (int)attr->groups, attr->act, idi::in<T>(c, 0), idi::in<T>(c, 1), idi::in<T>(c, 2),
        stats};
}

template <typename T, int V>
void launch_forward(const idi_cuda_call *c)
{
    const auto *attr = attr_of(c);
    const auto tiles = idi::group_tiles<T>(c);
    idi::scratch space(c);
    const auto scratch = idi::take_stats_scratch(space, tiles, attr->groups);
    idi::measure_groups<T, V>(c, tiles, attr->groups, attr->eps, scratch);
    IDI_LAUNCH((spade_modulate_fwd<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0, c->stream,
               problem_of<T>(c, tiles, scratch.stats), idi::out<T>(c, 0));
}

template <typename T, int V>
void launch_backward(const idi_cuda_call *c)
{
    const auto *attr = attr_of(c);
    const auto tiles = idi::group_tiles<T>(c);
    idi::scratch space(c);
    const auto scratch = idi::take_back_scratch(space, tiles, attr->groups);
    const auto p = problem_of<T>(c, tiles, scratch.forward.stats);
    const T *dy = idi::in<T>(c, 3);
    const back_term<T, V> term = {p, dy, idi::out<T>(c, 1), idi::out<T>(c, 2)};
    idi::measure_groups<T, V>(c, tiles, attr->groups, attr->eps, scratch.forward);
    idi::sum_columns(c, tiles, term, scratch.partials);
    T *dx = idi::out<T>(c, 0);
    if (!dx) return;
    idi::finish_backs<T>(c, tiles, p.groups, nullptr, scratch);
    IDI_LAUNCH((spade_modulate_bwd_dx<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0,
               c->stream, p, scratch.backs, dy, dx);
}

} // namespace

IDI_CUDA_OP(spade_modulate)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, channels_of(c), V, launch_forward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(spade_modulate)
{
    *bytes_out = idi::stats_bytes(c, attr_of(c)->groups);
    return IDI_OK;
}

IDI_CUDA_OP(spade_modulate_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, channels_of(c), V, launch_backward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(spade_modulate_grad)
{
    *bytes_out = idi::back_bytes(c, attr_of(c)->groups);
    return IDI_OK;
}
