/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/average_pool.cu - averages of 3x3 windows, two pixels apart, and the way back; contract
 * in ops/average_pool.h.
 *
 * Shapes     x, dx [N, H, W, C]; y, dy [N, (H + 1)/2, (W + 1)/2, C]
 * Launch     a thread a pack of V channels of a pixel written, V = 16 B / element size where C is a
 *            multiple of it, else 1; grid ceil(numbers written/(256*V)), block 256
 * Traffic    DRAM |x| + |y| forwards, |dy| + |dx| backwards; overlaps (9 reads of 4 forwards, up to
 *            4 backwards) come from the caches. Bandwidth bound
 * Registers  4 blocks of a multiprocessor at once: with fewer registers it spills
 * Numerics   f32, rows from the top, each from the left
 * Reference  src/cpu/average_pool.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/pixel_place.cuh"

extern "C" {
#include "ops/average_pool.h"
}

namespace {

struct range {
    int64_t begin, end;
};

__device__ range window(int64_t i, int64_t size)
{
    return {i > 0 ? 2 * i - 1 : 0, 2 * i + 2 < size ? 2 * i + 2 : size};
}

__device__ float length(const range &r)
{
    return static_cast<float>(r.end - r.begin);
}

/* The lines of the output, of `size`, that read line i. */
__device__ range readers(int64_t i, int64_t size)
{
    const int64_t end = (i + 1) / 2 + 1;
    return {i / 2, end < size ? end : size};
}

template <typename T, int V>
__device__ void add_scaled(float (&sum)[V], const T *x, float factor)
{
    const auto values = idi::load_pack<V>(x);
    for (int j = 0; j < V; j++)
        sum[j] += idi::to_float(values.v[j]) * factor;
}

template <typename T, int V>
__device__ void store_scaled(T *y, const float (&values)[V], float factor)
{
    idi::pack<T, V> result;
    for (int j = 0; j < V; j++)
        result.v[j] = idi::from_float<T>(values[j] * factor);
    idi::store_pack(y, result);
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block, 4)
    average_pool_fwd(const T *__restrict__ x, const idi::pixel_grid in, const idi::pixel_grid out,
                     int64_t count, T *__restrict__ y)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const auto p = idi::place_of(out, at);
    const range rows = window(p.y, in.height);
    const range columns = window(p.x, in.width);
    float sum[V] = {};
    for (int64_t i = rows.begin; i < rows.end; i++)
        for (int64_t k = columns.begin; k < columns.end; k++)
            add_scaled<T, V>(sum, x + idi::offset_of(in, p, i, k), 1.0f);
    store_scaled<T, V>(y + at, sum, 1.0f / (length(rows) * length(columns)));
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block, 4)
    average_pool_bwd(const T *__restrict__ dy, const idi::pixel_grid out, const idi::pixel_grid in,
                     int64_t count, T *__restrict__ dx)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const auto p = idi::place_of(in, at);
    const range rows = readers(p.y, out.height);
    const range columns = readers(p.x, out.width);
    float sum[V] = {};
    for (int64_t i = rows.begin; i < rows.end; i++)
        for (int64_t k = columns.begin; k < columns.end; k++)
            add_scaled<T, V>(sum, dy + idi::offset_of(out, p, i, k),
                             1.0f / (length(window(i, in.height)) * length(window(k, in.width))));
    store_scaled<T, V>(dx + at, sum, 1.0f);
}

template <typename T, int V>
void launch(const idi_cuda_call *c, bool is_gradient)
{
    const idi_shape *written = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(written);
    const auto kernel = is_gradient ? average_pool_bwd<T, V> : average_pool_fwd<T, V>;
    IDI_LAUNCH(kernel, idi::elementwise_grid(count / V), idi::elementwise_block, 0, c->stream,
               idi::in<T>(c, 0), idi::grid_of(&c->exec->in[0].shape), idi::grid_of(written), count,
               idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(average_pool)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch<T, V>(c, false)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(average_pool_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch<T, V>(c, true)));
    IDI_LAUNCHED();
}
