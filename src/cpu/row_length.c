/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/row_length.c - ops/row_length.h as loops. */
#include "ops/row_length.h"
#include "cpu/cpu.h"

#include <math.h>

IDI_CPU_OP(row_length)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    for (int64_t r = 0; r < idi_shape_rows(&e->in[0].shape); r++) {
        double squares = 0.0;
        for (int64_t j = 0; j < width; j++) {
            const double x = (double)in_real(e, 0)[r * width + j];
            squares += x * x;
        }
        out_real(e, 0)[r] = (real)sqrt(squares);
    }
    return IDI_OK;
}
