/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/norm.h - mean and standard deviation of a block of numbers, and the way back. */
#ifndef IDI_CPU_NORM_H
#define IDI_CPU_NORM_H

#include "cpu/cpu.h"

#include <math.h>

/* What a normalisation works on: `rows` rows of `width` neighbours, `stride` apart. A group of
 * channels of a sample, or one row. */
typedef struct norm_block {
    int64_t rows;
    int64_t width;
    int64_t stride;
} norm_block;

typedef struct norm_stats {
    double mean;
    double rstd; /* 1/sqrt(var + eps) */
} norm_stats;

static inline norm_stats norm_measure(const real *x, const norm_block *b, double eps)
{
    const double count = (double)(b->rows * b->width);
    double sum = 0.0;
    for (int64_t r = 0; r < b->rows; r++)
        for (int64_t j = 0; j < b->width; j++)
            sum += (double)x[r * b->stride + j];
    const double mean = sum / count;
    double squares = 0.0;
    for (int64_t r = 0; r < b->rows; r++)
        for (int64_t j = 0; j < b->width; j++) {
            const double difference = (double)x[r * b->stride + j] - mean;
            squares += difference * difference;
        }
    return (norm_stats){mean, 1.0 / sqrt(squares / count + eps)};
}

static inline double norm_apply(const norm_stats *s, real x)
{
    return ((double)x - s->mean) * s->rstd;
}

/* dx from g = the gradient of the normalised values xhat, of which the caller gives
 * sum_g = sum(g)/count and sum_gx = sum(g xhat)/count. */
static inline double norm_back(const norm_stats *s, double g, double xhat, double sum_g,
                               double sum_gx)
{
    return s->rstd * (g - sum_g - xhat * sum_gx);
}

#endif
