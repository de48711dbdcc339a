/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/quality_margins.cu - AdaFace's margins from the lengths of embeddings; contract in
 * ops/quality_margins.h.
 *
 * Shapes     lengths [N, 1]; mean, variance, margin [1]; margins [N, 2]
 * Launch     a thread a face, blocks of 256
 * Traffic    none to speak of: the launch is the cost
 * Numerics   f32
 * Limits     N < 2^31
 * Reference  src/cpu/quality_margins.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/quality_margins.h"
}

namespace {

__device__ float clamp(float x, float low, float high)
{
    return fminf(fmaxf(x, low), high);
}

template <typename T>
__global__ void __launch_bounds__(idi::elementwise_block)
    quality_margins(const T *__restrict__ lengths, const T *__restrict__ mean,
                    const T *__restrict__ variance, const T *__restrict__ margin_in,
                    float concentration, int64_t count, T *__restrict__ margins)
{
    const int64_t n = idi::elementwise_thread();
    if (n >= count) return;
    const float margin = idi::to_float(*margin_in);
    const float deviation = sqrtf(idi::to_float(*variance)) + 0.001f;
    const float length = clamp(idi::to_float(lengths[n]), 0.001f, 100.0f);
    const float quality =
        clamp((length - idi::to_float(*mean)) / deviation * concentration, -1.0f, 1.0f);
    margins[2 * n] = idi::from_float<T>(-margin * quality);
    margins[2 * n + 1] = idi::from_float<T>(margin + margin * quality);
}

} // namespace

IDI_CUDA_OP(quality_margins)
{
    const auto *attr = static_cast<const idi_quality_margins_attr *>(c->exec->attr);
    const int64_t count = c->exec->in[0].shape.dim[0];
    IDI_STORAGE(c, T,
                IDI_LAUNCH((quality_margins<T>), idi::elementwise_grid(count),
                           idi::elementwise_block, 0, c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1),
                           idi::in<T>(c, 2), idi::in<T>(c, 3), (float)attr->concentration, count,
                           idi::out<T>(c, 0)));
    IDI_LAUNCHED();
}
