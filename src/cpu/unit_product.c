/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/unit_product.c - ops/unit_product.h as loops. */
#include "ops/unit_product.h"
#include "cpu/cpu.h"

#include <math.h>

static const double shortest = 1e-12;

/* Row by row, which is how the matrix lies. */
static void multiply(const idi_exec *e, bool is_transposed, double *product)
{
    const int64_t rows = e->in[0].shape.dim[0];
    const int64_t columns = idi_shape_count(&e->in[0].shape) / rows;
    const real *x = in_real(e, 1);
    for (int64_t i = 0; i < (is_transposed ? columns : rows); i++)
        product[i] = 0.0;
    for (int64_t r = 0; r < rows; r++) {
        const real *row = in_real(e, 0) + r * columns;
        for (int64_t k = 0; k < columns; k++)
            if (is_transposed)
                product[k] += (double)row[k] * (double)x[r];
            else
                product[r] += (double)row[k] * (double)x[k];
    }
}

IDI_CPU_OP(unit_product)
{
    const idi_unit_product_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    double *product = e->workspace;
    double squares = 0.0;
    multiply(e, attr->is_transposed, product);
    for (int64_t i = 0; i < count; i++)
        squares += product[i] * product[i];
    for (int64_t i = 0; i < count; i++)
        out_real(e, 0)[i] = (real)(product[i] / fmax(sqrt(squares), shortest));
    return IDI_OK;
}

IDI_CPU_WORKSPACE(unit_product)
{
    return (size_t)idi_shape_count(&e->out[0].shape) * sizeof(double);
}
