/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/upsample.cu - twice the height and width, and the way back; contract in ops/upsample.h.
 *
 * Shapes     x, dx [N, H, W, C] (the small image); y, dy [N, 2H, 2W, C] (the large one)
 * Launch     a thread a small pixel's pack of V channels and its 2x2 block of the large image,
 *            V = 16 B / element size where C is a multiple of it, else 1;
 *            grid ceil(N*H*W*C / (256*V)), block 256
 * Traffic    DRAM 5*N*H*W*C*size B both ways; bandwidth bound. Bilinear's neighbours (9 small
 *            pixels forwards, 16 large ones backwards) come from the caches
 * Numerics   f32. Bilinear: an output line is 3/4 of the nearest line and 1/4 of the second
 *            nearest, lines beyond the edge being the edge's. Backwards the same: the large
 *            image's lines beyond the edge are the edge's, which so weighs 3/4 + 1/4
 * Reference  src/cpu/upsample.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/upsample.h"
}

namespace {

struct image {
    int64_t height, width, channels;
};

/* A place in the small image, and the same place's 2x2 block in the large one. */
struct place {
    int64_t n, y, x, channel;
};

__device__ place place_of(const image &small, int64_t at)
{
    const int64_t pixel = at / small.channels;
    const int64_t row = pixel / small.width;
    return {row / small.height, row % small.height, pixel % small.width, at % small.channels};
}

/* Where (y, x) of the place's image and channel lies; beyond an edge it is the edge. */
__device__ int64_t offset(const image &i, const place &p, int64_t y, int64_t x)
{
    y = y < 0 ? 0 : y < i.height ? y : i.height - 1;
    x = x < 0 ? 0 : x < i.width ? x : i.width - 1;
    return ((p.n * i.height + y) * i.width + x) * i.channels + p.channel;
}

__device__ image twice(const image &small)
{
    return {2 * small.height, 2 * small.width, small.channels};
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    nearest_fwd(const T *__restrict__ x, T *__restrict__ y, int64_t count, const image small)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(small, at);
    const image large = twice(small);
    const auto values = idi::load_pack<V>(x + at);
    for (int i = 0; i < 4; i++)
        idi::store_pack(y + offset(large, p, 2 * p.y + i / 2, 2 * p.x + i % 2), values);
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    nearest_bwd(const T *__restrict__ dy, T *__restrict__ dx, int64_t count, const image small)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(small, at);
    const T *from = dy + offset(twice(small), p, 2 * p.y, 2 * p.x);
    const int64_t line = 2 * small.width * small.channels;
    const auto sum = [](float a, float b, float c, float d) { return a + b + (c + d); };
    idi::store_pack(dx + at, idi::map_packs<T, V>(sum, idi::load_pack<V>(from),
                                                  idi::load_pack<V>(from + small.channels),
                                                  idi::load_pack<V>(from + line),
                                                  idi::load_pack<V>(from + line + small.channels)));
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    bilinear_fwd(const T *__restrict__ x, T *__restrict__ y, int64_t count, const image small)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(small, at);
    float block[4][V] = {};
    for (int i = -1; i <= 1; i++) {
        const auto before = idi::load_pack<V>(x + offset(small, p, p.y + i, p.x - 1));
        const auto here = idi::load_pack<V>(x + offset(small, p, p.y + i, p.x));
        const auto after = idi::load_pack<V>(x + offset(small, p, p.y + i, p.x + 1));
        const float weight = i == 0 ? 0.75f : 0.25f;
        for (int j = 0; j < V; j++) {
            const float most = 0.75f * idi::to_float(here.v[j]);
            const float left = weight * (most + 0.25f * idi::to_float(before.v[j]));
            const float right = weight * (most + 0.25f * idi::to_float(after.v[j]));
            block[0][j] += i <= 0 ? left : 0.0f;
            block[1][j] += i <= 0 ? right : 0.0f;
            block[2][j] += i >= 0 ? left : 0.0f;
            block[3][j] += i >= 0 ? right : 0.0f;
        }
    }
    const image large = twice(small);
    for (int i = 0; i < 4; i++) {
        idi::pack<T, V> values;
        for (int j = 0; j < V; j++)
            values.v[j] = idi::from_float<T>(block[i][j]);
        idi::store_pack(y + offset(large, p, 2 * p.y + i / 2, 2 * p.x + i % 2), values);
    }
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    bilinear_bwd(const T *__restrict__ dy, T *__restrict__ dx, int64_t count, const image small)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const place p = place_of(small, at);
    const image large = twice(small);
    float sum[V] = {};
    for (int i = 0; i < 16; i++) {
        const int row = i / 4;
        const int column = i % 4;
        const float weight = (row % 3 ? 0.75f : 0.25f) * (column % 3 ? 0.75f : 0.25f);
        const auto values =
            idi::load_pack<V>(dy + offset(large, p, 2 * p.y - 1 + row, 2 * p.x - 1 + column));
        for (int j = 0; j < V; j++)
            sum[j] += weight * idi::to_float(values.v[j]);
    }
    idi::pack<T, V> result;
    for (int j = 0; j < V; j++)
        result.v[j] = idi::from_float<T>(sum[j]);
    idi::store_pack(dx + at, result);
}

template <typename T, int V>
void launch(const idi_cuda_call *c, const idi_shape *shape, bool is_gradient)
{
    const auto *attr = static_cast<const idi_upsample_attr *>(c->exec->attr);
    const image small = {shape->dim[1], shape->dim[2], shape->dim[3]};
    const int64_t count = idi_shape_count(shape);
    const bool is_nearest = attr->mode == IDI_UPSAMPLE_NEAREST;
    const auto kernel = is_gradient ? (is_nearest ? nearest_bwd<T, V> : bilinear_bwd<T, V>)
                                    : (is_nearest ? nearest_fwd<T, V> : bilinear_fwd<T, V>);
    IDI_LAUNCH(kernel, idi::elementwise_grid(count / V), idi::elementwise_block, 0, c->stream,
               idi::in<T>(c, 0), idi::out<T>(c, 0), count, small);
}

} // namespace

IDI_CUDA_OP(upsample)
{
    const idi_shape *x = &c->exec->in[0].shape;
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, x->dim[3], V, launch<T, V>(c, x, false)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(upsample_grad)
{
    const idi_shape *dx = &c->exec->out[0].shape;
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, dx->dim[3], V, launch<T, V>(c, dx, true)));
    IDI_LAUNCHED();
}
