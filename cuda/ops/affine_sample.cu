/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/affine_sample.cu - images through affine maps of their own, and the way back; contract
 * in ops/affine_sample.h.
 *
 * Shapes     x, dx [N, H, W, C]; y, dy [N, h, w, C]; map [N, 2, 3]
 * Launch     a thread V channels of a pixel that is written, V = 16 B / element size where C is a
 *            multiple of it, else 3 where C is 3, else 1; grid ceil(pixels*C / (256*V)), block 256
 * Traffic    DRAM N*(H*W + h*w)*C*size B both ways where maps are near 1:1; bandwidth bound. The
 *            four taps and the readers come from the caches
 * Numerics   f32. Backwards each pixel of x gathers from those of y whose place lies within a pixel
 *            of it, row by row, a fixed order: no atomics. A row's candidates follow from two
 *            inequalities, linear in the column, with room for rounding; each is then weighed as
 *            forwards. Edge pixels have all that lies beyond
 * Limits     where a whole image is read at one place, its thread sums all of it
 * Reference  src/cpu/affine_sample.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/pixel_place.cuh"

extern "C" {
#include "ops/affine_sample.h"
}

namespace {

/* One coordinate in x, in pixels, of pixel (row, column) of y: dc*column + dr*row + start. */
struct coordinate {
    float dc, dr, start;

