/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/grouped_linear.c - one sgemm a token, the tokens shared out among the cores. */
#include "ops/grouped_linear.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/vector.h"

#include <cblas.h>
#include <string.h>

IDI_FAST_OP(grouped_linear)
{
    const idi_grouped_linear_attr *attr = e->attr;
    const int64_t batch = e->in[0].shape.dim[0];
    const int64_t groups = e->in[0].shape.dim[1];
    const int64_t inner = e->in[0].shape.dim[2];
    const int64_t width = e->out[0].shape.dim[2];
    const float *x = e->in[0].data;
    const float *weight = e->in[1].data;
    const float *bias = e->in[2].data;
#pragma omp parallel for schedule(static)
    for (int64_t g = 0; g < groups; g++) {
        float *y = (float *)e->out[0].data + g * width;
        for (int64_t n = 0; n < batch; n++)
            memcpy(y + n * groups * width, bias + g * width, (size_t)width * sizeof *y);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)batch, (int)width, (int)inner,
                    1.0F, x + g * inner, (int)(groups * inner), weight + g * width * inner,
                    (int)inner, 1.0F, y, (int)(groups * width));
        for (int64_t n = 0; n < batch; n++)
            fast_activate_serial(y + n * groups * width, width, attr->act);
    }
    return IDI_OK;
}

IDI_FAST_OP(grouped_linear_grad)
{
    const int64_t batch = e->in[0].shape.dim[0];
    const int64_t groups = e->in[0].shape.dim[1];
    const int64_t inner = e->in[0].shape.dim[2];
    const int64_t width = e->in[2].shape.dim[2];
    float *dx = e->out[0].data;
    float *dweight = e->out[1].data;
    float *dbias = e->out[2].data;
#pragma omp parallel for schedule(static)
    for (int64_t g = 0; g < groups; g++) {
        const float *x = (const float *)e->in[0].data + g * inner;
        const float *weight = (const float *)e->in[1].data + g * width * inner;
        const float *dz = (const float *)e->in[2].data + g * width;
        if (dx)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)batch, (int)inner,
                        (int)width, 1.0F, dz, (int)(groups * width), weight, (int)inner, 0.0F,
                        dx + g * inner, (int)(groups * inner));
        if (dweight)
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)width, (int)inner, (int)batch,
                        1.0F, dz, (int)(groups * width), x, (int)(groups * inner), 0.0F,
                        dweight + g * width * inner, (int)inner);
        if (!dbias) continue;
        memcpy(dbias + g * width, dz, (size_t)width * sizeof *dz);
        for (int64_t n = 1; n < batch; n++)
            for (int64_t p = 0; p < width; p++)
                dbias[g * width + p] += dz[n * groups * width + p];
    }
    return IDI_OK;
}
