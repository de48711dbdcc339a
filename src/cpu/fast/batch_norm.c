/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/batch_norm.c - a scale a channel, made once, then one pass. The mean is subtracted from
 * x and not folded into a shift, which would cancel where it is large. */
#include "ops/batch_norm.h"
#include "cpu/fast/column_sums.h"
#include "cpu/fast/fast.h"

#include <math.h>
#include <string.h>

/* scale[c] = gamma/sqrt(variance + eps); gamma may be NULL. */
static void make_scale(const idi_batch_norm_attr *attr, const float *gamma, const float *variance,
                       int64_t channels, float *scale)
{
    for (int64_t c = 0; c < channels; c++)
        scale[c] =
            (float)((gamma ? (double)gamma[c] : 1.0) / sqrt((double)variance[c] + attr->eps));
}

static void normalize_row(const float *restrict x, const float *restrict mean,
                          const float *restrict scale, const float *restrict shift,
                          int64_t channels, float *restrict y)
{
    for (int64_t c = 0; c < channels; c++)
        y[c] = (x[c] - mean[c]) * scale[c] + shift[c];
}

IDI_FAST_WORKSPACE(batch_norm) /* scale and shift */
{
    return (size_t)(2 * idi_shape_last(&e->in[0].shape)) * sizeof(float);
}

IDI_FAST_OP(batch_norm)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    const float *mean = e->in[3].data;
    float *y = e->out[0].data;
    float *scale = e->workspace;
    float *shift = scale + channels;
    make_scale(e->attr, e->in[1].data, e->in[4].data, channels, scale);
    if (e->in[2].data)
        memcpy(shift, e->in[2].data, (size_t)channels * sizeof *shift);
    else
        memset(shift, 0, (size_t)channels * sizeof *shift);
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        normalize_row(x + r * channels, mean, scale, shift, channels, y + r * channels);
    return IDI_OK;
}

static void scale_row(const float *restrict dy, const float *restrict scale, int64_t channels,
                      float *restrict dx)
{
    for (int64_t c = 0; c < channels; c++)
        dx[c] = dy[c] * scale[c];
}

static void add_row(const float *restrict x, const float *restrict mean, const float *restrict dy,
                    int64_t channels, float *restrict products, float *restrict sums)
{
    for (int64_t c = 0; c < channels; c++) {
        products[c] += dy[c] * (x[c] - mean[c]);
        sums[c] += dy[c];
    }
}

/* Of each chunk of rows: the sums of dy*(x - mean), then those of dy. */
static void make_partials(const idi_exec *e, int64_t rows, int64_t channels, float *partials)
{
    const float *x = e->in[0].data;
    const float *dy = e->in[4].data;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < SUM_CHUNKS; k++) {
        float *products = partials + k * 2 * channels;
        memset(products, 0, (size_t)(2 * channels) * sizeof *products);
        for (int64_t r = sum_chunk_begin(rows, k); r < sum_chunk_begin(rows, k + 1); r++)
            add_row(x + r * channels, e->in[2].data, dy + r * channels, channels, products,
                    products + channels);
    }
}

IDI_FAST_WORKSPACE(batch_norm_grad) /* a scale, and the partial sums */
{
    return (size_t)((1 + 2 * SUM_CHUNKS) * idi_shape_last(&e->in[0].shape)) * sizeof(float);
}

IDI_FAST_OP(batch_norm_grad)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *dy = e->in[4].data;
    float *dx = e->out[0].data;
    float *dgamma = e->out[1].data;
    float *scale = e->workspace;
    float *partials = scale + channels;
    if (dx) {
        make_scale(e->attr, e->in[1].data, e->in[3].data, channels, scale);
#pragma omp parallel for schedule(static)
        for (int64_t r = 0; r < rows; r++)
            scale_row(dy + r * channels, scale, channels, dx + r * channels);
    }
    if (!dgamma && !e->out[2].data) return IDI_OK;
    make_partials(e, rows, channels, partials);
    sum_join(partials + channels, 2 * channels, channels, e->out[2].data);
    if (!dgamma) return IDI_OK;
    sum_join(partials, 2 * channels, channels, dgamma);
    make_scale(e->attr, NULL, e->in[3].data, channels, scale);
    for (int64_t c = 0; c < channels; c++)
        dgamma[c] *= scale[c];
    return IDI_OK;
}
