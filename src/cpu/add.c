/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/add.c - ops/add.h as loops. */
#include "cpu/cpu.h"

IDI_CPU_OP(add)
{
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *a = in_real(e, 0);
    const real *b = in_real(e, 1);
    real *y = out_real(e, 0);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++)
        y[i] = a[i] + b[i];
    return IDI_OK;
}
