/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/max_pool.c - ops/max_pool.h as loops. */
#include "ops/max_pool.h"
#include "cpu/cpu.h"

/* Where the largest of y's element `index` lies in x; of equals, the first. in, out: shapes. */
static int64_t largest(const idi_max_pool_attr *attr, const real *x, const int64_t *in,
                       const int64_t *out, int64_t index)
{
    const int64_t c = index % out[3];
    const int64_t j = index / out[3] % out[2] * attr->stride;
    const int64_t i = index / (out[3] * out[2]) % out[1] * attr->stride;
    const int64_t n = index / (out[3] * out[2] * out[1]);
    int64_t at = -1;
    for (int64_t a = i; a < i + attr->kernel; a++)
        for (int64_t b = j; b < j + attr->kernel; b++) {
            const int64_t here = ((n * in[1] + a) * in[2] + b) * in[3] + c;
            if (at < 0 || x[here] > x[at]) at = here;
        }
    return at;
}

IDI_CPU_OP(max_pool)
{
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *x = in_real(e, 0);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++)
        out_real(e, 0)[i] = x[largest(e->attr, x, e->in[0].shape.dim, e->out[0].shape.dim, i)];
    return IDI_OK;
}

IDI_CPU_OP(max_pool_grad)
{
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *dy = in_real(e, 0);
    const real *x = in_real(e, 1);
    real *dx = out_real(e, 0);
    for (int64_t i = 0; i < idi_shape_count(&e->out[0].shape); i++)
        dx[i] = (real)0;
    for (int64_t i = 0; i < count; i++)
        dx[largest(e->attr, x, e->out[0].shape.dim, e->in[0].shape.dim, i)] += dy[i];
    return IDI_OK;
}
