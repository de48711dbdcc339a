/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/batch_norm.c - ops/batch_norm.h as loops. */
#include "ops/batch_norm.h"
#include "cpu/cpu.h"

#include <math.h>

static double rstd(const real *variance, int64_t c, const idi_batch_norm_attr *attr)
{
    return 1.0 / sqrt((double)variance[c] + attr->eps);
}

IDI_CPU_OP(batch_norm)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *x = in_real(e, 0);
    const real *gamma = in_real(e, 1);
    const real *beta = in_real(e, 2);
    const real *mean = in_real(e, 3);
    for (int64_t i = 0; i < count; i++) {
        const int64_t c = i % channels;
        const double normal = ((double)x[i] - (double)mean[c]) * rstd(in_real(e, 4), c, e->attr);
        const double scaled = gamma ? normal * (double)gamma[c] : normal;
        out_real(e, 0)[i] = (real)(beta ? scaled + (double)beta[c] : scaled);
    }
    return IDI_OK;
}

IDI_CPU_OP(batch_norm_grad)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const real *x = in_real(e, 0);
    const real *gamma = in_real(e, 1);
    const real *mean = in_real(e, 2);
    const real *dy = in_real(e, 4);
    real *dx = out_real(e, 0);
    real *dgamma = out_real(e, 1);
    real *dbeta = out_real(e, 2);
    for (int64_t c = 0; c < channels; c++) {
        const double r = rstd(in_real(e, 3), c, e->attr);
        double sum = 0.0;
        double product = 0.0;
        for (int64_t i = c; i < rows * channels; i += channels) {
            if (dx) dx[i] = (real)((double)dy[i] * r * (gamma ? (double)gamma[c] : 1.0));
            sum += (double)dy[i];
            product += (double)dy[i] * ((double)x[i] - (double)mean[c]) * r;
        }
        if (dgamma) dgamma[c] = (real)product;
        if (dbeta) dbeta[c] = (real)sum;
    }
    return IDI_OK;
}
