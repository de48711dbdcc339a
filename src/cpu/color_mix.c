/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/color_mix.c - ops/color_mix.h as loops. */
#include "ops/color_mix.h"
#include "cpu/cpu.h"

static int64_t pixels_of(const idi_exec *e)
{
    return e->in[0].shape.dim[1] * e->in[0].shape.dim[2];
}

IDI_CPU_OP(color_mix)
{
    const int64_t pixels = pixels_of(e);
    for (int64_t p = 0; p < e->in[0].shape.dim[0] * pixels; p++) {
        const real *m = in_real(e, 1) + p / pixels * 12;
        const real *x = in_real(e, 0) + p * 3;
        for (int64_t c = 0; c < 3; c++) {
            double sum = (double)m[4 * c + 3];
            for (int64_t k = 0; k < 3; k++)
                sum += (double)m[4 * c + k] * (double)x[k];
            out_real(e, 0)[p * 3 + c] = (real)sum;
        }
    }
    return IDI_OK;
}

IDI_CPU_OP(color_mix_grad)
{
    const int64_t pixels = pixels_of(e);
    for (int64_t p = 0; p < e->in[0].shape.dim[0] * pixels; p++) {
        const real *m = in_real(e, 1) + p / pixels * 12;
        const real *dy = in_real(e, 0) + p * 3;
        for (int64_t k = 0; k < 3; k++) {
            double sum = 0.0;
            for (int64_t c = 0; c < 3; c++)
                sum += (double)m[4 * c + k] * (double)dy[c];
            out_real(e, 0)[p * 3 + k] = (real)sum;
        }
    }
    return IDI_OK;
}
