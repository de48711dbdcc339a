/* SPDX-License-Identifier: Apache-2.0 */
/* core/half.h - the two 16-bit floating types, to float and back (round to nearest even). */
#ifndef IDI_CORE_HALF_H
#define IDI_CORE_HALF_H

#include "core/tensor.h"

float idi_float_of_f16(uint16_t half);
float idi_float_of_bf16(uint16_t half);
/* Beyond the largest finite value: infinity. NaN stays NaN. */
uint16_t idi_f16_of_float(float value);
uint16_t idi_bf16_of_float(float value);

/* Arrays of `dtype` (IDI_F32, IDI_F64, IDI_F16 or IDI_BF16) from floats and to floats. */
void idi_floats_to(idi_dtype dtype, const float *values, int64_t count, void *out);
void idi_floats_from(idi_dtype dtype, const void *values, int64_t count, float *out);

#endif
