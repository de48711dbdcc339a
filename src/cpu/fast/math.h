/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/math.h - exp, tanh, sigmoid and GELU for float as straight-line code without branches
 * or calls, so that loops over them vectorise. */
#ifndef IDI_CPU_FAST_MATH_H
#define IDI_CPU_FAST_MATH_H

#include <stdint.h>
#include <string.h>

static inline float float_of_bits(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* exp(x), x clamped to [-87, 88]: 2^n times a degree-6 polynomial of the rest in
 * [-ln2/2, ln2/2] (Cephes' coefficients for expf). */
static inline float fast_exp(float x)
{
    x = x < -87.0F ? -87.0F : x;
    x = x > 88.0F ? 88.0F : x;
    const float shifted = x * 1.44269504F + 12582912.0F; /* rounds to the nearest integer */
    const float n = shifted - 12582912.0F;
    const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    return p * float_of_bits(((int32_t)n + 127) * (1 << 23));
}

static inline float fast_sigmoid(float x)
{
    return 1.0F / (1.0F + fast_exp(-x));
}

/* Small |x|: an odd polynomial, where 1 - 2/(e+1) would lose its digits (Cephes, tanhf). */
static inline float fast_tanh(float x)
{
    const float a = x < 0.0F ? -x : x;
    const float z = x * x;
    float p = -5.70498872745e-3F;
    p = p * z + 2.06390887954e-2F;
    p = p * z - 5.37397155531e-2F;
    p = p * z + 1.33314422036e-1F;
    p = p * z - 3.33332819422e-1F;
    const float small = p * z * x + x;
    const float large = 1.0F - 2.0F / (fast_exp(2.0F * a) + 1.0F);
    const float with_sign = x < 0.0F ? -large : large;
    return a < 0.625F ? small : with_sign;
}

/* 0.5 x (1 + erf(x/sqrt 2)) = x Phi(x). The tail Phi(-a), a = |x|, is exp(-a^2/2) times a rational
 * function of a; error of the sum within 3e-7 of max(1, |x|). */
static inline float fast_gelu(float x)
{
    const float u = (x < 0.0F ? -x : x) * 0.70710678118F;
    /* erfc(u) = t exp(-u^2 + P(t)), t = 1/(1 + u/2): Numerical Recipes' fit, error 1.2e-7. */
    const float t = 1.0F / (1.0F + 0.5F * u);
    float p = 0.17087277F;
    p = p * t - 0.82215223F;
    p = p * t + 1.48851587F;
    p = p * t - 1.13520398F;
    p = p * t + 0.27886807F;
    p = p * t - 0.18628806F;
    p = p * t + 0.09678418F;
    p = p * t + 0.37409196F;
    p = p * t + 1.00002368F;
    p = p * t - 1.26551223F;
    const float tail = 0.5F * t * fast_exp(p - u * u);
    return x < 0.0F ? x * tail : x * (1.0F - tail);
}

#endif
