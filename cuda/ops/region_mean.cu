/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/region_mean.cu - a map's features averaged over each class of a label map; contract in
 * ops/region_mean.h.
 *
 * Shapes     x [N, H, W, K]; labels u8 [N, Hm, Wm]; y [N, R, K]
 * Launch     device/region_sum.cuh (about 264 blocks of 256, 40 KB of tables), then R*K/32 blocks
 *            of 32 x 16 a sample that add its rows of partial sums and divide
 * Traffic    N*H*W*K*size and the labels; partial sums 264*R*K*4 B twice, in L2. Bandwidth bound
 * Numerics   f32 sums in a fixed order: bitwise repeatable
 * Limits     R <= 256
 * Reference  src/cpu/region_mean.c      Measured  not yet
 */
#include "cuda/device/region_sum.cuh"

extern "C" {
#include "ops/region_mean.h"
}

namespace {

/* All classes share a pixel's channels. */
template <typename T>
struct common_channels {
    const T *x;
    int64_t pixels, columns;

    __device__ const T *operator()(int64_t n, int64_t p, int) const
    {
        return x + (n * pixels + p) * columns;
    }
};

template <typename T>
__global__ void __launch_bounds__(idi::partial_columns *idi::partial_rows)
    region_mean_combine(const float *__restrict__ partials, idi::region_plan plan, unsigned blocks,
                        T *__restrict__ y)
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
    if (is_inside && threadIdx.y == 0)
        y[n * cells + i] = idi::from_float<T>(count > 0.0f ? sum / count : 0.0f);
}

idi::region_plan plan_mean(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_region_mean_attr *>(c->exec->attr);
    const idi_shape &shape = c->exec->in[0].shape;
    return idi::plan_region_sum(shape.dim[0], shape.dim[1] * shape.dim[2], shape.dim[3], 0,
                                attr->regions);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const idi_shape &shape = c->exec->in[0].shape;
    const idi::region_plan plan = plan_mean(c);
    const common_channels<T> rows = {idi::in<T>(c, 0), plan.pixels, plan.columns};
    auto *partials = static_cast<float *>(c->exec->workspace);
    idi::launch_region_sum<T>(
        c, rows, idi::make_label_map(&c->exec->in[1], shape.dim[1], shape.dim[2]), plan, partials);
    const auto blocks = (unsigned)idi::ceil_div(plan.classes * plan.columns, idi::partial_columns);
    IDI_LAUNCH((region_mean_combine<T>), (unsigned)(plan.batch * blocks),
               dim3(idi::partial_columns, idi::partial_rows), 0, c->stream, partials, plan, blocks,
               idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_WORKSPACE(region_mean)
{
    *bytes_out = idi::region_sum_bytes(plan_mean(c));
    return IDI_OK;
}

IDI_CUDA_OP(region_mean)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
