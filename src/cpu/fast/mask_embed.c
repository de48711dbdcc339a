/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/mask_embed.c - the weight is read once, row by row, each row added to the sum of its
 * pixel's part. Blocks of pixels have partial sums of their own, which are added in a fixed order;
 * within a block the rows stay in cache for the batch's other samples. */
#include "ops/mask_embed.h"
#include "cpu/fast/fast.h"
#include "cpu/label_map.h"

#include <string.h>

enum { BLOCK_PIXELS = 1024 };

typedef struct embed {
    const idi_mask_embed_attr *attr;
    const idi_tensor *labels;
    int64_t batch, width, pixels, blocks;
    int64_t table; /* floats of one [parts, E] */
} embed;

static embed describe(const idi_exec *e, const idi_tensor *labels, const idi_tensor *z)
{
    const idi_mask_embed_attr *attr = e->attr;
    const int64_t pixels = attr->side * attr->side;
    return (embed){.attr = attr,
                   .labels = labels,
                   .batch = z->shape.dim[0],
                   .width = z->shape.dim[1],
                   .pixels = pixels,
                   .blocks = (pixels + BLOCK_PIXELS - 1) / BLOCK_PIXELS,
                   .table = attr->parts * z->shape.dim[1]};
}

/* The part of pixel q in sample n, or -1. */
static int64_t part_at(const embed *m, int64_t n, int64_t q)
{
    const int64_t side = m->attr->side;
    const int64_t part =
        label_at(m->labels, n, q / side, q % side, side, side) - m->attr->first_class;
    return part >= 0 && part < m->attr->parts ? part : -1;
}

/* sum += `count` consecutive rows: four at a time, so that the sum is touched less often. */
static void add_rows(float *sum, const float *rows, int64_t count, int64_t width)
{
    for (; count >= 4; count -= 4, rows += 4 * width) {
#pragma omp simd
        for (int64_t c = 0; c < width; c++)
            sum[c] += (rows[c] + rows[c + width]) + (rows[c + 2 * width] + rows[c + 3 * width]);
    }
    for (; count > 0; count--, rows += width) {
#pragma omp simd
        for (int64_t c = 0; c < width; c++)
            sum[c] += rows[c];
    }
}

/* The pixels first..end - 1 of sample n into `sums` [parts, E], run by run. */
static void sum_block(const embed *m, const float *weight, int64_t n, int64_t first, int64_t end,
                      float *sums)
{
    memset(sums, 0, (size_t)m->table * sizeof *sums);
    int64_t next;
    for (int64_t q = first; q < end; q = next) {
        const int64_t part = part_at(m, n, q);
        for (next = q + 1; next < end && part_at(m, n, next) == part;)
            next++;
        if (part >= 0) add_rows(sums + part * m->width, weight + q * m->width, next - q, m->width);
    }
}

/* Workspace: partial sums [blocks, N, parts, E]. */
IDI_FAST_WORKSPACE(mask_embed)
{
    const embed m = describe(e, &e->in[0], &e->out[0]);
    return (size_t)(m.blocks * m.batch * m.table) * sizeof(float);
}

IDI_FAST_OP(mask_embed)
{
    const embed m = describe(e, &e->in[0], &e->out[0]);
    const float *bias = e->in[2].data;
    float *partials = e->workspace;
    float *z = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < m.blocks; b++) {
        const int64_t first = b * BLOCK_PIXELS;
        const int64_t end = first + BLOCK_PIXELS < m.pixels ? first + BLOCK_PIXELS : m.pixels;
        for (int64_t n = 0; n < m.batch; n++)
            sum_block(&m, e->in[1].data, n, first, end, partials + (b * m.batch + n) * m.table);
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m.batch * m.attr->parts; i++) {
        const int64_t n = i / m.attr->parts;
        float *sum = partials + i * m.width;
        for (int64_t b = 1; b < m.blocks; b++)
            add_rows(sum, sum + b * m.batch * m.table, 1, m.width);
        for (int64_t c = 0; c < m.width; c++)
            z[(n * m.width + c) * m.attr->parts + i % m.attr->parts] = sum[c] + bias[c];
    }
    return IDI_OK;
}

/* Workspace: dz with E last, [N, parts, E]. */
IDI_FAST_WORKSPACE(mask_embed_grad)
{
    return (size_t)idi_shape_count(&e->in[0].shape) * sizeof(float);
}

/* One row of dweight: the sum over the batch of the row of this pixel's part. */
static void gather_row(const embed *m, const float *rows, int64_t q, float *dweight)
{
    bool is_first = true;
    for (int64_t n = 0; n < m->batch; n++) {
        const int64_t part = part_at(m, n, q);
        if (part < 0) continue;
        const float *row = rows + n * m->table + part * m->width;
        if (is_first) memcpy(dweight, row, (size_t)m->width * sizeof *row);
        if (!is_first) add_rows(dweight, row, 1, m->width);
        is_first = false;
    }
    if (is_first) memset(dweight, 0, (size_t)m->width * sizeof *dweight);
}

IDI_FAST_OP(mask_embed_grad)
{
    const embed m = describe(e, &e->in[1], &e->in[0]);
    const float *dz = e->in[0].data;
    float *rows = e->workspace;
    float *dweight = e->out[0].data;
    float *dbias = e->out[1].data;
    for (int64_t i = 0; i < m.batch * m.attr->parts; i++)
        for (int64_t c = 0; c < m.width; c++)
            rows[i * m.width + c] =
                dz[(i / m.attr->parts * m.width + c) * m.attr->parts + i % m.attr->parts];
    if (dbias) {
        memset(dbias, 0, (size_t)m.width * sizeof *dbias);
        add_rows(dbias, rows, m.batch * m.attr->parts, m.width);
    }
    if (!dweight) return IDI_OK;
#pragma omp parallel for schedule(static)
    for (int64_t q = 0; q < m.pixels; q++)
        gather_row(&m, rows, q, dweight + q * m.width);
    return IDI_OK;
}
