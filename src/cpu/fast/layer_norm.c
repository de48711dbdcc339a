/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/layer_norm.c - a row at a time, sums in double. */
#include "ops/layer_norm.h"
#include "cpu/fast/fast.h"

#include <math.h>

static double sum_of(const float *x, int64_t width)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < width; j++)
        sum += (double)x[j];
    return sum;
}

/* Of the differences from `shift`. */
static double squares_of(const float *x, int64_t width, float shift)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < width; j++) {
        const float difference = x[j] - shift;
        sum += (double)(difference * difference);
    }
    return sum;
}

static void normalize_row(const float *x, int64_t width, const float *gamma, const float *beta,
                          double eps, float *restrict y)
{
    const double mean = sum_of(x, width) / (double)width;
    const float shift = (float)mean; /* x - shift is exact for near-constant rows */
    const double rest = (double)shift - mean;
    const double scale =
        1.0 / sqrt(squares_of(x, width, shift) / (double)width - rest * rest + eps);
    const float a = (float)scale;
    const float b = (float)(rest * scale);
    for (int64_t j = 0; j < width; j++)
        y[j] = ((x[j] - shift) * a + b) * gamma[j] + beta[j];
}

IDI_FAST_OP(layer_norm)
{
    const idi_layer_norm_attr *attr = e->attr;
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    float *y = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        normalize_row(x + r * width, width, e->in[1].data, e->in[2].data, attr->eps, y + r * width);
    return IDI_OK;
}
