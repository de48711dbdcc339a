/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/group_norm.cu - normalisation over groups of channels, affine, activation; contract in
 * ops/group_norm.h.
 *
 * Shapes     x, y, dy, dx [N, H, W, C]; gamma, beta, dgamma, dbeta [C] or absent
 * Launch     forward: moments of chunks, groups' statistics (device/group_stats.cuh), then one
 *            pass that normalises. Gradient: statistics; sums over each sample's columns of dz and
 *            dz*xhat, dz being the gradient before the activation (device/column_sums.cuh), folded
 *            to the groups' two means and to dgamma and dbeta; then one pass for dx
 * Traffic    with B = N*H*W*C*size: forward 3*B, of which 2*B is the floor; the second reading of x
 *            comes from L2 while x fits (50 MB). Gradient 6*B, of which 3*B is the floor
 * Numerics   shifted sums merged after Chan; means in two floats; fixed order
 * Limits     C < 2^31, N*groups < 2^31
 * Reference  src/cpu/group_norm.c      Measured  not yet
 */
#include "cuda/device/act_pack.cuh"
#include "cuda/device/group_back.cuh"

extern "C" {
#include "ops/group_norm.h"
}

namespace {

using idi::pack;

/* What all kernels need. */
template <typename T>
struct problem {
    idi::column_tiles tiles;
    int groups;
    idi_act act;
    const T *x;
    const T *gamma, *beta; /* [C], or both NULL */
    const idi::norm_stats *stats;
};

/* A thread's channels: z = xhat*gamma + beta. */
template <int V>
struct channel_pack {
    idi::channel_stats<V> stats;
    float gamma[V], beta[V];
};

template <int V, typename T>
__device__ channel_pack<V> load_channels(const problem<T> &p, int batch, int column)
{
    channel_pack<V> k;
    k.stats = idi::load_stats<V>(p.stats, p.groups, p.tiles, batch, column);
    for (int j = 0; j < V; j++) {
        k.gamma[j] = p.gamma ? idi::to_float(p.gamma[column + j]) : 1.0f;
        k.beta[j] = p.gamma ? idi::to_float(p.beta[column + j]) : 0.0f;
    }
    return k;
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads) group_norm_fwd(problem<T> p, T *__restrict__ y)
{
    const idi::column_walk w = idi::walk_columns<V>(p.tiles);
    if (w.is_idle) return;
    const channel_pack<V> k = load_channels<V>(p, w.batch, w.column);
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const int64_t at = row * p.tiles.columns + w.column;
        pack<T, V> v = idi::load_pack<V>(p.x + at);
        float z[V];
        for (int j = 0; j < V; j++)
            z[j] = k.stats.v[j].normal(idi::to_float(v.v[j])) * k.gamma[j] + k.beta[j];
        idi::act_values(p.act, z);
        for (int j = 0; j < V; j++)
            v.v[j] = idi::from_float<T>(z[j]);
        idi::store_pack(y + at, v);
    }
}

/* xhat, and dz from dy. */
template <typename T, int V>
__device__ void load_back(const problem<T> &p, const T *dy, const channel_pack<V> &k, int64_t at,
                          float (&xhat)[V], float (&dz)[V])
{
    const pack<T, V> xs = idi::load_pack<V>(p.x + at);
    const pack<T, V> dys = idi::load_pack<V>(dy + at);
    float z[V];
    for (int j = 0; j < V; j++) {
        xhat[j] = k.stats.v[j].normal(idi::to_float(xs.v[j]));
        z[j] = xhat[j] * k.gamma[j] + k.beta[j];
        dz[j] = idi::to_float(dys.v[j]);
    }
    idi::act_back(p.act, z, dz);
}

/* Sums 0 and 1: dz and dz*xhat, which are dbeta and dgamma. */
template <typename T, int V>
struct back_term {
    static constexpr int sums = 2;
    static constexpr int width = V;
    using columns = channel_pack<V>;
    problem<T> p;
    const T *dy;

    __device__ columns begin(int batch, int column) const
    {
        return load_channels<V>(p, batch, column);
    }
    __device__ void add(const columns &k, int64_t at, float (&sum)[2][V]) const
    {
        float xhat[V];
        float dz[V];
        load_back<T, V>(p, dy, k, at, xhat, dz);
        for (int j = 0; j < V; j++) {
            sum[0][j] += dz[j];
            sum[1][j] += dz[j] * xhat[j];
        }
    }
};

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads)
    group_norm_bwd_dx(problem<T> p, const idi::group_back *__restrict__ backs,
                      const T *__restrict__ dy, T *__restrict__ dx)
{
    const idi::column_walk w = idi::walk_columns<V>(p.tiles);
    if (w.is_idle) return;
    const channel_pack<V> k = load_channels<V>(p, w.batch, w.column);
    const auto b = idi::load_backs<V>(backs, p.groups, p.tiles, w.batch, w.column);
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const int64_t at = row * p.tiles.columns + w.column;
        float xhat[V];
        float dz[V];
        load_back<T, V>(p, dy, k, at, xhat, dz);
        pack<T, V> v;
        for (int j = 0; j < V; j++)
            v.v[j] = idi::from_float<T>(b.v[j].dx(k.stats.v[j], dz[j] * k.gamma[j], xhat[j]));
        idi::store_pack(dx + at, v);
    }
}

const idi_group_norm_attr *attr_of(const idi_cuda_call *c)
{
    return static_cast<const idi_group_norm_attr *>(c->exec->attr);
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
    IDI_LAUNCH((group_norm_fwd<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0, c->stream,
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
    idi::measure_groups<T, V>(c, tiles, attr->groups, attr->eps, scratch.forward);
    idi::sum_columns(c, tiles, back_term<T, V>{p, dy}, scratch.partials);
    idi::fold_output<T>(c, tiles, 1, scratch.partials, 1);
    idi::fold_output<T>(c, tiles, 0, scratch.partials, 2);
    T *dx = idi::out<T>(c, 0);
    if (!dx) return;
    idi::finish_backs(c, tiles, p.groups, p.gamma, scratch);
    IDI_LAUNCH((group_norm_bwd_dx<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0, c->stream,
               p, scratch.backs, dy, dx);
}

} // namespace

IDI_CUDA_OP(group_norm)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, channels_of(c), V, launch_forward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(group_norm)
{
    *bytes_out = idi::stats_bytes(c, attr_of(c)->groups);
    return IDI_OK;
}

IDI_CUDA_OP(group_norm_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, channels_of(c), V, launch_backward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(group_norm_grad)
{
    *bytes_out = idi::back_bytes(c, attr_of(c)->groups);
    return IDI_OK;
}
