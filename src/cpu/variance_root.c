/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/variance_root.c - ops/variance_root.h as loops: the centred rows' products, then Cholesky's
 * factor of them row by row, both in double. */
#include "ops/variance_root.h"
#include "cpu/cpu.h"

#include <float.h>
#include <math.h>

/* Row i of B: of a, or of sample n's b. */
static const real *row_of(const idi_exec *e, int64_t n, int64_t i)
{
    const int64_t first = e->in[0].shape.dim[0];
    const int64_t width = e->in[0].shape.dim[1];
    if (i < first) return in_real(e, 0) + i * width;
    return in_real(e, 1) + (n * e->in[1].shape.dim[1] + i - first) * width;
}

static double mean_of(const real *x, int64_t count)
{
    double sum = 0.0;
    for (int64_t d = 0; d < count; d++)
        sum += (double)x[d];
    return sum / (double)count;
}

/* The covariance of two rows. */
static double covariance(const real *x, const real *y, int64_t count)
{
    const double x_mean = mean_of(x, count);
    const double y_mean = mean_of(y, count);
    double sum = 0.0;
    for (int64_t d = 0; d < count; d++)
        sum += ((double)x[d] - x_mean) * ((double)y[d] - y_mean);
    return sum / (double)count;
}

/* Row i of r from the rows above: r[i, j] = (g[i, j] - sum over k < i of r[k, i] r[k, j])/r[i, i].
 */
static void factor_row(double *r, int64_t count, int64_t i, double least)
{
    double *row = r + i * count;
    for (int64_t k = 0; k < i; k++)
        for (int64_t j = i; j < count; j++)
            row[j] -= r[k * count + i] * r[k * count + j];
    const double pivot = row[i];
    for (int64_t j = i; j < count; j++)
        row[j] = pivot > least ? row[j] / sqrt(pivot) : 0.0;
}

IDI_CPU_OP(variance_root)
{
    const int64_t count = idi_shape_last(&e->out[0].shape);
    const int64_t width = e->in[0].shape.dim[1];
    const int64_t batch = e->in[1].data ? e->in[1].shape.dim[0] : 1;
    double *r = e->workspace;
    for (int64_t n = 0; n < batch; n++) {
        double largest = 0.0;
        for (int64_t i = 0; i < count; i++)
            for (int64_t j = 0; j < count; j++)
                r[i * count + j] =
                    j < i ? 0.0 : covariance(row_of(e, n, i), row_of(e, n, j), width);
        for (int64_t i = 0; i < count; i++)
            largest = fmax(largest, r[i * count + i]);
        for (int64_t i = 0; i < count; i++)
            factor_row(r, count, i, largest * (double)count * DBL_EPSILON);
        for (int64_t i = 0; i < count * count; i++)
            out_real(e, 0)[n * count * count + i] = (real)r[i];
    }
    return IDI_OK;
}

IDI_CPU_WORKSPACE(variance_root)
{
    const int64_t count = idi_shape_last(&e->out[0].shape);
    return (size_t)(count * count) * sizeof(double);
}
