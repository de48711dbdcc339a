/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/act.cuh - the activations of ops/activation.h and their derivatives, in float. */
#ifndef IDI_CUDA_DEVICE_ACT_CUH
#define IDI_CUDA_DEVICE_ACT_CUH

#include "cuda/device/op.cuh"

extern "C" {
#include "ops/activation.h"
}

namespace idi {

__device__ static inline float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

__device__ static inline float gelu(float x)
{
    return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
}

__device__ static inline float gelu_slope(float x)
{
    return 0.5f * (1.0f + erff(x * 0.70710678118654752f)) +
           x * 0.39894228040143268f * expf(-0.5f * x * x);
}

__device__ static inline float act_value(idi_act act, float x)
{
    switch (act) {
    case IDI_ACT_NONE:
        return x;
    case IDI_ACT_RELU:
        return x > 0.0f ? x : 0.0f;
    case IDI_ACT_LEAKY_RELU:
        return x > 0.0f ? x : 0.2f * x;
    case IDI_ACT_TANH:
        return tanhf(x);
    case IDI_ACT_SIGMOID:
        return sigmoid(x);
    case IDI_ACT_SILU:
        return x * sigmoid(x);
    case IDI_ACT_GELU:
        return gelu(x);
    }
    return x;
}

/* f'(x) from x, or from y = f(x) where the function is output based. */
__device__ static inline float act_slope(idi_act act, float x, float y)
{
    switch (act) {
    case IDI_ACT_NONE:
        return 1.0f;
    case IDI_ACT_RELU:
        return y > 0.0f ? 1.0f : 0.0f;
    case IDI_ACT_LEAKY_RELU:
        return y > 0.0f ? 1.0f : 0.2f;
    case IDI_ACT_TANH:
        return 1.0f - y * y;
    case IDI_ACT_SIGMOID:
        return y * (1.0f - y);
    case IDI_ACT_SILU: {
        const float s = sigmoid(x);
        return s * (1.0f + x * (1.0f - s));
    }
    case IDI_ACT_GELU:
        return gelu_slope(x);
    }
    return 1.0f;
}

} // namespace idi

#endif
