/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/linear.c - ops/linear.h as loops. */
#include "ops/linear.h"
#include "cpu/act.h"
#include "cpu/cpu.h"

IDI_CPU_OP(linear)
{
    const idi_linear_attr *attr = e->attr;
    const int64_t inner = e->in[1].shape.dim[1];
    const int64_t columns = e->in[1].shape.dim[0];
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const real *bias = in_real(e, 2);
    const real *residual = in_real(e, 3);
    for (int64_t i = 0; i < rows * columns; i++) {
        const real *x = in_real(e, 0) + i / columns * inner;
        const real *w = in_real(e, 1) + i % columns * inner;
        double sum = bias ? (double)bias[i % columns] : 0.0;
        for (int64_t k = 0; k < inner; k++)
            sum += (double)x[k] * (double)w[k];
        sum = act_value(attr->act, sum);
        out_real(e, 0)[i] = (real)(residual ? sum + (double)residual[i] : sum);
    }
    return IDI_OK;
}
