/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/prelu.cu - leaky rectifier with a learned slope a channel; contract in ops/prelu.h.
 *
 * Shapes     x, y, dy, dx [rows, C]; slope, dslope [C]
 * Launch     y, and dx alone: a thread a pack of V channels, V = 16 B / element size where C is a
 *            multiple of it, else 1; grid ceil(rows*C / (256*V)), block 256
 *            dslope, with dx on the way: cuda/device/column_sums.cuh
 * Traffic    DRAM 2*rows*C*size B forwards, 3*rows*C*size B for both gradients; bandwidth bound
 * Numerics   sums in f32, in a fixed order
 * Limits     C <= 2^31-1
 * Reference  src/cpu/prelu.c      Measured  not yet
 */
#include "cuda/device/column_sums.cuh"
#include "cuda/device/elementwise.cuh"

namespace {

/* y = value where x > 0, else slope*value: the function if value is x, its gradient if it is dy. */
template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    prelu_select(const T *__restrict__ x, const T *__restrict__ slope, const T *__restrict__ value,
                 T *__restrict__ y, int64_t count, int64_t channels)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const auto select = [](float x_, float slope_, float value_) {
        return x_ > 0.0f ? value_ : slope_ * value_;
    };
    idi::store_pack(y + at, idi::map_packs<T, V>(select, idi::load_pack<V>(x + at),
                                                 idi::load_pack<V>(slope + at % channels),
                                                 idi::load_pack<V>(value + at)));
}

/* dslope's sum; stores dx, if it is wanted, while x and dy are at hand. */
template <typename T, int V>
struct slope_term {
    static constexpr int sums = 1;
    static constexpr int width = V;
    struct columns {
        idi::pack<T, V> slope;
    };
    const T *x, *slope, *dy;
    T *dx;

    __device__ columns begin(int, int column) const { return {idi::load_pack<V>(slope + column)}; }
    __device__ void add(const columns &k, int64_t at, float (&sum)[1][V]) const
    {
        const idi::pack<T, V> xs = idi::load_pack<V>(x + at);
        idi::pack<T, V> ds = idi::load_pack<V>(dy + at);
        for (int j = 0; j < V; j++) {
            const float x_ = idi::to_float(xs.v[j]);
            const float dy_ = idi::to_float(ds.v[j]);
            if (x_ > 0.0f) continue;
            sum[0][j] += x_ * dy_;
            ds.v[j] = idi::from_float<T>(idi::to_float(k.slope.v[j]) * dy_);
        }
        if (dx) idi::store_pack(dx + at, ds);
    }
};

template <typename T, int V>
void launch_select(const idi_cuda_call *c, const T *value)
{
    const int64_t count = idi_shape_count(&c->exec->in[0].shape);
    IDI_LAUNCH((prelu_select<T, V>), idi::elementwise_grid(count / V), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1), value, idi::out<T>(c, 0), count,
               idi_shape_last(&c->exec->in[0].shape));
}

idi::column_tiles tiles_of(const idi_cuda_call *c, int width)
{
    const idi_shape *x = &c->exec->in[0].shape;
    return idi::tile_columns(1, idi_shape_rows(x), idi_shape_last(x), width);
}

template <typename T, int V>
void launch_slope(const idi_cuda_call *c)
{
    const idi::column_tiles tiles = tiles_of(c, V);
    const slope_term<T, V> term{idi::in<T>(c, 0), idi::in<T>(c, 1), idi::in<T>(c, 2),
                                idi::out<T>(c, 0)};
    auto *partials = static_cast<float *>(c->exec->workspace);
    idi::sum_columns(c, tiles, term, partials);
    idi::fold_output<T>(c, tiles, 0, partials, 1);
}

} // namespace

IDI_CUDA_OP(prelu)
{
    IDI_STORAGE(c, T,
                IDI_TILE_WIDTH(T, idi_shape_last(&c->exec->in[0].shape), V,
                               launch_select<T, V>(c, idi::in<T>(c, 0))));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(prelu_grad)
{
    const int64_t channels = idi_shape_last(&c->exec->in[0].shape);
    if (c->exec->out[1].data)
        IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, channels, V, launch_slope<T, V>(c)));
    else
        IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, channels, V, launch_select<T, V>(c, idi::in<T>(c, 2))));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(prelu_grad)
{
    int width = 1;
    IDI_STORAGE(c, T, width = idi::tile_width<T>(idi_shape_last(&c->exec->in[0].shape)));
    *bytes_out = sizeof(float) * (size_t)idi::column_partials(tiles_of(c, width), 1);
    return IDI_OK;
}
