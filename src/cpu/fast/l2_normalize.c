/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/l2_normalize.c - a row at a time, the sum of squares in double. */
#include "ops/l2_normalize.h"
#include "cpu/fast/fast.h"

#include <math.h>

static void normalize_row(const float *x, int64_t width, float *restrict y)
{
    double squares = 0.0;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < width; j++)
        squares += (double)x[j] * (double)x[j];
    const double factor = 1.0 / fmax(sqrt(squares), 1e-12);
    for (int64_t j = 0; j < width; j++)
        y[j] = (float)((double)x[j] * factor);
}

IDI_FAST_OP(l2_normalize)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    float *y = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        normalize_row(x + r * width, width, y + r * width);
    return IDI_OK;
}
