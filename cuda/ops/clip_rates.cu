/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/clip_rates.cu - adam's rates for gradients of limited length; contract in
 * ops/clip_rates.h.
 *
 * Shapes     rates, rates' [4]; squares [1]
 * Launch     one thread
 * Traffic    none to speak of: the launch is the cost
 * Numerics   f32. FLT_MAX is an upper bound that NaN fails too
 * Limits     f32 storage only; 16 bits are refused while planning
 * Reference  src/cpu/clip_rates.c      Measured  not yet
 */
#include "cuda/device/f32_only.cuh"

#include <float.h>

extern "C" {
#include "ops/clip_rates.h"
}

namespace {

__global__ void clip(const float *__restrict__ rates, const float *__restrict__ squares,
                     float limit, float *__restrict__ out)
{
    const float norm = fabsf(rates[3]) * sqrtf(squares[0]);
    const bool is_clipped = squares[0] <= FLT_MAX && norm > limit;
    for (int i = 0; i < 3; i++)
        out[i] = rates[i];
    out[3] = is_clipped ? rates[3] * (limit / norm) : rates[3];
}

idi_status require_f32(const idi_cuda_call *c)
{
    return idi::require_f32(c, "clip_rates", "a gradient's length");
}

} // namespace

/* No scratch; here to refuse before anything is taken. */
IDI_CUDA_WORKSPACE(clip_rates)
{
    *bytes_out = 0;
    return require_f32(c);
}

IDI_CUDA_OP(clip_rates)
{
    IDI_TRY(require_f32(c));
    const auto *attr = static_cast<const idi_clip_rates_attr *>(c->exec->attr);
    IDI_LAUNCH(clip, 1, 1, 0, c->stream, idi::in<float>(c, 0), idi::in<float>(c, 1),
               (float)attr->limit, idi::out<float>(c, 0));
    IDI_LAUNCHED();
}
