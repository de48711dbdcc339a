/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/label_loss.cu - binary cross-entropy of a map's logits against its labels, and the
 * gradient; contract in ops/label_loss.h.
 *
 * Shapes     l, dl [N, T, R]; labels u8 [N, S, S]; y, dy [1]
 * Launch     forward: device/mean.cuh, at most 528 blocks of 256, then one block; gradient: blocks
 *            of 256. A thread has 16 bytes of logits a step and finds their pixels by division, one
 *            for the pack and three for each pixel in it
 * Traffic    DRAM N*T*R*size B (gradient twice that) and N*S*S B of labels: the floor. An element
 *            costs an exp and a log as well
 * Numerics   f32; log(1 + exp(z)) and sigmoid(z) of z = l or -l, so that nothing cancels; sums in a
 *            fixed order: bitwise repeatable
 * Limits     R <= 256
 * Reference  src/cpu/label_loss.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"
#include "cuda/device/label_map.cuh"
#include "cuda/device/mean.cuh"

extern "C" {
#include "ops/label_loss.h"
}

namespace {

/* The logits' elements as pixels and classes. */
struct label_grid {
    idi::label_map map;
    int64_t count, classes;

    __device__ int label(int64_t pixel) const
    {
        const int64_t n = idi::quotient(pixel, map.height * map.width);
        return idi::label_at_pixel(map, n, pixel - n * map.height * map.width);
    }

    /* f(j, is_own) for the elements first + j of a pack, as far as there are any. */
    template <int V, typename F>
    __device__ void walk(int64_t first, F f) const
    {
        int64_t pixel = idi::quotient(first, classes);
        int64_t r = first - pixel * classes;
        int own = label(pixel);
        for (int j = 0; j < V; j++, r++) {
            if (first + j >= count) break;
            if (r == classes) {
                r = 0;
                own = label(++pixel);
            }
            f(j, own == r);
        }
    }
};

/* The elements that there are; 0 for the others. */
template <int V, typename T>
__device__ idi::pack<T, V> load_logits(const T *l, int64_t first, int64_t count)
{
    if (first + V <= count) return idi::load_pack<V>(l + first);
    idi::pack<T, V> values;
    for (int j = 0; j < V; j++)
        values.v[j] = first + j < count ? l[first + j] : idi::from_float<T>(0.0f);
    return values;
}

template <typename T>
struct loss_term {
    static constexpr int width = idi::pack_width<T>;
    const T *l;
    label_grid grid;

    __device__ void add(int64_t at, float (&sum)[width]) const
    {
        const int64_t first = at * width;
        const auto values = load_logits<width>(l, first, grid.count);
        grid.walk<width>(first, [&](int j, bool is_own) {
            const float z = is_own ? -idi::to_float(values.v[j]) : idi::to_float(values.v[j]);
            sum[j] += fmaxf(z, 0.0f) + log1pf(expf(-fabsf(z)));
        });
    }
};

template <typename T>
__global__ void __launch_bounds__(idi::elementwise_block)
    label_loss_bwd(const T *__restrict__ l, label_grid grid, const T *__restrict__ dy, float factor,
                   T *__restrict__ dl)
{
    constexpr int width = idi::pack_width<T>;
    const int64_t first = idi::elementwise_thread() * width;
    if (first >= grid.count) return;
    const float slope = idi::to_float(*dy) * factor;
    auto values = load_logits<width>(l, first, grid.count);
    grid.walk<width>(first, [&](int j, bool is_own) {
        const float z = is_own ? -idi::to_float(values.v[j]) : idi::to_float(values.v[j]);
        const float own_slope = slope / (1.0f + expf(-z));
        values.v[j] = idi::from_float<T>(is_own ? -own_slope : own_slope);
    });
    if (first + width <= grid.count) {
        idi::store_pack(dl + first, values);
        return;
    }
    for (int j = 0; j < width; j++)
        if (first + j < grid.count) dl[first + j] = values.v[j];
}

label_grid grid_of(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_label_loss_attr *>(c->exec->attr);
    const idi_shape &shape = c->exec->in[0].shape;
    return {idi::make_label_map(&c->exec->in[1], attr->side, attr->side), idi_shape_count(&shape),
            shape.dim[2]};
}

template <typename T>
int64_t packs_of(const idi_cuda_call *c)
{
    return idi::ceil_div(idi_shape_count(&c->exec->in[0].shape), idi::pack_width<T>);
}

template <typename T>
void launch_forward(const idi_cuda_call *c)
{
    const label_grid grid = grid_of(c);
    idi::mean(c, loss_term<T>{idi::in<T>(c, 0), grid}, packs_of<T>(c), grid.count,
              idi::out<T>(c, 0));
}

template <typename T>
void launch_gradient(const idi_cuda_call *c)
{
    const label_grid grid = grid_of(c);
    IDI_LAUNCH((label_loss_bwd<T>), idi::elementwise_grid(packs_of<T>(c)), idi::elementwise_block,
               0, c->stream, idi::in<T>(c, 0), grid, idi::in<T>(c, 2),
               (float)(1.0 / (double)grid.count), idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_WORKSPACE(label_loss)
{
    IDI_STORAGE(c, T, *bytes_out = (size_t)idi::mean_blocks(packs_of<T>(c)) * sizeof(float));
    return IDI_OK;
}

IDI_CUDA_OP(label_loss)
{
    IDI_STORAGE(c, T, launch_forward<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(label_loss_grad)
{
    IDI_STORAGE(c, T, launch_gradient<T>(c));
    IDI_LAUNCHED();
}
