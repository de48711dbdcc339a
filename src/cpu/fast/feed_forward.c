/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/feed_forward.c - a tile of rows at a time: two products on all cores with the gate
 * between them, so that the wide middle stays in the last-level cache. */
#include "ops/feed_forward.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/math.h"

#include <cblas.h>

/* Rows of a tile: at D = 512 the middle is 8 MiB, and packing the weights again for each tile costs
 * a few percent of the product. */
enum { TILE = 512 };

typedef struct sizes {
    int64_t rows, width, hidden, out;
} sizes;

static sizes sizes_of(const idi_exec *e)
{
    return (sizes){idi_shape_rows(&e->in[0].shape), e->in[1].shape.dim[1], e->in[3].shape.dim[1],
                   e->in[3].shape.dim[0]};
}

IDI_FAST_WORKSPACE(feed_forward)
{
    const sizes n = sizes_of(e);
    const int64_t tile = n.rows < TILE ? n.rows : TILE;
    return (size_t)(tile * 2 * n.hidden) * sizeof(float);
}

/* wide [rows, 2H] to its first half: (value + bias)*gelu(gate + bias). */
static void gate_rows(float *wide, const float *bias, int64_t rows, int64_t hidden)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        float *restrict value = wide + r * 2 * hidden;
        const float *restrict gate = value + hidden;
        for (int64_t h = 0; h < hidden; h++)
            value[h] = (value[h] + bias[h]) * fast_gelu(gate[h] + bias[hidden + h]);
    }
}

static void start_output(float *y, const float *bias, const float *residual, int64_t rows,
                         int64_t width)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < width; d++)
            y[r * width + d] = bias[d] + residual[r * width + d];
}

static void tile_forward(const idi_exec *e, const sizes *n, int64_t first, int64_t rows)
{
    const float *x = (const float *)e->in[0].data + first * n->width;
    const float *residual = (const float *)e->in[5].data + first * n->out;
    float *y = (float *)e->out[0].data + first * n->out;
    float *wide = e->workspace;
    const int width = (int)n->width;
    const int hidden = (int)n->hidden;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, 2 * hidden, width, 1.0F, x,
                width, e->in[1].data, width, 0.0F, wide, 2 * hidden);
    gate_rows(wide, e->in[2].data, rows, n->hidden);
    start_output(y, e->in[4].data, residual, rows, n->out);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n->out, hidden, 1.0F, wide,
                2 * hidden, e->in[3].data, hidden, 1.0F, y, (int)n->out);
}

IDI_FAST_OP(feed_forward)
{
    const sizes n = sizes_of(e);
    for (int64_t first = 0; first < n.rows; first += TILE)
        tile_forward(e, &n, first, n.rows - first < TILE ? n.rows - first : TILE);
    return IDI_OK;
}
