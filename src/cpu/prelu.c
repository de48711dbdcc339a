/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/prelu.c - ops/prelu.h as loops. */
#include "ops/prelu.h"
#include "cpu/cpu.h"

IDI_CPU_OP(prelu)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *x = in_real(e, 0);
    const real *slope = in_real(e, 1);
    for (int64_t i = 0; i < count; i++)
        out_real(e, 0)[i] = x[i] > 0 ? x[i] : slope[i % channels] * x[i];
    return IDI_OK;
}

IDI_CPU_OP(prelu_grad)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *x = in_real(e, 0);
    const real *slope = in_real(e, 1);
    const real *dy = in_real(e, 2);
    real *dx = out_real(e, 0);
    real *dslope = out_real(e, 1);
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0.0;
        for (int64_t i = c; i < count; i += channels) {
            if (dx) dx[i] = x[i] > 0 ? dy[i] : slope[c] * dy[i];
            if (!(x[i] > 0)) sum += (double)dy[i] * (double)x[i];
        }
        if (dslope) dslope[c] = (real)sum;
    }
    return IDI_OK;
}
