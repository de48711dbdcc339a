/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/row_sum.c - ops/row_sum.h as loops. */
#include "cpu/cpu.h"

IDI_CPU_OP(row_sum)
{
    const int64_t columns = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const real *x = in_real(e, 0);
    for (int64_t c = 0; c < columns; c++) {
        double sum = 0.0;
        for (int64_t r = 0; r < rows; r++)
            sum += (double)x[r * columns + c];
        out_real(e, 0)[c] = (real)sum;
    }
    return IDI_OK;
}
