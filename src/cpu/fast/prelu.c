/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/prelu.c - prelu and its gradient, row by row on all cores. */
#include "ops/prelu.h"
#include "cpu/fast/column_sums.h"
#include "cpu/fast/fast.h"

#include <string.h>

/* y = v where x > 0, slope*v elsewhere. */
static void bend_row(const float *restrict x, const float *restrict v, const float *restrict slope,
                     int64_t channels, float *restrict y)
{
    for (int64_t c = 0; c < channels; c++) {
        const float bent = slope[c] * v[c];
        y[c] = x[c] > 0.0F ? v[c] : bent;
    }
}

static void bend(const float *x, const float *v, const float *slope, int64_t rows, int64_t channels,
                 float *y)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        bend_row(x + r * channels, v + r * channels, slope, channels, y + r * channels);
}

IDI_FAST_OP(prelu)
{
    bend(e->in[0].data, e->in[0].data, e->in[1].data, idi_shape_rows(&e->in[0].shape),
         idi_shape_last(&e->in[0].shape), e->out[0].data);
    return IDI_OK;
}

static void add_row(const float *restrict x, const float *restrict dy, int64_t channels,
                    float *restrict sums)
{
    for (int64_t c = 0; c < channels; c++) {
        const float product = dy[c] * x[c];
        sums[c] += x[c] > 0.0F ? 0.0F : product;
    }
}

IDI_FAST_WORKSPACE(prelu_grad)
{
    return (size_t)(SUM_CHUNKS * idi_shape_last(&e->in[0].shape)) * sizeof(float);
}

IDI_FAST_OP(prelu_grad)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    const float *dy = e->in[2].data;
    float *partials = e->workspace;
    if (e->out[0].data) bend(x, dy, e->in[1].data, rows, channels, e->out[0].data);
    if (!e->out[1].data) return IDI_OK;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < SUM_CHUNKS; k++) {
        float *sums = partials + k * channels;
        memset(sums, 0, (size_t)channels * sizeof *sums);
        for (int64_t r = sum_chunk_begin(rows, k); r < sum_chunk_begin(rows, k + 1); r++)
            add_row(x + r * channels, dy + r * channels, channels, sums);
    }
    sum_join(partials, channels, channels, e->out[1].data);
    return IDI_OK;
}
