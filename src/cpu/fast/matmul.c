/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/matmul.c - one sgemm a matrix. */
#include "ops/matmul.h"
#include "cpu/fast/fast.h"

#include <cblas.h>

IDI_FAST_OP(matmul)
{
    const idi_matmul_attr *attr = e->attr;
    const int r = e->in[0].shape.rank;
    const int64_t batch = r == 3 ? e->in[0].shape.dim[0] : 1;
    const int64_t rows = e->out[0].shape.dim[r - 2];
    const int64_t columns = e->out[0].shape.dim[r - 1];
    const int64_t inner = e->in[0].shape.dim[attr->is_a_transposed ? r - 2 : r - 1];
    for (int64_t i = 0; i < batch; i++)
        cblas_sgemm(CblasRowMajor, attr->is_a_transposed ? CblasTrans : CblasNoTrans,
                    attr->is_b_transposed ? CblasTrans : CblasNoTrans, (int)rows, (int)columns,
                    (int)inner, 1.0F, (const float *)e->in[0].data + i * rows * inner,
                    (int)(attr->is_a_transposed ? rows : inner),
                    (const float *)e->in[1].data + i * inner * columns,
                    (int)(attr->is_b_transposed ? inner : columns), 0.0F,
                    (float *)e->out[0].data + i * rows * columns, (int)columns);
    return IDI_OK;
}
