/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/layer_norm.c - ops/layer_norm.h as loops. */
#include "ops/layer_norm.h"
#include "cpu/norm.h"

IDI_CPU_OP(layer_norm)
{
    const idi_layer_norm_attr *attr = e->attr;
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const norm_block block = {1, width, width};
    const real *gamma = in_real(e, 1);
    const real *beta = in_real(e, 2);
    for (int64_t r = 0; r < rows; r++) {
        const real *x = in_real(e, 0) + r * width;
        const norm_stats stats = norm_measure(x, &block, attr->eps);
        for (int64_t j = 0; j < width; j++)
            out_real(e, 0)[r * width + j] =
                (real)((double)gamma[j] * norm_apply(&stats, x[j]) + (double)beta[j]);
    }
    return IDI_OK;
}

static void row_back(const idi_exec *e, int64_t row, const norm_stats *stats)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const real *x = in_real(e, 0) + row * width;
    const real *gamma = in_real(e, 1);
    const real *dy = in_real(e, 2) + row * width;
    double sum_g = 0.0;
    double sum_gx = 0.0;
    for (int64_t j = 0; j < width; j++) {
        const double g = (double)dy[j] * (double)gamma[j];
        sum_g += g;
        sum_gx += g * norm_apply(stats, x[j]);
    }
    for (int64_t j = 0; j < width; j++)
        out_real(e, 0)[row * width + j] =
            (real)norm_back(stats, (double)dy[j] * (double)gamma[j], norm_apply(stats, x[j]),
                            sum_g / (double)width, sum_gx / (double)width);
}

/* The row's part of dgamma and dbeta. */
static void add_row(const idi_exec *e, int64_t row, const norm_stats *stats)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const real *x = in_real(e, 0) + row * width;
    const real *dy = in_real(e, 2) + row * width;
    real *dgamma = out_real(e, 1);
    real *dbeta = out_real(e, 2);
    for (int64_t j = 0; j < width; j++) {
        if (dgamma)
            dgamma[j] =
                (real)((row ? (double)dgamma[j] : 0.0) + (double)dy[j] * norm_apply(stats, x[j]));
        if (dbeta) dbeta[j] = (real)((row ? (double)dbeta[j] : 0.0) + (double)dy[j]);
    }
}

IDI_CPU_OP(layer_norm_grad)
{
    const idi_layer_norm_attr *attr = e->attr;
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const norm_block block = {1, width, width};
    for (int64_t r = 0; r < idi_shape_rows(&e->in[0].shape); r++) {
        const norm_stats stats = norm_measure(in_real(e, 0) + r * width, &block, attr->eps);
        if (out_real(e, 0)) row_back(e, r, &stats);
        add_row(e, r, &stats);
    }
    return IDI_OK;
}
