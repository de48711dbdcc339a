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

static inline int32_t bits_of_float(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
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

/* 2^t for t <= 0, for softmax weights: its error is within 2e-7 of 1, not of itself, since t comes
 * rounded. Below 2^-126 it is some number of that size. */
static inline float fast_weight(float t)
{
    t = t < -126.0F ? -126.0F : t;
    const float shifted = t + 12582912.0F; /* rounds to the nearest integer, in the low bits */
    const float r = t - (shifted - 12582912.0F);
    float p = 1.327647129e-3F; /* fitted to 2^r on -0.5..0.5, relative error 8e-8 */
    p = p * r + 9.675540961e-3F;
    p = p * r + 5.550713092e-2F;
    p = p * r + 2.402212024e-1F;
    p = p * r + 6.931469440e-1F;
    p = p * r + 1.000000119F;
    return float_of_bits(
        (int32_t)((uint32_t)bits_of_float(p) + ((uint32_t)bits_of_float(shifted) << 23)));
}

/* Phi(x), the normal distribution's: 0.5 + h, h an odd rational function of x fitted to
 * Phi(x) - 0.5 on -5.5..5.5 (error 7e-9) and constant beyond. */
static inline float fast_normal_cdf(float x)
{
    float a = x < -5.5F ? -5.5F : x;
    a = a > 5.5F ? 5.5F : a;
    const float s = a * a;
    float p = 2.274934374e-8F;
    p = p * s + 6.352106084e-6F;
    p = p * s + 1.688255579e-4F;
    p = p * s + 4.677260295e-3F;
    p = p * s + 3.385264799e-2F;
    p = p * s + 3.989422321e-1F;
    float q = 1.197502342e-6F;
    q = q * s + 7.364740304e-5F;
    q = q * s + 1.884444384e-3F;
    q = q * s + 2.864587121e-2F;
    q = q * s + 2.515219152e-1F;
    q = q * s + 1.0F;
    return 0.5F + a * p / q;
}

/* x Phi(x); error within 2e-7 of max(1, |x|). */
static inline float fast_gelu(float x)
{
    return x * fast_normal_cdf(x);
}

/* Its slope, Phi(x) + x phi(x); error within 2e-7. */
static inline float fast_gelu_slope(float x)
{
    return fast_normal_cdf(x) + x * 0.39894228F * fast_exp(-0.5F * x * x);
}

#endif
