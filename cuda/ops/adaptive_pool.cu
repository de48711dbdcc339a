/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/adaptive_pool.cu - a crop averaged to a given size, and the way back; contract in
 * ops/adaptive_pool.h.
 *
 * Shapes     x, dx [N, H, W, C]; y, dy [N, out_height, out_width, C]
 * Launch     a thread a pack of V channels of a pixel written, V = 16 B / element size where C is a
 *            multiple of it, else 1; grid ceil(numbers written / (256*V)), block 256. A thread adds
 *            up its cell alone: the recogniser's have 2x2 to 3x3 pixels
 * Traffic    DRAM |crop| + |y| forwards, |dx| + |dy| backwards; overlaps come from the caches
 * Numerics   f32, rows from the top, each from the left
 * Reference  src/cpu/adaptive_pool.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/adaptive_pool.h"
}

namespace {

/* Cell i of `cells` covers [begin, end) of a line of `size`. The other way round, element i of a
 * line of `cells` lies in the cells [begin, end) of `size`: the relation is its own inverse. */
struct range {
    int64_t begin, end;
};

__device__ range cell(int64_t i, int64_t size, int64_t cells)
{
    return {i * size / cells, ((i + 1) * size + cells - 1) / cells};
}

__device__ float length(const range &r)
{
    return static_cast<float>(r.end - r.begin);
}

/* Element `at` of images of height x width. */
struct place {
    int64_t n, y, x, channel;
};

__device__ place place_of(int64_t at, int64_t height, int64_t width, int64_t channels)
{
    const int64_t pixel = at / channels;
    const int64_t row = pixel / width;
    return {row / height, row % height, pixel % width, at % channels};
}

template <typename T, int V>
__device__ void store_floats(T *y, const float (&values)[V], float factor)
{
    idi::pack<T, V> result;
    for (int j = 0; j < V; j++)
        result.v[j] = idi::from_float<T>(values[j] * factor);
    idi::store_pack(y, result);
}

template <typename T, int V>
__device__ void add_scaled(float (&sum)[V], const T *x, float factor)
{
    const auto values = idi::load_pack<V>(x);
    for (int j = 0; j < V; j++)
        sum[j] += idi::to_float(values.v[j]) * factor;
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    adaptive_pool_fwd(const T *__restrict__ x, T *__restrict__ y, int64_t count, int64_t channels,
                      const idi_adaptive_pool_attr a)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(at, a.out_height, a.out_width, channels);
    const range rows = cell(p.y, a.height, a.out_height);
    const range columns = cell(p.x, a.width, a.out_width);
    const T *crop = x + ((p.n * a.in_height + a.top) * a.in_width + a.left) * channels + p.channel;
    float sum[V] = {};
    for (int64_t i = rows.begin; i < rows.end; i++)
        for (int64_t k = columns.begin; k < columns.end; k++)
            add_scaled<T, V>(sum, crop + (i * a.in_width + k) * channels, 1.0f);
    store_floats<T, V>(y + at, sum, 1.0f / (length(rows) * length(columns)));
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    adaptive_pool_bwd(const T *__restrict__ dy, T *__restrict__ dx, int64_t count, int64_t channels,
                      const idi_adaptive_pool_attr a)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(at, a.in_height, a.in_width, channels);
    const int64_t y = p.y - a.top;
    const int64_t x = p.x - a.left;
    float sum[V] = {};
    if (y >= 0 && y < a.height && x >= 0 && x < a.width) {
        const range rows = cell(y, a.out_height, a.height);
        const range columns = cell(x, a.out_width, a.width);
        const T *image = dy + p.n * a.out_height * a.out_width * channels + p.channel;
        for (int64_t i = rows.begin; i < rows.end; i++)
            for (int64_t k = columns.begin; k < columns.end; k++)
                add_scaled<T, V>(sum, image + (i * a.out_width + k) * channels,
                                 1.0f / (length(cell(i, a.height, a.out_height)) *
                                         length(cell(k, a.width, a.out_width))));
    }
    store_floats<T, V>(dx + at, sum, 1.0f);
}

template <typename T, int V>
void launch(const idi_cuda_call *c, bool is_gradient)
{
    const idi_shape *written = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(written);
    const auto kernel = is_gradient ? adaptive_pool_bwd<T, V> : adaptive_pool_fwd<T, V>;
    IDI_LAUNCH(kernel, idi::elementwise_grid(count / V), idi::elementwise_block, 0, c->stream,
               idi::in<T>(c, 0), idi::out<T>(c, 0), count, written->dim[3],
               *static_cast<const idi_adaptive_pool_attr *>(c->exec->attr));
}

} // namespace

IDI_CUDA_OP(adaptive_pool)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch<T, V>(c, false)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(adaptive_pool_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch<T, V>(c, true)));
    IDI_LAUNCHED();
}
