/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/matmul.c - ops/matmul.h as loops. */
#include "ops/matmul.h"
#include "cpu/cpu.h"

IDI_CPU_OP(matmul)
{
    const idi_matmul_attr *attr = e->attr;
    const int r = e->in[0].shape.rank;
    const int64_t batch = r == 3 ? e->in[0].shape.dim[0] : 1;
    const int64_t rows = e->out[0].shape.dim[r - 2];
    const int64_t columns = e->out[0].shape.dim[r - 1];
    const int64_t inner = e->in[0].shape.dim[attr->is_a_transposed ? r - 2 : r - 1];
    for (int64_t i = 0; i < batch * rows * columns; i++) {
        const int64_t m = i / columns % rows;
        const int64_t p = i % columns;
        const real *a = in_real(e, 0) + i / (rows * columns) * rows * inner;
        const real *b = in_real(e, 1) + i / (rows * columns) * inner * columns;
        double sum = 0.0;
        for (int64_t k = 0; k < inner; k++)
            sum += (double)a[attr->is_a_transposed ? k * rows + m : m * inner + k] *
                   (double)b[attr->is_b_transposed ? p * inner + k : k * columns + p];
        out_real(e, 0)[i] = (real)sum;
    }
    return IDI_OK;
}
