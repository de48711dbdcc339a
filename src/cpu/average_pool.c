/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/average_pool.c - ops/average_pool.h as loops. */
#include "ops/average_pool.h"
#include "cpu/cpu.h"

/* The lines [begin, end) of `size` that line i of the output averages. */
typedef struct range {
    int64_t begin, end;
} range;

static range window(int64_t i, int64_t size)
{
    return (range){i > 0 ? 2 * i - 1 : 0, 2 * i + 2 < size ? 2 * i + 2 : size};
}

static int64_t length(range r)
{
    return r.end - r.begin;
}

/* The lines of the output, of `size`, that read line i. */
static range readers(int64_t i, int64_t size)
{
    const int64_t end = (i + 1) / 2 + 1;
    return (range){i / 2, end < size ? end : size};
}

IDI_CPU_OP(average_pool)
{
    const int64_t *in = e->in[0].shape.dim;
    const int64_t *out = e->out[0].shape.dim;
    real *y = out_real(e, 0);
    for (int64_t n = 0; n < out[0]; n++)
        for (int64_t i = 0; i < out[1]; i++)
            for (int64_t j = 0; j < out[2]; j++)
                for (int64_t c = 0; c < out[3]; c++) {
                    const range rows = window(i, in[1]);
                    const range columns = window(j, in[2]);
                    double sum = 0.0;
                    for (int64_t a = rows.begin; a < rows.end; a++)
                        for (int64_t b = columns.begin; b < columns.end; b++)
                            sum += (double)in_real(e, 0)[((n * in[1] + a) * in[2] + b) * in[3] + c];
                    *y++ = (real)(sum / (double)(length(rows) * length(columns)));
                }
    return IDI_OK;
}

IDI_CPU_OP(average_pool_grad)
{
    const int64_t *out = e->in[0].shape.dim;
    const int64_t *in = e->out[0].shape.dim;
    real *dx = out_real(e, 0);
    for (int64_t n = 0; n < in[0]; n++)
        for (int64_t i = 0; i < in[1]; i++)
            for (int64_t j = 0; j < in[2]; j++)
                for (int64_t c = 0; c < in[3]; c++) {
                    const range rows = readers(i, out[1]);
                    const range columns = readers(j, out[2]);
                    double sum = 0.0;
                    for (int64_t a = rows.begin; a < rows.end; a++)
                        for (int64_t b = columns.begin; b < columns.end; b++)
                            sum += (double)in_real(
                                       e, 0)[((n * out[1] + a) * out[2] + b) * out[3] + c] /
                                   (double)(length(window(a, in[1])) * length(window(b, in[2])));
                    *dx++ = (real)sum;
                }
    return IDI_OK;
}
