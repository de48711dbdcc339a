/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/transpose.c - ops/transpose.h as loops. */
#include "ops/transpose.h"
#include "cpu/cpu.h"

IDI_CPU_OP(transpose)
{
    const idi_shape *in = &e->in[0].shape;
    const int64_t rows = in->dim[in->rank - 2];
    const int64_t columns = in->dim[in->rank - 1];
    const int64_t batch = in->rank == 3 ? in->dim[0] : 1;
    for (int64_t n = 0; n < batch; n++)
        for (int64_t a = 0; a < rows; a++)
            for (int64_t b = 0; b < columns; b++)
                out_real(e, 0)[(n * columns + b) * rows + a] =
                    in_real(e, 0)[(n * rows + a) * columns + b];
    return IDI_OK;
}
