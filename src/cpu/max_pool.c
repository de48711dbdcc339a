/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/max_pool.c - ops/max_pool.h as loops. */
#include "ops/max_pool.h"
#include "cpu/cpu.h"

/* Where the largest of output (n, i, j, c)'s block lies; of equals, the first. */
static int64_t largest(const real *x, const int64_t *in, int64_t n, int64_t i, int64_t j, int64_t c)
{
    int64_t at = -1;
    for (int64_t a = 2 * i; a < 2 * i + 2; a++)
        for (int64_t b = 2 * j; b < 2 * j + 2; b++) {
            const int64_t here = ((n * in[1] + a) * in[2] + b) * in[3] + c;
            if (at < 0 || x[here] > x[at]) at = here;
        }
    return at;
}

IDI_CPU_OP(max_pool)
{
    const int64_t *out = e->out[0].shape.dim;
    const real *x = in_real(e, 0);
    real *y = out_real(e, 0);
    for (int64_t n = 0; n < out[0]; n++)
        for (int64_t i = 0; i < out[1]; i++)
            for (int64_t j = 0; j < out[2]; j++)
                for (int64_t c = 0; c < out[3]; c++)
                    *y++ = x[largest(x, e->in[0].shape.dim, n, i, j, c)];
    return IDI_OK;
}

IDI_CPU_OP(max_pool_grad)
{
    const int64_t *out = e->in[0].shape.dim;
    const real *dy = in_real(e, 0);
    const real *x = in_real(e, 1);
    real *dx = out_real(e, 0);
    for (int64_t i = 0; i < idi_shape_count(&e->out[0].shape); i++)
        dx[i] = (real)0;
    for (int64_t n = 0; n < out[0]; n++)
        for (int64_t i = 0; i < out[1]; i++)
            for (int64_t j = 0; j < out[2]; j++)
                for (int64_t c = 0; c < out[3]; c++)
                    dx[largest(x, e->out[0].shape.dim, n, i, j, c)] = *dy++;
    return IDI_OK;
}
