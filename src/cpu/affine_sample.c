/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/affine_sample.c - ops/affine_sample.h as loops; backwards a scatter in the output's order. */
#include "ops/affine_sample.h"
#include "cpu/cpu.h"

#include <string.h>

/* The four pixels of an image around a place, and how much of each is there. */
typedef struct taps {
    int64_t pixel[4];
    double weight[4];
} taps;

/* Row `row` of a map at a normalised place, as a place among `size` pixels. */
static double place(const real *row, double x, double y, int64_t size)
{
    const double at = (double)row[0] * x + (double)row[1] * y + (double)row[2];
    const double pixel = ((at + 1.0) * (double)size - 1.0) / 2.0;
    const double last = (double)(size - 1);
    return pixel > 0.0 ? (pixel < last ? pixel : last) : 0.0; /* NaN: 0 */
}

static double normalised(int64_t i, int64_t size)
{
    return ((double)(2 * i) + 1.0) / (double)size - 1.0;
}

/* Of pixel p of all samples' `to` pixels. */
static taps taps_of(const real *maps, int64_t p, const idi_shape *to, const idi_shape *from)
{
    const int64_t height = from->dim[1];
    const int64_t width = from->dim[2];
    const real *map = maps + p / (to->dim[1] * to->dim[2]) * 6;
    const double ny = normalised(p / to->dim[2] % to->dim[1], to->dim[1]);
    const double nx = normalised(p % to->dim[2], to->dim[2]);
    const double x = place(map, nx, ny, width);
    const double y = place(map + 3, nx, ny, height);
    const int64_t left = (int64_t)x;
    const int64_t top = (int64_t)y;
    const int64_t right = left + (left + 1 < width);
    const int64_t bottom = top + (top + 1 < height);
    const double u = x - (double)left;
    const double v = y - (double)top;
    const int64_t first = p / (to->dim[1] * to->dim[2]) * height;
    return (taps){{(first + top) * width + left, (first + top) * width + right,
                   (first + bottom) * width + left, (first + bottom) * width + right},
                  {(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v}};
}

IDI_CPU_OP(affine_sample)
{
    const idi_shape *ys = &e->out[0].shape;
    const int64_t channels = ys->dim[3];
    for (int64_t p = 0; p < idi_shape_rows(ys); p++) {
        const taps t = taps_of(in_real(e, 1), p, ys, &e->in[0].shape);
        for (int64_t c = 0; c < channels; c++) {
            double sum = 0.0;
            for (int i = 0; i < 4; i++)
                sum += t.weight[i] * (double)in_real(e, 0)[t.pixel[i] * channels + c];
            out_real(e, 0)[p * channels + c] = (real)sum;
        }
    }
    return IDI_OK;
}

IDI_CPU_OP(affine_sample_grad)
{
    const idi_shape *ys = &e->in[0].shape;
    const int64_t channels = ys->dim[3];
    real *dx = out_real(e, 0);
    memset(dx, 0, (size_t)idi_shape_count(&e->out[0].shape) * sizeof *dx);
    for (int64_t p = 0; p < idi_shape_rows(ys); p++) {
        const taps t = taps_of(in_real(e, 1), p, ys, &e->out[0].shape);
        const real *dy = in_real(e, 0) + p * channels;
        for (int i = 0; i < 4; i++)
            for (int64_t c = 0; c < channels; c++) {
                real *sum = dx + t.pixel[i] * channels + c;
                *sum = (real)((double)*sum + t.weight[i] * (double)dy[c]);
            }
    }
    return IDI_OK;
}
