/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/mask_embed.cu - sums of weight rows by the class of their pixel, and the gradients;
 * contract in ops/mask_embed.h.
 *
 * Shapes     labels u8 [N, Hm, Wm]; weight, dweight [Q, E], Q = side*side; bias, dbias [E];
 *            z, dz [N, E, P]
 * Launch     forward: device/region_sum.cuh (about 264 blocks of 256, 40 KB of tables), then
 *            P*E/32 blocks of 32 x 16 a sample that add its rows of partial sums; backward: dz
 *            turned to [N, P, E] in f32, then a thread a pack of dweight, blocks of 256, and E/32
 *            blocks of 32 x 16 for dbias
 * Traffic    forward: Q*E*size once from DRAM and once a sample from L2, Q labels a sample; partial
 *            sums 264*P*E*4 B twice, in L2. Backward: Q*E*size written, N*P*E*(size + 8).
 *            Bandwidth bound
 * Numerics   f32 sums in a fixed order: bitwise repeatable
 * Limits     P <= 256
 * Reference  src/cpu/mask_embed.c      Measured  not yet
 */
#include "cuda/device/region_sum.cuh"
#include "cuda/device/transpose.cuh"

extern "C" {
#include "ops/mask_embed.h"
}

namespace {

constexpr int block_size = 256;

/* A pixel's row of the weight matrix is the same for all samples and classes. */
template <typename T>
struct weight_rows {
    const T *weight;
    int64_t columns;

    __device__ const T *operator()(int64_t, int64_t q, int) const { return weight + q * columns; }
};

template <typename T>
__global__ void __launch_bounds__(idi::partial_columns *idi::partial_rows)
    mask_embed_combine(const float *__restrict__ partials, const T *__restrict__ bias,
                       idi::region_plan plan, unsigned blocks, T *__restrict__ z)
{
    const int64_t n = blockIdx.x / blocks;
    const int64_t i = (int64_t)(blockIdx.x % blocks) * idi::partial_columns + threadIdx.x;
    const int64_t stride = idi::region_row(plan);
    const bool is_inside = i < plan.classes * plan.columns;
    const float *sums = partials + n * plan.splits * stride;
    const float sum = idi::sum_column(is_inside ? sums + i : nullptr, plan.splits, stride);
    if (!is_inside || threadIdx.y > 0) return;
    const int64_t part = i / plan.columns;
    const int64_t e = i % plan.columns;
    z[(n * plan.columns + e) * plan.classes + part] =
        idi::from_float<T>(idi::to_float(bias[e]) + sum);
}

idi::region_plan plan_embed(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_mask_embed_attr *>(c->exec->attr);
    return idi::plan_region_sum(c->exec->in[0].shape.dim[0], attr->side * attr->side,
                                c->exec->in[1].shape.dim[1], attr->first_class, attr->parts);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_mask_embed_attr *>(c->exec->attr);
    const idi::region_plan plan = plan_embed(c);
    const weight_rows<T> rows = {idi::in<T>(c, 1), plan.columns};
    auto *partials = static_cast<float *>(c->exec->workspace);
    idi::launch_region_sum<T>(c, rows, idi::make_label_map(&c->exec->in[0], attr->side, attr->side),
                              plan, partials);
    const auto blocks = (unsigned)idi::ceil_div(plan.classes * plan.columns, idi::partial_columns);
    IDI_LAUNCH((mask_embed_combine<T>), (unsigned)(plan.batch * blocks),
               dim3(idi::partial_columns, idi::partial_rows), 0, c->stream, partials,
               idi::in<T>(c, 2), plan, blocks, idi::out<T>(c, 0));
}

/* How a gradient is cut up: dz as it lies in the workspace, [batch, parts, columns]. */
struct embed_shape {
    int64_t batch, columns;
    int first_class, parts;
};

/* A thread has V numbers of a row of dweight. */
template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    mask_embed_bwd_weight(const float *__restrict__ dz, idi::label_map map, embed_shape shape,
                          T *__restrict__ dweight)
{
    const int64_t at = ((int64_t)blockIdx.x * block_size + threadIdx.x) * V;
    const int64_t q = idi::quotient(at, shape.columns);
    if (q >= map.height * map.width) return;
    const int64_t e = at - q * shape.columns;
    float sum[V] = {};
    for (int64_t n = 0; n < shape.batch; n++) {
        const int part = idi::label_at_pixel(map, n, q) - shape.first_class;
        if (part < 0 || part >= shape.parts) continue;
        const auto values = idi::load_pack<V>(dz + (n * shape.parts + part) * shape.columns + e);
        for (int v = 0; v < V; v++)
            sum[v] += values.v[v];
    }
    idi::pack<T, V> values;
    for (int v = 0; v < V; v++)
        values.v[v] = idi::from_float<T>(sum[v]);
    idi::store_pack(dweight + at, values);
}

template <typename T>
__global__ void __launch_bounds__(idi::partial_columns *idi::partial_rows)
    mask_embed_bwd_bias(const float *__restrict__ dz, int64_t rows, int64_t columns,
                        T *__restrict__ dbias)
{
    const int64_t e = (int64_t)blockIdx.x * idi::partial_columns + threadIdx.x;
    const float sum = idi::sum_column(e < columns ? dz + e : nullptr, rows, columns);
    if (e < columns && threadIdx.y == 0) dbias[e] = idi::from_float<T>(sum);
}

template <typename T, int V>
void launch_bwd_weight(const idi_cuda_call *c, const float *dz, const embed_shape &shape)
{
    const auto *attr = static_cast<const idi_mask_embed_attr *>(c->exec->attr);
    const int64_t packs = attr->side * attr->side * shape.columns / V;
    IDI_LAUNCH((mask_embed_bwd_weight<T, V>), (unsigned)idi::ceil_div(packs, block_size),
               block_size, 0, c->stream, dz,
               idi::make_label_map(&c->exec->in[1], attr->side, attr->side), shape,
               idi::out<T>(c, 0));
}

template <typename T>
void launch_bwd(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_mask_embed_attr *>(c->exec->attr);
    const idi_shape &dz = c->exec->in[0].shape;
    const embed_shape shape = {dz.dim[0], dz.dim[1], (int)attr->first_class, (int)attr->parts};
    auto *turned = static_cast<float *>(c->exec->workspace);
    idi::transpose(c, idi::in<T>(c, 0), shape.batch, shape.columns, attr->parts, turned);
    T *dbias = idi::out<T>(c, 1);
    if (idi::out<T>(c, 0) && shape.columns % idi::pack_width<T> == 0)
        launch_bwd_weight<T, idi::pack_width<T>>(c, turned, shape);
    else if (idi::out<T>(c, 0))
        launch_bwd_weight<T, 1>(c, turned, shape);
    if (dbias)
        IDI_LAUNCH((mask_embed_bwd_bias<T>),
                   (unsigned)idi::ceil_div(shape.columns, idi::partial_columns),
                   dim3(idi::partial_columns, idi::partial_rows), 0, c->stream, turned,
                   shape.batch * shape.parts, shape.columns, dbias);
}

} // namespace

IDI_CUDA_WORKSPACE(mask_embed)
{
    *bytes_out = idi::region_sum_bytes(plan_embed(c));
    return IDI_OK;
}

IDI_CUDA_OP(mask_embed)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(mask_embed_grad)
{
    *bytes_out = (size_t)idi_shape_count(&c->exec->in[0].shape) * sizeof(float);
    return IDI_OK;
}

IDI_CUDA_OP(mask_embed_grad)
{
    IDI_STORAGE(c, T, launch_bwd<T>(c));
    IDI_LAUNCHED();
}
