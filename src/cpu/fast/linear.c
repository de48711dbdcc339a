/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/linear.c - linear by one sgemm; bias and residual enter through C, the activation is
 * applied to the rows afterwards, while they are in cache. */
#include "ops/linear.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/vector.h"

#include <cblas.h>
#include <string.h>

/* C before the product: residual + bias, or bias, or residual. Returns sgemm's beta. */
static float prepare_output(const idi_exec *e, int64_t rows, int64_t columns)
{
    const float *bias = e->in[2].data;
    const float *residual = e->in[3].data;
    float *y = e->out[0].data;
    if (!bias && !residual) return 0.0F;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        float *row = y + r * columns;
        if (!residual) {
            memcpy(row, bias, (size_t)columns * sizeof *row);
        } else if (!bias) {
            memcpy(row, residual + r * columns, (size_t)columns * sizeof *row);
        } else {
            for (int64_t p = 0; p < columns; p++)
                row[p] = bias[p] + residual[r * columns + p];
        }
    }
    return 1.0F;
}

IDI_FAST_OP(linear)
{
    const idi_linear_attr *attr = e->attr;
    const int64_t inner = e->in[1].shape.dim[1];
    const int64_t columns = e->in[1].shape.dim[0];
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    const float *weight = e->in[1].data;
    float *y = e->out[0].data;
    const float beta = prepare_output(e, rows, columns);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)inner, 1.0F,
                x, (int)inner, weight, (int)inner, beta, y, (int)columns);
    fast_activate(y, rows * columns, attr->act);
    return IDI_OK;
}
