/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/max_pool.cu - the largest number of each window, and the way back; contract in
 * ops/max_pool.h.
 *
 * Shapes     x, dx [N, H, W, C]; y, dy [N, H', W', C]
 * Launch     a thread a pack of V channels of an output pixel (y forwards, dx backwards), V = 16 B
 * / element size where C is a multiple of it, else 1; grid ceil(threads/256), block 256 Traffic
 * DRAM |x| + |y| forwards, |x| + |dy| + |dx| backwards: the floor; bandwidth bound. What windows
 * share comes from the caches: backwards a pixel looks through all of its own Numerics   forwards
 * exact; backwards sums in float, by windows' rows; of equals the first, as the reference Reference
 * src/cpu/max_pool.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/pixel_place.cuh"

extern "C" {
#include "ops/max_pool.h"
}

namespace {

/* x's and y's pixels, and the windows between them. */
struct windows {
    idi::pixel_grid large, small;
    int64_t kernel, stride;
};

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    max_pool_fwd(const T *__restrict__ x, T *__restrict__ y, int64_t count, const windows w)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const auto p = idi::place_of(w.small, at);
    const T *from = x + idi::offset_of(w.large, p, p.y * w.stride, p.x * w.stride);
    idi::pack<T, V> most = idi::load_pack<V>(from);
    for (int64_t i = 1; i < w.kernel * w.kernel; i++) {
        const int64_t offset = (i / w.kernel * w.large.width + i % w.kernel) * w.large.channels;
        const idi::pack<T, V> values = idi::load_pack<V>(from + offset);
        for (int j = 0; j < V; j++)
            if (idi::to_float(values.v[j]) > idi::to_float(most.v[j])) most.v[j] = values.v[j];
    }
    idi::store_pack(y + at, most);
}

/* Adds dy's pack of window (row, column) to the channels whose largest is p's pixel. */
template <typename T, int V>
__device__ void add_window(const T *x, const T *dy, const windows &w, const idi::pixel_place &p,
                           int64_t row, int64_t column, float (&sum)[V])
{
    const int64_t own = (p.y - row * w.stride) * w.kernel + p.x - column * w.stride;
    float most[V] = {};
    bool is_own[V] = {};
    for (int64_t i = 0; i < w.kernel * w.kernel; i++) {
        const auto values =
            idi::load_pack<V>(x + idi::offset_of(w.large, p, row * w.stride + i / w.kernel,
                                                 column * w.stride + i % w.kernel));
        for (int j = 0; j < V; j++) {
            const float here = idi::to_float(values.v[j]);
            const bool is_larger = i == 0 || here > most[j];
            most[j] = is_larger ? here : most[j];
            is_own[j] = is_larger ? i == own : is_own[j];
        }
    }
    const auto slopes = idi::load_pack<V>(dy + idi::offset_of(w.small, p, row, column));
    for (int j = 0; j < V; j++)
        if (is_own[j]) sum[j] += idi::to_float(slopes.v[j]);
}

/* The first window, along one side, that reaches pixel `at`. */
__device__ inline int64_t first_window(const windows &w, int64_t at)
{
    return at < w.kernel ? 0 : idi::quotient(at - w.kernel, w.stride) + 1;
}

/* The one behind the last that begins at or before it. */
__device__ inline int64_t end_window(const windows &w, int64_t at, int64_t count)
{
    const int64_t end = idi::quotient(at, w.stride) + 1;
    return end < count ? end : count;
}

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    max_pool_bwd(const T *__restrict__ dy, const T *__restrict__ x, T *__restrict__ dx,
                 int64_t count, const windows w)
{
    const int64_t at = idi::elementwise_thread() * V;
    if (at >= count) return;
    const auto p = idi::place_of(w.large, at);
    const int64_t row_end = end_window(w, p.y, w.small.height);
    const int64_t column_end = end_window(w, p.x, w.small.width);
    float sum[V] = {};
    for (int64_t row = first_window(w, p.y); row < row_end; row++)
        for (int64_t column = first_window(w, p.x); column < column_end; column++)
            add_window<T, V>(x, dy, w, p, row, column, sum);
    idi::pack<T, V> result;
    for (int j = 0; j < V; j++)
        result.v[j] = idi::from_float<T>(sum[j]);
    idi::store_pack(dx + at, result);
}

windows windows_of(const idi_cuda_call *c, const idi_shape *large, const idi_shape *small)
{
    const auto *attr = static_cast<const idi_max_pool_attr *>(c->exec->attr);
    return {idi::grid_of(large), idi::grid_of(small), attr->kernel, attr->stride};
}

template <typename T, int V>
void launch_forward(const idi_cuda_call *c)
{
    const idi_shape *y = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(y);
    IDI_LAUNCH((max_pool_fwd<T, V>), idi::elementwise_grid(count / V), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::out<T>(c, 0), count,
               windows_of(c, &c->exec->in[0].shape, y));
}

template <typename T, int V>
void launch_backward(const idi_cuda_call *c)
{
    const idi_shape *dx = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(dx);
    IDI_LAUNCH((max_pool_bwd<T, V>), idi::elementwise_grid(count / V), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1), idi::out<T>(c, 0), count,
               windows_of(c, dx, &c->exec->in[0].shape));
}

} // namespace

IDI_CUDA_OP(max_pool)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch_forward<T, V>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(max_pool_grad)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, c->exec->out[0].shape.dim[3], V, launch_backward<T, V>(c)));
    IDI_LAUNCHED();
}
