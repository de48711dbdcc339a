/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/moving_average.cu - a step of an exponential moving average; contract in
 * ops/moving_average.h.
 *
 * Shapes     average, x, y any, `count` numbers; rate [1]
 * Launch     cuda/device/elementwise.cuh: a thread 16 bytes, tail in the last block
 * Traffic    DRAM 3*count*4 B: the floor. Bandwidth bound
 * Numerics   average + rate*(x - average): a constant stays what it is, which (1 - rate)*average +
 *            rate*x would not give. A thread reads its elements before it writes them, and no
 *            pointer is __restrict__: y may lie in either input's memory
 * Limits     f32 storage only; 16 bits are refused while planning
 * Reference  src/cpu/moving_average.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"
#include "cuda/device/f32_only.cuh"

extern "C" {
#include "ops/moving_average.h"
}

namespace {

struct step {
    const float *rate; /* [1], or NULL */
    float constant;

    __device__ float operator()(float average, float x) const
    {
        return average + (rate ? *rate : constant) * (x - average);
    }
};

idi_status require_f32(const idi_cuda_call *c)
{
    return idi::require_f32(c, "moving_average", "an average's small steps");
}

} // namespace

/* No scratch; here to refuse before anything is taken. */
IDI_CUDA_WORKSPACE(moving_average)
{
    *bytes_out = 0;
    return require_f32(c);
}

IDI_CUDA_OP(moving_average)
{
    IDI_TRY(require_f32(c));
    const auto *attr = static_cast<const idi_moving_average_attr *>(c->exec->attr);
    const step f = {idi::in<float>(c, 2), (float)attr->rate};
    idi::map(c, f, idi::out<float>(c, 0), idi_shape_count(&c->exec->out[0].shape),
             idi::in<float>(c, 0), idi::in<float>(c, 1));
    IDI_LAUNCHED();
}
