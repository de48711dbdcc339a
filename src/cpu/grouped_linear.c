/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/grouped_linear.c - ops/grouped_linear.h as loops. */
#include "ops/grouped_linear.h"
#include "cpu/act.h"
#include "cpu/cpu.h"

IDI_CPU_OP(grouped_linear)
{
    const idi_grouped_linear_attr *attr = e->attr;
    const int64_t groups = e->in[0].shape.dim[1];
    const int64_t inner = e->in[0].shape.dim[2];
    const int64_t width = e->out[0].shape.dim[2];
    const int64_t rows = e->in[1].shape.dim[0]; /* G*P */
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * rows; i++) {
        const int64_t row = i % rows;
        const real *x = in_real(e, 0) + (i / rows * groups + row / width) * inner;
        const real *w = in_real(e, 1) + row * inner;
        double sum = (double)in_real(e, 2)[row];
        for (int64_t k = 0; k < inner; k++)
            sum += (double)x[k] * (double)w[k];
        out_real(e, 0)[i] = (real)act_value(attr->act, sum);
    }
    return IDI_OK;
}

/* dx[n, g, k] = sum over p of dz[n, g, p] W_g[p, k] */
static void grad_input(const idi_exec *e, int64_t groups, int64_t inner, int64_t width)
{
    const int64_t tokens = e->in[0].shape.dim[0] * groups;
    for (int64_t t = 0; t < tokens; t++)
        for (int64_t k = 0; k < inner; k++) {
            const real *dz = in_real(e, 2) + t * width;
            const real *w = in_real(e, 1) + t % groups * width * inner + k;
            double sum = 0.0;
            for (int64_t p = 0; p < width; p++)
                sum += (double)dz[p] * (double)w[p * inner];
            out_real(e, 0)[t * inner + k] = (real)sum;
        }
}

/* dW_g[p, k] = sum over n of dz[n, g, p] x[n, g, k] */
static void grad_weight(const idi_exec *e, int64_t groups, int64_t inner, int64_t width)
{
    const int64_t batch = e->in[0].shape.dim[0];
    for (int64_t i = 0; i < groups * width * inner; i++) {
        const int64_t row = i / inner;
        const real *x = in_real(e, 0) + row / width * inner + i % inner;
        double sum = 0.0;
        for (int64_t n = 0; n < batch; n++)
            sum += (double)in_real(e, 2)[n * groups * width + row] * (double)x[n * groups * inner];
        out_real(e, 1)[i] = (real)sum;
    }
}

IDI_CPU_OP(grouped_linear_grad)
{
    const int64_t batch = e->in[0].shape.dim[0];
    const int64_t groups = e->in[0].shape.dim[1];
    const int64_t inner = e->in[0].shape.dim[2];
    const int64_t width = e->in[2].shape.dim[2];
    if (out_real(e, 0)) grad_input(e, groups, inner, width);
    if (out_real(e, 1)) grad_weight(e, groups, inner, width);
    if (!out_real(e, 2)) return IDI_OK;
    for (int64_t row = 0; row < groups * width; row++) {
        double sum = 0.0;
        for (int64_t n = 0; n < batch; n++)
            sum += (double)in_real(e, 2)[n * groups * width + row];
        out_real(e, 2)[row] = (real)sum;
    }
    return IDI_OK;
}
