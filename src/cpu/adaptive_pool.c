/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/adaptive_pool.c - ops/adaptive_pool.h as loops. */
#include "ops/adaptive_pool.h"
#include "cpu/cpu.h"

/* Cell i of `cells` covers [begin, end) of a line of `size`. The other way round, element i of a
 * line of `cells` lies in the cells [begin, end) of `size`: the relation is its own inverse. */
typedef struct range {
    int64_t begin, end;
} range;

static range cell(int64_t i, int64_t size, int64_t cells)
{
    return (range){i * size / cells, ((i + 1) * size + cells - 1) / cells};
}

static double length(range r)
{
    return (double)(r.end - r.begin);
}

/* Mean over the rows and columns of one channel; x points at the crop's corner. */
static double cell_mean(const real *x, range rows, range columns, int64_t width, int64_t channels)
{
    double sum = 0.0;
    for (int64_t y = rows.begin; y < rows.end; y++)
        for (int64_t k = columns.begin; k < columns.end; k++)
            sum += (double)x[(y * width + k) * channels];
    return sum / (length(rows) * length(columns));
}

IDI_CPU_OP(adaptive_pool)
{
    const idi_adaptive_pool_attr *a = e->attr;
    const int64_t channels = e->out[0].shape.dim[3];
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t ox = i / channels % a->out_width;
        const int64_t oy = i / (channels * a->out_width) % a->out_height;
        const int64_t n = i / (channels * a->out_width * a->out_height);
        const real *x = in_real(e, 0) +
                        ((n * a->in_height + a->top) * a->in_width + a->left) * channels +
                        i % channels;
        out_real(e, 0)[i] =
            (real)cell_mean(x, cell(oy, a->height, a->out_height), cell(ox, a->width, a->out_width),
                            a->in_width, channels);
    }
    return IDI_OK;
}

/* What element (y, k) of the crop gets from the cells that it lies in. */
static double pixel_gradient(const idi_adaptive_pool_attr *a, const real *dy, int64_t y, int64_t k,
                             int64_t channels)
{
    const range rows = cell(y, a->out_height, a->height);
    const range columns = cell(k, a->out_width, a->width);
    double sum = 0.0;
    for (int64_t oy = rows.begin; oy < rows.end; oy++)
        for (int64_t ox = columns.begin; ox < columns.end; ox++)
            sum += (double)dy[(oy * a->out_width + ox) * channels] /
                   (length(cell(oy, a->height, a->out_height)) *
                    length(cell(ox, a->width, a->out_width)));
    return sum;
}

IDI_CPU_OP(adaptive_pool_grad)
{
    const idi_adaptive_pool_attr *a = e->attr;
    const int64_t channels = e->out[0].shape.dim[3];
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = i / channels % a->in_width - a->left;
        const int64_t y = i / (channels * a->in_width) % a->in_height - a->top;
        const int64_t n = i / (channels * a->in_width * a->in_height);
        const bool is_inside = y >= 0 && y < a->height && k >= 0 && k < a->width;
        const real *dy = in_real(e, 0) + n * a->out_height * a->out_width * channels + i % channels;
        out_real(e, 0)[i] = is_inside ? (real)pixel_gradient(a, dy, y, k, channels) : (real)0;
    }
    return IDI_OK;
}
