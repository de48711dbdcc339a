/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/region_pool.cu - features averaged over each class of a label map, and the gradient;
 * contract in ops/region_pool.h.
 *
 * Shapes     x, dx [N, H, W, R*K]; labels u8 [N, Hm, Wm]; y, dy [N, R, K]
 * Launch     forward: device/region_sum.cuh (about 264 blocks of 256, 40 KB of tables), then
 *            R*K/32 blocks of 32 x 16 a sample that add its rows of partial sums and divide;
 *            backward: counts, N*H*W/2048 blocks of 256; dx, a block of 256 for 4 packs a thread
 * Traffic    forward: N*H*W*K*size (a pixel's own K of its R*K channels, in sectors of 32 B) and
 *            N*H*W; partial sums 264*R*K*4 B twice, in L2. Backward: N*H*W*R*K*size written.
 *            Bandwidth bound
 * Numerics   f32 sums in a fixed order: bitwise repeatable
 * Limits     R <= 256
 * Reference  src/cpu/region_pool.c      Measured  not yet
 */
#include "cuda/device/region_sum.cuh"

extern "C" {
#include "ops/region_pool.h"
}

namespace {

constexpr int block_size = 256;
constexpr int block_packs = 4 * block_size; /* of dx, written by a block */
constexpr int count_pixels = 2048;          /* of a block that counts */

/* Class r owns channels r*K .. r*K + K - 1 of its pixels. */
template <typename T>
struct own_channels {
    const T *x;
    int64_t pixels, classes, columns;

    __device__ const T *operator()(int64_t n, int64_t p, int r) const
    {
        return x + ((n * pixels + p) * classes + r) * columns;
    }
};

template <typename T>
__global__ void __launch_bounds__(idi::partial_columns *idi::partial_rows)
    region_pool_combine(const float *__restrict__ partials, idi::region_plan plan, float eps,
                        unsigned blocks, T *__restrict__ y)
{
    const int64_t n = blockIdx.x / blocks;
    const int64_t i = (int64_t)(blockIdx.x % blocks) * idi::partial_columns + threadIdx.x;
    const int64_t cells = plan.classes * plan.columns;
    const int64_t stride = idi::region_row(plan);
    const float *sums = partials + n * plan.splits * stride;
    const bool is_inside = i < cells;
    const float sum = idi::sum_column(is_inside ? sums + i : nullptr, plan.splits, stride);
    const float *counts = is_inside ? sums + cells + i / plan.columns : nullptr;
    const float count = idi::sum_column(counts, plan.splits, stride);
    if (is_inside && threadIdx.y == 0) y[n * cells + i] = idi::from_float<T>(sum / (count + eps));
}

idi::region_plan plan_pool(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_region_pool_attr *>(c->exec->attr);
    const idi_shape &shape = c->exec->in[0].shape;
    return idi::plan_region_sum(shape.dim[0], shape.dim[1] * shape.dim[2],
                                shape.dim[3] / attr->regions, 0, attr->regions);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_region_pool_attr *>(c->exec->attr);
    const idi::region_plan plan = plan_pool(c);
    const own_channels<T> rows = {idi::in<T>(c, 0), plan.pixels, plan.classes, plan.columns};
    auto *partials = static_cast<float *>(c->exec->workspace);
    idi::launch_region_sum<T>(
        c, rows, idi::make_label_map(&c->exec->in[1], attr->height, attr->width), plan, partials);
    const auto blocks = (unsigned)idi::ceil_div(plan.classes * plan.columns, idi::partial_columns);
    IDI_LAUNCH((region_pool_combine<T>), (unsigned)(plan.batch * blocks),
               dim3(idi::partial_columns, idi::partial_rows), 0, c->stream, partials, plan,
               (float)attr->eps, blocks, idi::out<T>(c, 0));
}

/* Adds to counts[n, label]; whole numbers come out the same in any order. */
__global__ void __launch_bounds__(block_size)
    region_pool_count(idi::label_map map, unsigned blocks, int *__restrict__ counts)
{
    IDI_SHARED(int, found, [idi::label_values]);
    const auto self = static_cast<int>(threadIdx.x);
    static_assert(block_size == idi::label_values, "a thread keeps a label's count");
    found[self] = 0;
    __syncthreads();
    const int64_t n = blockIdx.x / blocks;
    const int64_t pixels = map.height * map.width;
    for (int i = self; i < count_pixels; i += block_size) {
        const int64_t p = (int64_t)(blockIdx.x % blocks) * count_pixels + i;
        if (p < pixels) atomicAdd(&found[idi::label_at_pixel(map, n, p)], 1);
    }
    __syncthreads();
    if (found[self] > 0) atomicAdd(&counts[n * idi::label_values + self], found[self]);
}

/* One pack of dx: V channels of a pixel, most of them zero. */
template <typename T, int V>
__device__ idi::pack<T, V> scatter(const T *__restrict__ dy, const int *__restrict__ counts,
                                   int label, int64_t inner, int64_t first_channel, float eps)
{
    idi::pack<T, V> values;
    const int64_t first = first_channel - label * inner; /* in the label's own channels */
    const bool is_mine = first > -V && first < inner;
    const float divisor = is_mine ? (float)counts[label] + eps : 1.0f;
    for (int v = 0; v < V; v++) {
        const bool is_inside = first + v >= 0 && first + v < inner;
        const float own = is_inside ? idi::to_float(dy[first_channel + v]) / divisor : 0.0f;
        values.v[v] = idi::from_float<T>(own);
    }
    return values;
}

/* A block writes consecutive packs of one sample; pixel_packs of them make a pixel. */
template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    region_pool_bwd(const T *__restrict__ dy, const int *__restrict__ counts, idi::label_map map,
                    int64_t inner, int64_t pixel_packs, unsigned blocks, float eps,
                    T *__restrict__ dx)
{
    IDI_SHARED(uint8_t, labels, [block_packs]); /* of the block's pixels, of a pack or more each */
    const int64_t n = blockIdx.x / blocks;
    const int64_t packs = map.height * map.width * pixel_packs;
    const int64_t first = (int64_t)(blockIdx.x % blocks) * block_packs;
    const auto count = static_cast<int>(packs - first < block_packs ? packs - first : block_packs);
    const int64_t first_pixel = idi::quotient(first, pixel_packs);
    const auto skipped = static_cast<int>(first - first_pixel * pixel_packs);
    const auto pixels = static_cast<int>(idi::quotient(skipped + count - 1, pixel_packs)) + 1;
    for (int i = static_cast<int>(threadIdx.x); i < pixels; i += block_size)
        labels[i] = static_cast<uint8_t>(idi::label_at_pixel(map, n, first_pixel + i));
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); i < count; i += block_size) {
        const auto pixel = static_cast<int>(idi::quotient(skipped + i, pixel_packs));
        const int64_t channel = (skipped + i - pixel * pixel_packs) * V;
        idi::store_pack(dx + (n * packs + first + i) * V,
                        scatter<T, V>(dy + n * pixel_packs * V, counts + n * idi::label_values,
                                      labels[pixel], inner, channel, eps));
    }
}

