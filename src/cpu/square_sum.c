/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/square_sum.c - ops/square_sum.h as loops. */
#include "ops/square_sum.h"
#include "cpu/cpu.h"

IDI_CPU_OP(square_sum)
{
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *x = in_real(e, 0);
    double sum = in_real(e, 1) ? (double)in_real(e, 1)[0] : 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    out_real(e, 0)[0] = (real)sum;
    return IDI_OK;
}
