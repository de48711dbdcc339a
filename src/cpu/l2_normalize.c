/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/l2_normalize.c - ops/l2_normalize.h as loops. */
#include "ops/l2_normalize.h"
#include "cpu/cpu.h"

#include <math.h>

static const double shortest = 1e-12;

static double length_of(const real *x, int64_t width)
{
    double squares = 0.0;
    for (int64_t j = 0; j < width; j++)
        squares += (double)x[j] * (double)x[j];
    return sqrt(squares);
}

IDI_CPU_OP(l2_normalize)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    for (int64_t r = 0; r < idi_shape_rows(&e->in[0].shape); r++) {
        const real *x = in_real(e, 0) + r * width;
        const double length = fmax(length_of(x, width), shortest);
        for (int64_t j = 0; j < width; j++)
            out_real(e, 0)[r * width + j] = (real)((double)x[j] / length);
    }
    return IDI_OK;
}

/* y = x/|x|: dx = (dy - y (y.dy))/|x|. Below `shortest` the divisor is a constant. */
IDI_CPU_OP(l2_normalize_grad)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    for (int64_t r = 0; r < idi_shape_rows(&e->in[0].shape); r++) {
        const real *x = in_real(e, 0) + r * width;
        const real *dy = in_real(e, 1) + r * width;
        const double length = length_of(x, width);
        const double divisor = fmax(length, shortest);
        double along = 0.0;
        if (length > shortest)
            for (int64_t j = 0; j < width; j++)
                along += (double)x[j] / length * (double)dy[j];
        for (int64_t j = 0; j < width; j++)
            out_real(e, 0)[r * width + j] =
                (real)(((double)dy[j] - (double)x[j] / divisor * along) / divisor);
    }
    return IDI_OK;
}
