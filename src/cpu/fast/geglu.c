/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/geglu.c - geglu and its gradient, a row at a time, with the GELU of math.h. */
#include "ops/geglu.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/math.h"

IDI_FAST_OP(geglu)
{
    const int64_t half = idi_shape_last(&e->out[0].shape);
    const int64_t rows = idi_shape_rows(&e->out[0].shape);
    const float *x = e->in[0].data;
    float *y = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        const float *a = x + r * 2 * half;
        const float *b = a + half;
        float *restrict row = y + r * half;
        for (int64_t j = 0; j < half; j++)
            row[j] = a[j] * fast_gelu(b[j]);
    }
    return IDI_OK;
}

/* A function of its own, so that no two of the rows are taken for one and the loop vectorises. */
static void grad_row(const float *restrict a, const float *restrict b, const float *restrict dy,
                     int64_t half, float *restrict da, float *restrict db)
{
    for (int64_t j = 0; j < half; j++) {
        const float cdf = fast_normal_cdf(b[j]);
        const float density = 0.39894228F * fast_exp(-0.5F * b[j] * b[j]);
        da[j] = dy[j] * (b[j] * cdf);
        db[j] = dy[j] * a[j] * (cdf + b[j] * density);
    }
}

IDI_FAST_OP(geglu_grad)
{
    const int64_t half = idi_shape_last(&e->in[1].shape);
    const int64_t rows = idi_shape_rows(&e->in[1].shape);
    const float *x = e->in[0].data;
    const float *dy = e->in[1].data;
    float *dx = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        grad_row(x + r * 2 * half, x + r * 2 * half + half, dy + r * half, half, dx + r * 2 * half,
                 dx + r * 2 * half + half);
    return IDI_OK;
}
