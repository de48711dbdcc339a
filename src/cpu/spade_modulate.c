/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/spade_modulate.c - ops/spade_modulate.h as loops. */
#include "ops/spade_modulate.h"
#include "cpu/act.h"
#include "cpu/norm.h"

/* One group of one sample. */
typedef struct group {
    norm_block block;
    norm_stats stats;
    int64_t start; /* its first element in x */
} group;

static group group_of(const idi_exec *e, int64_t index)
{
    const idi_spade_modulate_attr *attr = e->attr;
    const idi_shape *shape = &e->in[0].shape;
    const int64_t channels = shape->dim[3];
    const int64_t width = channels / attr->groups;
    group g = {.block = {shape->dim[1] * shape->dim[2], width, channels}};
    g.start = index / attr->groups * g.block.rows * channels + index % attr->groups * width;
    g.stats = norm_measure(in_real(e, 0) + g.start, &g.block, attr->eps);
    return g;
}

static double modulate(const idi_exec *e, int64_t at, double xhat)
{
    return xhat * (1.0 + (double)in_real(e, 1)[at]) + (double)in_real(e, 2)[at];
}

IDI_CPU_OP(spade_modulate)
{
    const idi_spade_modulate_attr *attr = e->attr;
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * attr->groups; i++) {
        const group g = group_of(e, i);
        for (int64_t r = 0; r < g.block.rows; r++)
            for (int64_t j = 0; j < g.block.width; j++) {
                const int64_t at = g.start + r * g.block.stride + j;
                const double xhat = norm_apply(&g.stats, in_real(e, 0)[at]);
                out_real(e, 0)[at] = (real)act_value(attr->act, modulate(e, at, xhat));
            }
    }
    return IDI_OK;
}

/* dz, the gradient before the activation. */
static double before_activation(const idi_exec *e, int64_t at, double xhat)
{
    const idi_spade_modulate_attr *attr = e->attr;
    const double z = modulate(e, at, xhat);
    return (double)in_real(e, 3)[at] * act_slope(attr->act, z, act_value(attr->act, z));
}

/* The maps' gradients over a group, and sum_g and sum_gx of norm_back. */
static void group_sums(const idi_exec *e, const group *g, double *sum_g_out, double *sum_gx_out)
{
    double sum_g = 0.0;
    double sum_gx = 0.0;
    for (int64_t r = 0; r < g->block.rows; r++)
        for (int64_t j = 0; j < g->block.width; j++) {
            const int64_t at = g->start + r * g->block.stride + j;
            const double xhat = norm_apply(&g->stats, in_real(e, 0)[at]);
            const double dz = before_activation(e, at, xhat);
            const double dxhat = dz * (1.0 + (double)in_real(e, 1)[at]);
            sum_g += dxhat;
            sum_gx += dxhat * xhat;
            if (out_real(e, 1)) out_real(e, 1)[at] = (real)(dz * xhat);
            if (out_real(e, 2)) out_real(e, 2)[at] = (real)dz;
        }
    const double count = (double)(g->block.rows * g->block.width);
    *sum_g_out = sum_g / count;
    *sum_gx_out = sum_gx / count;
}

IDI_CPU_OP(spade_modulate_grad)
{
    const idi_spade_modulate_attr *attr = e->attr;
    real *dx = out_real(e, 0);
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * attr->groups; i++) {
        const group g = group_of(e, i);
        double sum_g;
        double sum_gx;
        group_sums(e, &g, &sum_g, &sum_gx);
        for (int64_t r = 0; dx && r < g.block.rows; r++)
            for (int64_t j = 0; j < g.block.width; j++) {
                const int64_t at = g.start + r * g.block.stride + j;
                const double xhat = norm_apply(&g.stats, in_real(e, 0)[at]);
                const double dxhat =
                    before_activation(e, at, xhat) * (1.0 + (double)in_real(e, 1)[at]);
                dx[at] = (real)norm_back(&g.stats, dxhat, xhat, sum_g, sum_gx);
            }
    }
    return IDI_OK;
}
