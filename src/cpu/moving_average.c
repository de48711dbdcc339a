/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/moving_average.c - ops/moving_average.h as loops. */
#include "ops/moving_average.h"
#include "cpu/cpu.h"

/* Reads element i of both inputs before it writes element i: they may be the same. */
IDI_CPU_OP(moving_average)
{
    const idi_moving_average_attr *attr = e->attr;
    const double rate = in_real(e, 2) ? (double)in_real(e, 2)[0] : attr->rate;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *average = in_real(e, 0);
    const real *x = in_real(e, 1);
    real *y = out_real(e, 0);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++)
        y[i] = (real)((double)average[i] + rate * ((double)x[i] - (double)average[i]));
    return IDI_OK;
}
