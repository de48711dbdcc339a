/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/geglu.c - a row at a time, with the GELU of math.h. */
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
