/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fold_norm.c - ops/fold_norm.h as loops. */
#include "ops/fold_norm.h"
#include "cpu/cpu.h"

IDI_CPU_OP(fold_norm)
{
    const int64_t width = e->in[0].shape.dim[1];
    const real *gamma = in_real(e, 1);
    for (int64_t o = 0; o < e->in[0].shape.dim[0]; o++) {
        const real *w = in_real(e, 0) + o * width;
        double sum = 0.0;
        for (int64_t d = 0; d < width; d++)
            sum += (double)w[d] * (double)gamma[d];
        for (int64_t d = 0; d < width; d++)
            out_real(e, 0)[o * width + d] =
                (real)((double)w[d] * (double)gamma[d] - sum / (double)width);
    }
    return IDI_OK;
}
