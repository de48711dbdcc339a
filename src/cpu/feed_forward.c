/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/feed_forward.c - ops/feed_forward.h as loops. The middle of a row is made one number at a
 * time and goes straight into the sums of a few outputs, which wait in double; for the next few it
 * is made again. */
#include "cpu/act.h"
#include "cpu/cpu.h"

static double affine(const real *w, const real *x, int64_t count, real b)
{
    double sum = (double)b;
    for (int64_t i = 0; i < count; i++)
        sum += (double)w[i] * (double)x[i];
    return sum;
}

enum { SUMS = 64 };

/* Outputs first .. first + count - 1 of row r. */
static void row_part(const idi_exec *e, int64_t r, int64_t first, int64_t count)
{
    const int64_t width = e->in[1].shape.dim[1];
    const int64_t out = e->in[3].shape.dim[0];
    const int64_t hidden = e->in[3].shape.dim[1];
    const real *x = in_real(e, 0) + r * width;
    const real *w1 = in_real(e, 1);
    const real *b1 = in_real(e, 2);
    const real *w2 = in_real(e, 3);
    double sums[SUMS];
    for (int64_t d = 0; d < count; d++)
        sums[d] = (double)in_real(e, 4)[first + d] + (double)in_real(e, 5)[r * out + first + d];
    for (int64_t h = 0; h < hidden; h++) {
        const double value = affine(w1 + h * width, x, width, b1[h]);
        const double gate = affine(w1 + (hidden + h) * width, x, width, b1[hidden + h]);
        const double middle = value * act_value(IDI_ACT_GELU, gate);
        for (int64_t d = 0; d < count; d++)
            sums[d] += middle * (double)w2[(first + d) * hidden + h];
    }
    for (int64_t d = 0; d < count; d++)
        out_real(e, 0)[r * out + first + d] = (real)sums[d];
}

IDI_CPU_OP(feed_forward)
{
    const int64_t out = e->in[3].shape.dim[0];
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < out; d += SUMS)
            row_part(e, r, d, out - d < SUMS ? out - d : SUMS);
    return IDI_OK;
}
