/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/unit_product.c - ops/unit_product.h as loops. */
#include "ops/unit_product.h"
#include "cpu/cpu.h"

#include <math.h>

static const double shortest = 1e-12;

/* Element i of the product with `count` elements: a row, or a column, times x. */
static double element(const idi_exec *e, int64_t i)
{
    const idi_unit_product_attr *attr = e->attr;
    const int64_t rows = e->in[0].shape.dim[0];
    const int64_t columns = idi_shape_count(&e->in[0].shape) / rows;
    const real *m = in_real(e, 0);
    const real *x = in_real(e, 1);
    double sum = 0.0;
    if (attr->is_transposed)
        for (int64_t r = 0; r < rows; r++)
            sum += (double)m[r * columns + i] * (double)x[r];
    else
        for (int64_t k = 0; k < columns; k++)
            sum += (double)m[i * columns + k] * (double)x[k];
    return sum;
}

IDI_CPU_OP(unit_product)
{
    const int64_t count = idi_shape_count(&e->out[0].shape);
    double *product = e->workspace;
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        product[i] = element(e, i);
        squares += product[i] * product[i];
    }
    for (int64_t i = 0; i < count; i++)
        out_real(e, 0)[i] = (real)(product[i] / fmax(sqrt(squares), shortest));
    return IDI_OK;
}

IDI_CPU_WORKSPACE(unit_product)
{
    return (size_t)idi_shape_count(&e->out[0].shape) * sizeof(double);
}