    __device__ float line(int64_t row) const { return dr * static_cast<float>(row) + start; }
    __device__ float at(int64_t row, int64_t column) const
    {
        return dc * static_cast<float>(column) + line(row);
    }
};

/* Of one row of a map, to `size` pixels. */
template <typename T>
__device__ coordinate coordinate_of(const T *row, const idi::pixel_grid &y, int64_t size)
{
    const float width = static_cast<float>(y.width);
    const float height = static_cast<float>(y.height);
    const float side = static_cast<float>(size);
    const float a = idi::to_float(row[0]);
    const float b = idi::to_float(row[1]);
    const float first = a * (1.0f / width - 1.0f) + b * (1.0f / height - 1.0f);
    return {a * (side / width), b * (side / height),
            0.5f * (side * (first + idi::to_float(row[2])) + side - 1.0f)};
}

__device__ float clamped(float at, int64_t size)
{
    return fminf(fmaxf(at, 0.0f), static_cast<float>(size - 1));
}

/* How much of line i is at a place. */
__device__ float share(float at, int64_t i)
{
    return fmaxf(0.0f, 1.0f - fabsf(at - static_cast<float>(i)));
}

template <typename T, int V>
__device__ void add_scaled(float (&sum)[V], float weight, const T *from)
{
    if constexpr (V == 1 || V == 3) {
        for (int j = 0; j < V; j++)
            sum[j] += weight * idi::to_float(from[j]);
    } else {
        const auto values = idi::load_pack<V>(from);
        for (int j = 0; j < V; j++)
            sum[j] += weight * idi::to_float(values.v[j]);
    }
}

template <typename T, int V>
__device__ void store(T *to, const float (&sum)[V])
{
    if constexpr (V == 1 || V == 3) {
        for (int j = 0; j < V; j++)
            to[j] = idi::from_float<T>(sum[j]);
    } else {
        idi::pack<T, V> values;
        for (int j = 0; j < V; j++)
            values.v[j] = idi::from_float<T>(sum[j]);
        idi::store_pack(to, values);
    }
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    sample(const T *__restrict__ x, const T *__restrict__ map, T *__restrict__ y, int64_t count,
           const idi::pixel_grid from, const idi::pixel_grid to)
{
    const int64_t first = idi::elementwise_thread() * V;
    if (first >= count) return;
    const idi::pixel_place p = idi::place_of(to, first);
    const T *m = map + p.n * 6;
    const float column = clamped(coordinate_of(m, to, from.width).at(p.y, p.x), from.width);
    const float row = clamped(coordinate_of(m + 3, to, from.height).at(p.y, p.x), from.height);
    float sum[V] = {};
    for (int i = 0; i < 4; i++) {
        const int64_t iy = static_cast<int64_t>(row) + i / 2;
        const int64_t ix = static_cast<int64_t>(column) + i % 2;
        if (iy < from.height && ix < from.width)
            add_scaled<T, V>(sum, share(row, iy) * share(column, ix),
                             x + idi::offset_of(from, p, iy, ix));
    }
    store<T, V>(y + first, sum);
}

/* Whole numbers low..high, ends included. */
struct span {
    float low, high;
};

/* 1/slope; 0 of slopes near 0, which decide nothing. */
__device__ float inverse_of(float slope)
{
    return fabsf(slope) >= 1.0f / 64.0f ? 1.0f / slope : 0.0f;
}

/* The part of a span where i/inverse + start may be within low..high, and a bit more: what rounding
 * could move. */
__device__ span narrowed(span s, float inverse, float start, float low, float high)
{
    if (inverse == 0.0f) return s;
    const float a = (low - start) * inverse;
    const float b = (high - start) * inverse;
    const float room = 1.0f + fabsf(start * inverse) * 1e-6f;
    const span part = {fmaxf(s.low, floorf(fminf(a, b) - room)),
                       fminf(s.high, ceilf(fmaxf(a, b) + room))};
    return part.low <= part.high ? part : span{0.0f, -1.0f};
}

/* Where a coordinate reads line i of `size`: at the ends everything beyond. */
__device__ span readers_of(int64_t i, int64_t size)
{
    return {i == 0 ? -INFINITY : static_cast<float>(i - 1),
            i == size - 1 ? INFINITY : static_cast<float>(i + 1)};
}

/* Rows of y of which some column may read what `wanted` says. */
__device__ span rows_near(span rows, const coordinate &c, const span &wanted, int64_t width)
{
    const float across = c.dc * static_cast<float>(width - 1);
    return narrowed(rows, inverse_of(c.dr), c.start, wanted.low - fmaxf(across, 0.0f),
                    wanted.high - fminf(across, 0.0f));
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block, 4)
    gather(const T *__restrict__ dy, const T *__restrict__ map, T *__restrict__ dx, int64_t count,
           const idi::pixel_grid from, const idi::pixel_grid to)
{
    const int64_t first = idi::elementwise_thread() * V;
    if (first >= count) return;
    const idi::pixel_place p = idi::place_of(from, first);
    const T *m = map + p.n * 6;
    const coordinate column = coordinate_of(m, to, from.width);
    const coordinate row = coordinate_of(m + 3, to, from.height);
    const span want_x = readers_of(p.x, from.width);
    const span want_y = readers_of(p.y, from.height);
    span rows = {0.0f, static_cast<float>(to.height - 1)};
    rows = rows_near(rows, column, want_x, to.width);
    rows = rows_near(rows, row, want_y, to.width);
    const float by_column = inverse_of(column.dc);
    const float by_row = inverse_of(row.dc);
    float sum[V] = {};
    for (int y = static_cast<int>(rows.low); static_cast<float>(y) <= rows.high; y++) {
        const T *line = dy + idi::offset_of(to, p, y, 0);
        span columns = {0.0f, static_cast<float>(to.width - 1)};
        columns = narrowed(columns, by_column, column.line(y), want_x.low, want_x.high);
        columns = narrowed(columns, by_row, row.line(y), want_y.low, want_y.high);
        for (int x = static_cast<int>(columns.low); static_cast<float>(x) <= columns.high; x++) {
            const float weight = share(clamped(row.at(y, x), from.height), p.y) *
                                 share(clamped(column.at(y, x), from.width), p.x);
            if (weight > 0.0f) add_scaled<T, V>(sum, weight, line + x * to.channels);
        }
    }
    store<T, V>(dx + first, sum);
}

template <typename T, int V>
void launch(const idi_cuda_call *c, bool is_gradient)
{
    const idi_shape *x = is_gradient ? &c->exec->out[0].shape : &c->exec->in[0].shape;
    const idi_shape *y = is_gradient ? &c->exec->in[0].shape : &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    const auto kernel = is_gradient ? gather<T, V> : sample<T, V>;
    IDI_LAUNCH(kernel, idi::elementwise_grid(count / V), idi::elementwise_block, 0, c->stream,
               idi::in<T>(c, 0), idi::in<T>(c, 1), idi::out<T>(c, 0), count, idi::grid_of(x),
               idi::grid_of(y));
}

template <typename T>
void choose(const idi_cuda_call *c, bool is_gradient)
{
    const int64_t channels = c->exec->out[0].shape.dim[3];
    if (channels == 3)
        launch<T, 3>(c, is_gradient);
    else
        IDI_TILE_WIDTH(T, channels, V, launch<T, V>(c, is_gradient));
}

} // namespace

IDI_CUDA_OP(affine_sample)
{
    IDI_STORAGE(c, T, choose<T>(c, false));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(affine_sample_grad)
{
    IDI_STORAGE(c, T, choose<T>(c, true));
    IDI_LAUNCHED();
}
