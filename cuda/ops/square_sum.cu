/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/square_sum.cu - the sum of squares, added to what came before; contract in
 * ops/square_sum.h.
 *
 * Shapes     x any, `count` numbers; sum, y [1]
 * Launch     device/mean.cuh's partial sums: at most 528 blocks of 256, a thread 16 bytes a step;
 *            then one block
 * Traffic    DRAM count*4 B: the floor. Bandwidth bound; small tensors cost two launches
 * Numerics   f32 sums in a fixed order, chains of some 50 additions at 10^7 elements: bitwise
 *            repeatable
 * Limits     f32 storage only; 16 bits are refused while planning
 * Reference  src/cpu/square_sum.c      Measured  not yet
 */
#include "cuda/device/f32_only.cuh"
#include "cuda/device/mean.cuh"

extern "C" {
#include "ops/square_sum.h"
}

namespace {

struct square_term {
    static constexpr int width = idi::pack_width<float>;
    const float *x;
    int64_t count;

    __device__ void add(int64_t at, float (&sum)[width]) const
    {
        const int64_t first = at * width;
        if (first + width > count) {
            for (int64_t i = first; i < count; i++)
                sum[0] += x[i] * x[i];
            return;
        }
        const auto xs = idi::load_pack<width>(x + first);
        for (int j = 0; j < width; j++)
            sum[j] += xs.v[j] * xs.v[j];
    }
};

/* before may be NULL; one block. */
__global__ void __launch_bounds__(idi::mean_threads)
    add_parts(const float *__restrict__ parts, int64_t count, const float *__restrict__ before,
              float *__restrict__ out)
{
    float sum = 0.0f;
    for (int64_t i = threadIdx.x; i < count; i += idi::mean_threads)
        sum += parts[i];
    sum = idi::block_sum<idi::mean_threads>(sum);
    if (threadIdx.x == 0) out[0] = before ? before[0] + sum : sum;
}

int64_t packs_of(const idi_cuda_call *c)
{
    return idi::ceil_div(idi_shape_count(&c->exec->in[0].shape), square_term::width);
}

idi_status require_f32(const idi_cuda_call *c)
{
    return idi::require_f32(c, "square_sum", "a sum of squares");
}

} // namespace

IDI_CUDA_WORKSPACE(square_sum)
{
    *bytes_out = (size_t)idi::mean_blocks(packs_of(c)) * sizeof(float);
    return require_f32(c);
}

IDI_CUDA_OP(square_sum)
{
    IDI_TRY(require_f32(c));
    const square_term term = {idi::in<float>(c, 0), idi_shape_count(&c->exec->in[0].shape)};
    auto *partials = static_cast<float *>(c->exec->workspace);
    const int64_t packs = packs_of(c);
    const int64_t blocks = idi::mean_blocks(packs);
    IDI_LAUNCH((idi::mean_partials<square_term>), (unsigned)blocks, idi::mean_threads, 0, c->stream,
               term, packs, partials);
    IDI_LAUNCH(add_parts, 1, idi::mean_threads, 0, c->stream, partials, blocks,
               idi::in<float>(c, 1), idi::out<float>(c, 0));
    IDI_LAUNCHED();
}
