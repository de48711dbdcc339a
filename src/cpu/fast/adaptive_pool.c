/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/adaptive_pool.c - adaptive_pool and its gradient, a line on each core. */
#include "ops/adaptive_pool.h"
#include "cpu/fast/fast.h"

#include <string.h>

enum { COLOURS = 3 };

/* Cell i of `cells` covers [begin, end) of a line of `size`. The other way round, element i of a
 * line of `cells` lies in the cells [begin, end) of `size`: the relation is its own inverse. */
typedef struct range {
    int64_t begin, end;
} range;

static range cell(int64_t i, int64_t size, int64_t cells)
{
    return (range){i * size / cells, ((i + 1) * size + cells - 1) / cells};
}

static float share(range r)
{
    return 1.0F / (float)(r.end - r.begin);
}

/* y[channels] = weight times the sum over a cell; x is the crop's corner. */
static inline void sum_cell(const float *x, int64_t width, range rows, range columns,
                            int64_t channels, float weight, float *restrict y)
{
    memset(y, 0, (size_t)channels * sizeof *y);
    for (int64_t r = rows.begin; r < rows.end; r++)
        for (int64_t k = columns.begin; k < columns.end; k++)
            for (int64_t c = 0; c < channels; c++)
                y[c] += x[(r * width + k) * channels + c];
    for (int64_t c = 0; c < channels; c++)
        y[c] *= weight;
}

/* The same for a picture's channels, in registers. */
static inline void sum_colour(const float *x, int64_t width, range rows, range columns,
                              float weight, float *restrict y)
{
    float sums[COLOURS] = {0};
    for (int64_t r = rows.begin; r < rows.end; r++)
        for (int64_t k = columns.begin; k < columns.end; k++)
            for (int c = 0; c < COLOURS; c++)
                sums[c] += x[(r * width + k) * COLOURS + c];
    for (int c = 0; c < COLOURS; c++)
        y[c] = sums[c] * weight;
}

static void pool_line(const idi_adaptive_pool_attr *a, const float *x, range rows,
                      const range *columns, int64_t channels, float *y)
{
    for (int64_t ox = 0; ox < a->out_width; ox++) {
        const float weight = share(rows) * share(columns[ox]);
        if (channels == COLOURS)
            sum_colour(x, a->in_width, rows, columns[ox], weight, y + ox * COLOURS);
        else
            sum_cell(x, a->in_width, rows, columns[ox], channels, weight, y + ox * channels);
    }
}

/* The cells of a line. */
IDI_FAST_WORKSPACE(adaptive_pool)
{
    const idi_adaptive_pool_attr *a = e->attr;
    return (size_t)a->out_width * sizeof(range);
}

IDI_FAST_OP(adaptive_pool)
{
    const idi_adaptive_pool_attr *a = e->attr;
    const int64_t channels = e->out[0].shape.dim[3];
    const int64_t lines = e->out[0].shape.dim[0] * a->out_height;
    range *columns = e->workspace;
    for (int64_t ox = 0; ox < a->out_width; ox++)
        columns[ox] = cell(ox, a->width, a->out_width);
#pragma omp parallel for schedule(static)
    for (int64_t line = 0; line < lines; line++) {
        const range rows = cell(line % a->out_height, a->height, a->out_height);
        const int64_t top = line / a->out_height * a->in_height + a->top;
        pool_line(a, (const float *)e->in[0].data + (top * a->in_width + a->left) * channels, rows,
                  columns, channels, (float *)e->out[0].data + line * a->out_width * channels);
    }
    return IDI_OK;
}

/* The share of a pixel in each cell of a line. */
IDI_FAST_WORKSPACE(adaptive_pool_grad)
{
    const idi_adaptive_pool_attr *a = e->attr;
    return (size_t)(a->out_height + a->out_width) * sizeof(float);
}

static void fill_shares(int64_t size, int64_t cells, float *shares)
{
    for (int64_t i = 0; i < cells; i++)
        shares[i] = share(cell(i, size, cells));
}

/* What one pixel gets from the cells that it lies in; dy is the image's. */
static void gather(const float *dy, int64_t out_width, range rows, range columns,
                   const float *row_shares, const float *column_shares, int64_t channels,
                   float *restrict dx)
{
    for (int64_t oy = rows.begin; oy < rows.end; oy++)
        for (int64_t ox = columns.begin; ox < columns.end; ox++) {
            const float weight = row_shares[oy] * column_shares[ox];
            for (int64_t c = 0; c < channels; c++)
                dx[c] += weight * dy[(oy * out_width + ox) * channels + c];
        }
}

IDI_FAST_OP(adaptive_pool_grad)
{
    const idi_adaptive_pool_attr *a = e->attr;
    const int64_t channels = e->out[0].shape.dim[3];
    const int64_t lines = e->out[0].shape.dim[0] * a->in_height;
    const int64_t line_count = a->in_width * channels;
    float *row_shares = e->workspace;
    float *column_shares = row_shares + a->out_height;
    fill_shares(a->height, a->out_height, row_shares);
    fill_shares(a->width, a->out_width, column_shares);
#pragma omp parallel for schedule(static)
    for (int64_t line = 0; line < lines; line++) {
        const int64_t y = line % a->in_height - a->top;
        const float *dy = (const float *)e->in[0].data +
                          line / a->in_height * a->out_height * a->out_width * channels;
        float *dx = (float *)e->out[0].data + line * line_count;
        memset(dx, 0, (size_t)line_count * sizeof *dx);
        if (y < 0 || y >= a->height) continue;
        const range rows = cell(y, a->out_height, a->height);
        for (int64_t k = 0; k < a->width; k++)
            gather(dy, a->out_width, rows, cell(k, a->out_width, a->width), row_shares,
                   column_shares, channels, dx + (a->left + k) * channels);
    }
    return IDI_OK;
}
