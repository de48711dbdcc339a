/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/softmax.h - the parts of a row's softmax. The pragmas let the reductions vectorise. */
#ifndef IDI_CPU_FAST_SOFTMAX_H
#define IDI_CPU_FAST_SOFTMAX_H

#include "cpu/fast/math.h"

#define LOG2_E 1.44269504F

/* count >= 1 */
static inline float row_max(const float *x, int64_t count)
{
    float largest = x[0];
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < count; j++)
        largest = x[j] > largest ? x[j] : largest;
    return largest;
}

/* x = exp(x - shift), shift no less than any x; returns the sum. */
static inline float row_exp(float *x, int64_t count, float shift)
{
    const float scaled = shift * LOG2_E;
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++) {
        x[j] = fast_weight(x[j] * LOG2_E - scaled);
        sum += x[j];
    }
    return sum;
}

static inline void row_scale(float *x, int64_t count, float factor)
{
    for (int64_t j = 0; j < count; j++)
        x[j] *= factor;
}

/* In place: each of `groups` runs of `count` numbers becomes its softmax; one loop takes the
 * exponentials of all. */
static inline void row_softmax(float *x, int64_t groups, int64_t count)
{
    for (int64_t g = 0; g < groups; g++) {
        const float largest = row_max(x + g * count, count);
        for (int64_t j = 0; j < count; j++)
            x[g * count + j] = (x[g * count + j] - largest) * LOG2_E;
    }
    for (int64_t j = 0; j < groups * count; j++)
        x[j] = fast_weight(x[j]);
    for (int64_t g = 0; g < groups; g++) {
        float sum = 0.0F;
        for (int64_t j = 0; j < count; j++)
            sum += x[g * count + j];
        row_scale(x + g * count, count, 1.0F / sum);
    }
}

#endif
