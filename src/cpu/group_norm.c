/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/group_norm.c - ops/group_norm.h as loops. */
#include "ops/group_norm.h"
#include "cpu/act.h"
#include "cpu/norm.h"

/* One group of one sample. */
typedef struct group {
    norm_block block;
    norm_stats stats;
    int64_t start;   /* its first element in x */
    int64_t channel; /* its first channel */
} group;

static group group_of(const idi_exec *e, int64_t index)
{
    const idi_group_norm_attr *attr = e->attr;
    const idi_shape *shape = &e->in[0].shape;
    const int64_t channels = shape->dim[3];
    const int64_t width = channels / attr->groups;
    group g = {.block = {shape->dim[1] * shape->dim[2], width, channels}};
    g.channel = index % attr->groups * width;
    g.start = index / attr->groups * g.block.rows * channels + g.channel;
    g.stats = norm_measure(in_real(e, 0) + g.start, &g.block, attr->eps);
    return g;
}

static double affine(const idi_exec *e, int64_t channel, double xhat)
{
    if (!in_real(e, 1)) return xhat;
    return (double)in_real(e, 1)[channel] * xhat + (double)in_real(e, 2)[channel];
}

IDI_CPU_OP(group_norm)
{
    const idi_group_norm_attr *attr = e->attr;
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * attr->groups; i++) {
        const group g = group_of(e, i);
        for (int64_t r = 0; r < g.block.rows; r++)
            for (int64_t j = 0; j < g.block.width; j++) {
                const int64_t at = g.start + r * g.block.stride + j;
                const double xhat = norm_apply(&g.stats, in_real(e, 0)[at]);
                const double z = affine(e, g.channel + j, xhat);
                out_real(e, 0)[at] = (real)act_value(attr->act, z);
            }
    }
    return IDI_OK;
}

/* dz, the gradient before the activation. */
static double before_activation(const idi_exec *e, const group *g, int64_t at, int64_t channel)
{
    const idi_group_norm_attr *attr = e->attr;
    const double z = affine(e, channel, norm_apply(&g->stats, in_real(e, 0)[at]));
    return (double)in_real(e, 3)[at] * act_slope(attr->act, z, act_value(attr->act, z));
}

/* Over a group: sum_g and sum_gx of norm_back, and its part of dgamma and dbeta. */
static void group_sums(const idi_exec *e, const group *g, bool is_first, double *sum_g_out,
                       double *sum_gx_out)
{
    const real *gamma = in_real(e, 1);
    real *dgamma = out_real(e, 1);
    real *dbeta = out_real(e, 2);
    double sum_g = 0.0;
    double sum_gx = 0.0;
    for (int64_t j = 0; j < g->block.width; j++) {
        const int64_t c = g->channel + j;
        double sum_dz = 0.0;
        double sum_dzx = 0.0;
        for (int64_t r = 0; r < g->block.rows; r++) {
            const int64_t at = g->start + r * g->block.stride + j;
            const double dz = before_activation(e, g, at, c);
            sum_dz += dz;
            sum_dzx += dz * norm_apply(&g->stats, in_real(e, 0)[at]);
        }
        sum_g += gamma ? sum_dz * (double)gamma[c] : sum_dz;
        sum_gx += gamma ? sum_dzx * (double)gamma[c] : sum_dzx;
        if (dgamma) dgamma[c] = (real)(is_first ? sum_dzx : (double)dgamma[c] + sum_dzx);
        if (dbeta) dbeta[c] = (real)(is_first ? sum_dz : (double)dbeta[c] + sum_dz);
    }
    const double count = (double)(g->block.rows * g->block.width);
    *sum_g_out = sum_g / count;
    *sum_gx_out = sum_gx / count;
}

IDI_CPU_OP(group_norm_grad)
{
    const idi_group_norm_attr *attr = e->attr;
    const real *gamma = in_real(e, 1);
    real *dx = out_real(e, 0);
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * attr->groups; i++) {
        const group g = group_of(e, i);
        double sum_g;
        double sum_gx;
        group_sums(e, &g, i < attr->groups, &sum_g, &sum_gx);
        for (int64_t r = 0; dx && r < g.block.rows; r++)
            for (int64_t j = 0; j < g.block.width; j++) {
                const int64_t at = g.start + r * g.block.stride + j;
                const double dz = before_activation(e, &g, at, g.channel + j);
                const double dxhat = gamma ? dz * (double)gamma[g.channel + j] : dz;
                dx[at] = (real)norm_back(&g.stats, dxhat, norm_apply(&g.stats, in_real(e, 0)[at]),
                                         sum_g, sum_gx);
            }
    }
    return IDI_OK;
}
