/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/tanh.cuh - the device's own tanh, one instruction, and a gelu for 16-bit results that
 * makes use of it: erff takes some thirty, as long as the tensor cores have for a value's product.
 */
#ifndef IDI_CUDA_DEVICE_TANH_CUH
#define IDI_CUDA_DEVICE_TANH_CUH

#include "cuda/device/op.cuh"

namespace idi {

/* Relative error at most 2^-10.98 (PTX ISA); the emulation's is exact. */
__device__ static inline float fast_tanh(float x)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 750
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return tanhf(x);
#endif
}

/* x Phi(x) with Phi(x) = (1 + tanh(x (a + b x^2 + c x^4)))/2, the coefficients fitted: at most
 * 2.6e-5 from gelu(x), and |x|/2^12 for the device's tanh. Beyond |x| = 7 the tanh is 1 and the
 * polynomial stays what it is there, lest its last term turn it back. */
__device__ static inline float gelu_by_tanh(float x)
{
    const float square = fminf(x * x, 49.0f);
    const float slope = 0.797507745f + square * (0.0370057603f - square * 3.51533583e-4f);
    const float half = 0.5f * x;
    return half + half * fast_tanh(x * slope);
}

} // namespace idi

#endif
