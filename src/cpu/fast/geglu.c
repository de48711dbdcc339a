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

IDI_FAST_OP(geglu_grad)
{
    const int64_t half = idi_shape_last(&e->in[1].shape);
    const int64_t rows = idi_shape_rows(&e->in[1].shape);
    const float *x = e->in[0].data;
    const float *dy = e->in[1].data;
    float *dx = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        const float *a = x + r * 2 * half;
        const float *b = a + half;
        const float *d = dy + r * half;
        float *restrict da = dx + r * 2 * half;
        float *restrict db = da + half;
        for (int64_t j = 0; j < half; j++) {
            da[j] = d[j] * fast_gelu(b[j]);
            db[j] = d[j] * a[j] * fast_gelu_slope(b[j]);
        }
    }
    return IDI_OK;
}
