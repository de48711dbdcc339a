/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/spade_batch_norm.cu - batch normalisation with stored statistics, modulated by maps;
 * contract in ops/spade_batch_norm.h.
 *
 * Shapes     x, y [rows, C]; maps, style_maps [rows, 2C]; noise [rows]; mean, variance,
 *            noise_scale [C]; blend_gamma, blend_beta [1]
 * Launch     blocks of 256 over chunks of rows (device/column_tiles.cuh), a channel's numbers in
 *            registers; packs of 16 B where C allows, else single elements
 * Traffic    4*rows*C*size B, with style maps 6*; bandwidth bound
 * Numerics   the mean is subtracted first: near-constant x
 * Limits     C < 2^31
 * Reference  src/cpu/spade_batch_norm.c      Measured  not yet
 */
#include "cuda/device/act.cuh"
#include "cuda/device/column_tiles.cuh"

extern "C" {
#include "ops/spade_batch_norm.h"
}

namespace {

using idi::pack;

template <typename T>
struct problem {
    idi::column_tiles tiles;
    const T *x, *mean, *variance, *maps;
    const T *style_maps, *blend_gamma, *blend_beta; /* or NULL */
    const T *noise, *noise_scale;                   /* or NULL */
    float eps;
    float slope; /* of the activation below 0 */
};

/* What belongs to a thread's channels, and how much of the maps is the style's. */
template <int V>
struct channel_pack {
    float mean[V], rstd[V], noise[V];
    float gamma_share, beta_share;
};

template <typename T>
__device__ float share(const T *blend)
{
    return blend ? idi::act_value(IDI_ACT_SIGMOID, idi::to_float(blend[0])) : 0.0f;
}

template <typename T, int V>
__device__ channel_pack<V> load_channels(const problem<T> &p, int column)
{
    channel_pack<V> k;
    for (int j = 0; j < V; j++) {
        k.mean[j] = idi::to_float(p.mean[column + j]);
        k.rstd[j] = 1.0f / sqrtf(idi::to_float(p.variance[column + j]) + p.eps);
        k.noise[j] = p.noise ? idi::to_float(p.noise_scale[column + j]) : 0.0f;
    }
    k.gamma_share = share(p.blend_gamma);
    k.beta_share = share(p.blend_beta);
    return k;
}

/* A pack of the maps, blended. */
template <typename T, int V>
__device__ void load_map(const problem<T> &p, int64_t at, float share, float (&values)[V])
{
    const pack<T, V> own = idi::load_pack<V>(p.maps + at);
    for (int j = 0; j < V; j++)
        values[j] = idi::to_float(own.v[j]);
    if (!p.style_maps) return;
    const pack<T, V> style = idi::load_pack<V>(p.style_maps + at);
    for (int j = 0; j < V; j++)
        values[j] = share * idi::to_float(style.v[j]) + (1.0f - share) * values[j];
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::tile_threads)
    spade_batch_norm_fwd(problem<T> p, T *__restrict__ y)
{
    const idi::column_walk w = idi::walk_columns<V>(p.tiles);
    if (w.is_idle) return;
    const channel_pack<V> k = load_channels<T, V>(p, w.column);
    const int64_t channels = p.tiles.columns;
    for (int64_t row = w.row; row < w.end; row += w.step) {
        const pack<T, V> xs = idi::load_pack<V>(p.x + row * channels + w.column);
        const float noise = p.noise ? idi::to_float(p.noise[row]) : 0.0f;
        float gamma[V], beta[V];
        load_map<T, V>(p, row * 2 * channels + w.column, k.gamma_share, gamma);
        load_map<T, V>(p, (row * 2 + 1) * channels + w.column, k.beta_share, beta);
        for (int j = 0; j < V; j++) {
            const float x = idi::to_float(xs.v[j]) + noise * k.noise[j];
            beta[j] += (x - k.mean[j]) * k.rstd[j] * (1.0f + gamma[j]);
        }
        pack<T, V> result;
        for (int j = 0; j < V; j++)
            result.v[j] = idi::from_float<T>(beta[j] > 0.0f ? beta[j] : p.slope * beta[j]);
        idi::store_pack(y + row * channels + w.column, result);
    }
}

float slope_of(idi_act act)
{
    if (act == IDI_ACT_NONE) return 1.0f;
    return act == IDI_ACT_RELU ? 0.0f : 0.2f;
}

template <typename T, int V>
void launch(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_spade_batch_norm_attr *>(c->exec->attr);
    const idi_shape *shape = &c->exec->in[0].shape;
    const auto tiles = idi::tile_columns(1, idi_shape_rows(shape), idi_shape_last(shape), V);
    const problem<T> p = {tiles,
                          idi::in<T>(c, 0),
                          idi::in<T>(c, 1),
                          idi::in<T>(c, 2),
                          idi::in<T>(c, 3),
                          idi::in<T>(c, 4),
                          idi::in<T>(c, 5),
                          idi::in<T>(c, 6),
                          idi::in<T>(c, 7),
                          idi::in<T>(c, 8),
                          (float)attr->eps,
                          slope_of(attr->act)};
    IDI_LAUNCH((spade_batch_norm_fwd<T, V>), idi::tile_blocks(tiles), idi::tile_threads, 0,
               c->stream, p, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(spade_batch_norm)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->in[0].shape), V, launch<T, V>(c)));
    IDI_LAUNCHED();
}
