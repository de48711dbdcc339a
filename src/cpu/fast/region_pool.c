/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/region_pool.c - one pass: a pixel touches only the channels of its own class. Blocks of
 * rows have partial sums of their own, which are added in a fixed order. */
#include "ops/region_pool.h"
#include "cpu/fast/fast.h"
#include "cpu/label_map.h"

#include <string.h>

enum { BLOCK_ROWS = 8 };

/* Workspace of the forward pass: [N, blocks, C + R], sums and then pixel counts (exact in float:
 * a block has fewer than 2^24 pixels). */
typedef struct pool {
    const idi_region_pool_attr *attr;
    const idi_tensor *labels;
    int64_t batch, channels, inner, blocks;
} pool;

static pool describe(const idi_exec *e, const idi_tensor *x)
{
    const idi_region_pool_attr *attr = e->attr;
    return (pool){.attr = attr,
                  .labels = &e->in[1],
                  .batch = x->shape.dim[0],
                  .channels = x->shape.dim[3],
                  .inner = x->shape.dim[3] / attr->regions,
                  .blocks = (attr->height + BLOCK_ROWS - 1) / BLOCK_ROWS};
}

IDI_FAST_WORKSPACE(region_pool)
{
    const pool p = describe(e, &e->in[0]);
    return (size_t)(p.batch * p.blocks * (p.channels + p.attr->regions)) * sizeof(float);
}

static void sum_row(const pool *p, const float *x, int64_t n, int64_t y, float *sums, float *counts)
{
    const int64_t width = p->attr->width;
    for (int64_t column = 0; column < width; column++) {
        const int64_t r = label_at(p->labels, n, y, column, p->attr->height, width);
        if (r >= p->attr->regions) continue;
        const float *from = x + column * p->channels + r * p->inner;
        float *to = sums + r * p->inner;
#pragma omp simd
        for (int64_t k = 0; k < p->inner; k++)
            to[k] += from[k];
        counts[r] += 1.0F;
    }
}

static void sum_blocks(const pool *p, const float *x, float *partials)
{
    const int64_t height = p->attr->height;
    const int64_t size = p->channels + p->attr->regions;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < p->batch * p->blocks; i++) {
        const int64_t n = i / p->blocks;
        const int64_t first = i % p->blocks * BLOCK_ROWS;
        const int64_t end = first + BLOCK_ROWS < height ? first + BLOCK_ROWS : height;
        float *partial = partials + i * size;
        memset(partial, 0, (size_t)size * sizeof *partial);
        for (int64_t y = first; y < end; y++)
            sum_row(p, x + (n * height + y) * p->attr->width * p->channels, n, y, partial,
                    partial + p->channels);
    }
}

IDI_FAST_OP(region_pool)
{
    const pool p = describe(e, &e->in[0]);
    const int64_t regions = p.attr->regions;
    const int64_t size = p.channels + regions;
    float *partials = e->workspace;
    float *y = e->out[0].data;
    sum_blocks(&p, e->in[0].data, partials);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < p.batch * regions; i++) {
        const float *first = partials + i / regions * p.blocks * size;
        const int64_t r = i % regions;
        double count = 0.0;
        for (int64_t b = 0; b < p.blocks; b++)
            count += (double)first[b * size + p.channels + r];
        for (int64_t k = 0; k < p.inner; k++) {
            double sum = 0.0;
            for (int64_t b = 0; b < p.blocks; b++)
                sum += (double)first[b * size + r * p.inner + k];
            y[i * p.inner + k] = (float)(sum / (count + p.attr->eps));
        }
    }
    return IDI_OK;
}

/* Workspace of the gradient: dy divided by the areas, [N, C]. */
IDI_FAST_WORKSPACE(region_pool_grad)
{
    return (size_t)idi_shape_count(&e->in[0].shape) * sizeof(float);
}

static void divide_by_areas(const pool *p, const float *dy, float *divided)
{
    const int64_t height = p->attr->height;
    const int64_t width = p->attr->width;
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < p->batch; n++) {
        int64_t count[256] = {0};
        for (int64_t i = 0; i < height * width; i++)
            count[label_at(p->labels, n, i / width, i % width, height, width)]++;
        for (int64_t c = 0; c < p->channels; c++) {
            const double area = (double)count[c / p->inner] + p->attr->eps;
            divided[n * p->channels + c] = (float)((double)dy[n * p->channels + c] / area);
        }
    }
}

IDI_FAST_OP(region_pool_grad)
{
    const pool p = describe(e, &e->out[0]);
    const int64_t height = p.attr->height;
    const int64_t width = p.attr->width;
    float *divided = e->workspace;
    float *dx = e->out[0].data;
    divide_by_areas(&p, e->in[0].data, divided);
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < p.batch * height; row++) {
        const int64_t n = row / height;
        float *to = dx + row * width * p.channels;
        memset(to, 0, (size_t)(width * p.channels) * sizeof *to);
        for (int64_t x = 0; x < width; x++) {
            const int64_t r = label_at(p.labels, n, row % height, x, height, width);
            if (r >= p.attr->regions) continue;
            memcpy(to + x * p.channels + r * p.inner, divided + n * p.channels + r * p.inner,
                   (size_t)p.inner * sizeof *to);
        }
    }
    return IDI_OK;
}
