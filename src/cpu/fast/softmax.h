/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/softmax.h - the parts of a row's softmax. The pragmas let the reductions vectorise. */
#ifndef IDI_CPU_FAST_SOFTMAX_H
#define IDI_CPU_FAST_SOFTMAX_H

#include "cpu/fast/math.h"

/* count >= 1 */
static inline float row_max(const float *x, int64_t count)
{
    float largest = x[0];
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < count; j++)
        largest = x[j] > largest ? x[j] : largest;
    return largest;
}

/* x = exp(x - shift); returns the sum. */
static inline float row_exp(float *x, int64_t count, float shift)
{
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++) {
        x[j] = fast_exp(x[j] - shift);
        sum += x[j];
    }
    return sum;
}

static inline void row_scale(float *x, int64_t count, float factor)
{
    for (int64_t j = 0; j < count; j++)
        x[j] *= factor;
}

#endif
