/* SPDX-License-Identifier: Apache-2.0 */
/* core/half.c - see half.h. */
#include "core/half.h"

#include <string.h>

static uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float idi_float_of_f16(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 0x1fu;
    const uint32_t fraction = half & 0x3ffu;
    if (exponent == 0x1f) return float_of_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0) { /* zero or subnormal: fraction * 2^-24, exact in float */
        const float value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

float idi_float_of_bf16(uint16_t half)
{
    return float_of_bits((uint32_t)half << 16);
}

/* `bits` without its lowest `count` bits, rounded to nearest, ties to even. */
static uint32_t shift_rounded(uint32_t bits, int count)
{
    const uint32_t half = 1u << (count - 1);
    const uint32_t odd = bits >> count & 1u;
    return (bits + half - 1 + odd) >> count;
}

uint16_t idi_f16_of_float(float value)
{
    const uint32_t bits = bits_of_float(value);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    const uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);  /* NaN */
    if (magnitude >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); /* rounds to 65536 or more */
    if (magnitude >= 0x38800000u)                                    /* 2^-14: normal */
        return (uint16_t)(sign | shift_rounded(magnitude - (112u << 23), 13));
    if (magnitude < 0x33000000u) return sign; /* below 2^-25: rounds to zero */
    const int shift = 126 - (int)(magnitude >> 23);
    return (uint16_t)(sign | shift_rounded((magnitude & 0x7fffffu) | 0x800000u, shift));
}

uint16_t idi_bf16_of_float(float value)
{
    const uint32_t bits = bits_of_float(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40u); /* NaN */
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

void idi_floats_to(idi_dtype dtype, const float *values, int64_t count, void *out)
{
    if (dtype == IDI_F32 && count > 0) memcpy(out, values, (size_t)count * sizeof *values);
    for (int64_t i = 0; i < count && dtype != IDI_F32; i++) {
        if (dtype == IDI_F64) ((double *)out)[i] = (double)values[i];
        if (dtype == IDI_F16) ((uint16_t *)out)[i] = idi_f16_of_float(values[i]);
        if (dtype == IDI_BF16) ((uint16_t *)out)[i] = idi_bf16_of_float(values[i]);
    }
}

void idi_floats_from(idi_dtype dtype, const void *values, int64_t count, float *out)
{
    if (dtype == IDI_F32 && count > 0) memcpy(out, values, (size_t)count * sizeof *out);
    for (int64_t i = 0; i < count && dtype != IDI_F32; i++) {
        if (dtype == IDI_F64) out[i] = (float)((const double *)values)[i];
        if (dtype == IDI_F16) out[i] = idi_float_of_f16(((const uint16_t *)values)[i]);
        if (dtype == IDI_BF16) out[i] = idi_float_of_bf16(((const uint16_t *)values)[i]);
    }
}