template <typename T, int V>
void launch_bwd(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_region_pool_attr *>(c->exec->attr);
    const idi_shape &shape = c->exec->out[0].shape;
    const idi::label_map map = idi::make_label_map(&c->exec->in[1], attr->height, attr->width);
    const int64_t packs = shape.dim[3] / V;
    const auto blocks = (unsigned)idi::ceil_div(map.height * map.width * packs, block_packs);
    IDI_LAUNCH((region_pool_bwd<T, V>), (unsigned)(shape.dim[0] * blocks), block_size, 0, c->stream,
               idi::in<T>(c, 0), static_cast<const int *>(c->exec->workspace), map,
               shape.dim[3] / attr->regions, packs, blocks, (float)attr->eps, idi::out<T>(c, 0));
}

size_t count_bytes(const idi_cuda_call *c)
{
    return (size_t)c->exec->out[0].shape.dim[0] * idi::label_values * sizeof(int);
}

} // namespace

IDI_CUDA_WORKSPACE(region_pool)
{
    *bytes_out = idi::region_sum_bytes(plan_pool(c));
    return IDI_OK;
}

IDI_CUDA_OP(region_pool)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(region_pool_grad)
{
    *bytes_out = count_bytes(c);
    return IDI_OK;
}

IDI_CUDA_OP(region_pool_grad)
{
    const idi_shape &shape = c->exec->out[0].shape;
    const auto *attr = static_cast<const idi_region_pool_attr *>(c->exec->attr);
    const idi::label_map map = idi::make_label_map(&c->exec->in[1], attr->height, attr->width);
    const auto blocks = (unsigned)idi::ceil_div(map.height * map.width, count_pixels);
    auto *counts = static_cast<int *>(c->exec->workspace);
    IDI_TRY_CUDA(cudaMemsetAsync(counts, 0, count_bytes(c), c->stream));
    IDI_LAUNCH(region_pool_count, (unsigned)(shape.dim[0] * blocks), block_size, 0, c->stream, map,
               blocks, counts);
    IDI_STORAGE(c, T, {
        if (shape.dim[3] % idi::pack_width<T> == 0)
            launch_bwd<T, idi::pack_width<T>>(c);
        else
            launch_bwd<T, 1>(c);
    });
    IDI_LAUNCHED();
}
