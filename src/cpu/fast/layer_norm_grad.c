/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/layer_norm_grad.c - rows in chunks, of which each sums its part of dgamma and dbeta in
 * double; the parts are joined in order. */
#include "cpu/fast/fast.h"
#include "ops/layer_norm.h"

#include <math.h>
#include <string.h>

enum { MIN_ROWS = 16, MAX_CHUNKS = 64 };

/* The cut, from shapes alone. */
typedef struct chunking {
    int64_t width;
    int64_t rows;
    int64_t chunk; /* rows at a time */
    int64_t chunks;
} chunking;

static chunking chunking_of(const idi_exec *e)
{
    chunking c = {.width = idi_shape_last(&e->in[0].shape),
                  .rows = idi_shape_rows(&e->in[0].shape)};
    c.chunk = (c.rows + MAX_CHUNKS - 1) / MAX_CHUNKS;
    if (c.chunk < MIN_ROWS) c.chunk = MIN_ROWS;
    c.chunks = (c.rows + c.chunk - 1) / c.chunk;
    return c;
}

/* xhat = (x - shift)*scale + offset, shift the rounded mean. */
typedef struct row_stats {
    float shift;
    float scale;
    float offset;
} row_stats;

static row_stats measure_row(const float *x, int64_t width, double eps)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < width; j++)
        sum += (double)x[j];
    const double mean = sum / (double)width;
    double squares = 0.0;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < width; j++)
        squares += ((double)x[j] - mean) * ((double)x[j] - mean);
    const double scale = 1.0 / sqrt(squares / (double)width + eps);
    const float shift = (float)mean;
    return (row_stats){shift, (float)scale, (float)(((double)shift - mean) * scale)};
}

static void row_back(const float *x, const float *gamma, const float *dy, int64_t width,
                     const row_stats *s, float *restrict dx)
{
    double sum_g = 0.0;
    double sum_gx = 0.0;
#pragma omp simd reduction(+ : sum_g, sum_gx)
    for (int64_t j = 0; j < width; j++) {
        const double g = (double)dy[j] * (double)gamma[j];
        sum_g += g;
        sum_gx += g * (double)((x[j] - s->shift) * s->scale + s->offset);
    }
    const double mean_g = sum_g / (double)width;
    const double mean_gx = sum_gx / (double)width;
    for (int64_t j = 0; j < width; j++) { /* in double: the difference may be all rounding */
        const double xhat = (double)((x[j] - s->shift) * s->scale + s->offset);
        const double g = (double)dy[j] * (double)gamma[j];
        dx[j] = (float)((double)s->scale * (g - mean_g - xhat * mean_gx));
    }
}

static void add_row(const float *x, const float *dy, int64_t width, const row_stats *s,
                    double *restrict dgamma, double *restrict dbeta)
{
    for (int64_t j = 0; j < width; j++) {
        dgamma[j] += (double)(dy[j] * ((x[j] - s->shift) * s->scale + s->offset));
        dbeta[j] += (double)dy[j];
    }
}

static void chunk_back(const idi_exec *e, const chunking *c, int64_t chunk)
{
    const idi_layer_norm_attr *attr = e->attr;
    double *dgamma = (double *)e->workspace + chunk * 2 * c->width;
    double *dbeta = dgamma + c->width;
    memset(dgamma, 0, (size_t)(2 * c->width) * sizeof *dgamma);
    const int64_t end = (chunk + 1) * c->chunk < c->rows ? (chunk + 1) * c->chunk : c->rows;
    for (int64_t r = chunk * c->chunk; r < end; r++) {
        const float *x = (const float *)e->in[0].data + r * c->width;
        const float *dy = (const float *)e->in[2].data + r * c->width;
        const row_stats s = measure_row(x, c->width, attr->eps);
        if (e->out[0].data)
            row_back(x, e->in[1].data, dy, c->width, &s, (float *)e->out[0].data + r * c->width);
        if (e->out[1].data || e->out[2].data) add_row(x, dy, c->width, &s, dgamma, dbeta);
    }
}

/* target[j] = the sum over chunks of part[chunk][which][j]; target may be absent. */
static void join(const idi_exec *e, const chunking *c, int which, float *target)
{
    for (int64_t j = 0; target && j < c->width; j++) {
        const double *part = (const double *)e->workspace + which * c->width + j;
        double sum = 0.0;
        for (int64_t chunk = 0; chunk < c->chunks; chunk++)
            sum += part[chunk * 2 * c->width];
        target[j] = (float)sum;
    }
}

IDI_FAST_OP(layer_norm_grad)
{
    const chunking c = chunking_of(e);
#pragma omp parallel for schedule(static)
    for (int64_t chunk = 0; chunk < c.chunks; chunk++)
        chunk_back(e, &c, chunk);
    join(e, &c, 0, e->out[1].data);
    join(e, &c, 1, e->out[2].data);
    return IDI_OK;
}

IDI_FAST_WORKSPACE(layer_norm_grad)
{
    const chunking c = chunking_of(e);
    return (size_t)(c.chunks * 2 * c.width) * sizeof(double);
}
