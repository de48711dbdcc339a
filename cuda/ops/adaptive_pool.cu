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
 * Limits     sides up to 65535 pixels
 * Reference  src/cpu/adaptive_pool.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/adaptive_pool.h"
}

namespace {

constexpr int64_t most_pixels = 65535; /* of a side: products of two stay within 32 bits */

/* idi_adaptive_pool_attr in 32 bits, whose divisions are cheap. */
struct window {
    unsigned top, left, height, width;
    unsigned out_height, out_width;
    unsigned in_height, in_width;
};

/* Cell i of `cells` covers [begin, end) of a line of `size`. The other way round, element i of a
 * line of `cells` lies in the cells [begin, end) of `size`: the relation is its own inverse. */
struct range {
    unsigned begin, end;
};

__device__ range cell(unsigned i, unsigned size, unsigned cells)
{
    return {i * size / cells, ((i + 1) * size + cells - 1) / cells};
}

__device__ float length(const range &r)
{
    return static_cast<float>(r.end - r.begin);
}

/* Element `at` of images of height x width. */
struct place {
    int64_t n, channel;
    unsigned y, x;
};

__device__ place place_of(int64_t at, unsigned height, unsigned width, int64_t channels)
{
    const int64_t pixel = at / channels;
    const int64_t row = pixel / width;
    return {row / height, at - pixel * channels, static_cast<unsigned>(row % height),
            static_cast<unsigned>(pixel - row * width)};
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
                      const window a)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(at, a.out_height, a.out_width, channels);
    const range rows = cell(p.y, a.height, a.out_height);
    const range columns = cell(p.x, a.width, a.out_width);
    const T *crop = x + ((p.n * a.in_height + a.top) * a.in_width + a.left) * channels + p.channel;
    float sum[V] = {};
    for (unsigned i = rows.begin; i < rows.end; i++)
        for (unsigned k = columns.begin; k < columns.end; k++)
            add_scaled<T, V>(sum, crop + ((int64_t)i * a.in_width + k) * channels, 1.0f);
    store_floats<T, V>(y + at, sum, 1.0f / (length(rows) * length(columns)));
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    adaptive_pool_bwd(const T *__restrict__ dy, T *__restrict__ dx, int64_t count, int64_t channels,
                      const window a)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(at, a.in_height, a.in_width, channels);
    const unsigned y = p.y - a.top; /* beyond the height, too, above the crop */
    const unsigned x = p.x - a.left;
    float sum[V] = {};
    if (y < a.height && x < a.width) {
        const range rows = cell(y, a.out_height, a.height);
        const range columns = cell(x, a.out_width, a.width);
        const T *image = dy + p.n * a.out_height * a.out_width * channels + p.channel;
        for (unsigned i = rows.begin; i < rows.end; i++) {
            const float height = length(cell(i, a.height, a.out_height));
            for (unsigned k = columns.begin; k < columns.end; k++)
                add_scaled<T, V>(sum, image + ((int64_t)i * a.out_width + k) * channels,
                                 1.0f / (height * length(cell(k, a.width, a.out_width))));
        }
    }
    store_floats<T, V>(dx + at, sum, 1.0f);
}

template <typename T, int V>
void launch(const idi_cuda_call *c, const window &a, bool is_gradient)
{
    const idi_shape *written = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(written);
    const auto kernel = is_gradient ? adaptive_pool_bwd<T, V> : adaptive_pool_fwd<T, V>;
    IDI_LAUNCH(kernel, idi::elementwise_grid(count / V), idi::elementwise_block, 0, c->stream,
               idi::in<T>(c, 0), idi::out<T>(c, 0), count, written->dim[3], a);
}

idi_status run(const idi_cuda_call *c, bool is_gradient)
{
    const auto *a = static_cast<const idi_adaptive_pool_attr *>(c->exec->attr);
    const int64_t sides[] = {a->in_height, a->in_width, a->out_height, a->out_width};
    for (int64_t side : sides)
        IDI_REQUIRE(side <= most_pixels, IDI_ERR_UNSUPPORTED,
                    "CUDA: adaptive_pool: a side of %lld pixels, want at most %lld",
                    (long long)side, (long long)most_pixels);
    const window w = {(unsigned)a->top,       (unsigned)a->left,       (unsigned)a->height,
                      (unsigned)a->width,     (unsigned)a->out_height, (unsigned)a->out_width,
                      (unsigned)a->in_height, (unsigned)a->in_width};
    IDI_STORAGE(
        c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch<T, V>(c, w, is_gradient)));
    IDI_LAUNCHED();
}

} // namespace

IDI_CUDA_OP(adaptive_pool)
{
    return run(c, false);
}

IDI_CUDA_OP(adaptive_pool_grad)
{
    return run(c, true);
}
