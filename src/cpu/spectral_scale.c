/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/spectral_scale.c - ops/spectral_scale.h as loops. */
#include "ops/spectral_scale.h"
#include "cpu/cpu.h"

static int64_t row_length(const idi_exec *e)
{
    return idi_shape_count(&e->in[0].shape) / e->in[0].shape.dim[0];
}

/* u . Mv */
static double sigma_of(const idi_exec *e)
{
    const int64_t columns = row_length(e);
    double sigma = 0.0;
    for (int64_t r = 0; r < e->in[0].shape.dim[0]; r++) {
        double sum = 0.0;
        for (int64_t k = 0; k < columns; k++)
            sum += (double)in_real(e, 0)[r * columns + k] * (double)in_real(e, 2)[k];
        sigma += (double)in_real(e, 1)[r] * sum;
    }
    return sigma;
}

IDI_CPU_OP(spectral_scale)
{
    const double sigma = sigma_of(e);
    for (int64_t i = 0; i < idi_shape_count(&e->in[0].shape); i++)
        out_real(e, 0)[i] = (real)((double)in_real(e, 0)[i] / sigma);
    return IDI_OK;
}

IDI_CPU_OP(spectral_scale_grad)
{
    const int64_t columns = row_length(e);
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *dy = in_real(e, 3);
    const double sigma = sigma_of(e);
    double along = 0.0;
    for (int64_t i = 0; i < count; i++)
        along += (double)dy[i] * (double)in_real(e, 0)[i] / sigma;
    for (int64_t i = 0; i < count; i++) {
        const double uv = (double)in_real(e, 1)[i / columns] * (double)in_real(e, 2)[i % columns];
        out_real(e, 0)[i] = (real)(((double)dy[i] - along * uv) / sigma);
    }
    return IDI_OK;
}
