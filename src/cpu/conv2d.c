/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/conv2d.c - ops/conv2d.h as loops. */
#include "ops/conv2d.h"
#include "cpu/act.h"
#include "cpu/cpu.h"

/* x [N, H, W, C], w [O, kh, kw, C/groups], z [N, H', W', O]. Arrays are dense, so that an element
 * is found by Horner's rule. */
typedef struct geometry {
    const idi_conv2d_attr *attr;
    const int64_t *x;
    const int64_t *w;
    const int64_t *z;
} geometry;

static int64_t x_index(const geometry *g, int64_t n, int64_t iy, int64_t ix, int64_t c)
{
    return ((n * g->x[1] + iy) * g->x[2] + ix) * g->x[3] + c;
}

static int64_t w_index(const geometry *g, int64_t o, int64_t ky, int64_t kx, int64_t c)
{
    return ((o * g->w[1] + ky) * g->w[2] + kx) * g->w[3] + c;
}

static int64_t z_index(const geometry *g, int64_t n, int64_t oy, int64_t ox, int64_t o)
{
    return ((n * g->z[1] + oy) * g->z[2] + ox) * g->z[3] + o;
}

static bool is_inside(int64_t at, int64_t size)
{
    return at >= 0 && at < size;
}

/* The sum over the window of output pixel (oy, ox), output channel o. */
static double window_sum(const geometry *g, const real *x, const real *w, int64_t n, int64_t oy,
                         int64_t ox, int64_t o)
{
    const int64_t first_channel = o / (g->w[0] / g->attr->groups) * g->w[3];
    double sum = 0.0;
    for (int64_t ky = 0; ky < g->w[1]; ky++)
        for (int64_t kx = 0; kx < g->w[2]; kx++) {
            const int64_t iy = oy * g->attr->stride - g->attr->pad + ky;
            const int64_t ix = ox * g->attr->stride - g->attr->pad + kx;
            if (!is_inside(iy, g->x[1]) || !is_inside(ix, g->x[2])) continue;
            for (int64_t c = 0; c < g->w[3]; c++)
                sum += (double)x[x_index(g, n, iy, ix, first_channel + c)] *
                       (double)w[w_index(g, o, ky, kx, c)];
        }
    return sum;
}

IDI_CPU_OP(conv2d)
{
    const geometry g = {e->attr, e->in[0].shape.dim, e->in[1].shape.dim, e->out[0].shape.dim};
    const real *bias = in_real(e, 2);
    const real *residual = in_real(e, 3);
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t o = i % g.z[3];
        const int64_t ox = i / g.z[3] % g.z[2];
        const int64_t oy = i / (g.z[3] * g.z[2]) % g.z[1];
        const int64_t n = i / (g.z[3] * g.z[2] * g.z[1]);
        double sum = window_sum(&g, in_real(e, 0), in_real(e, 1), n, oy, ox, o);
        sum = act_value(g.attr->act, bias ? sum + (double)bias[o] : sum);
        out_real(e, 0)[i] = (real)(residual ? sum + (double)residual[i] : sum);
    }
    return IDI_OK;
}

/* All products that x[n, iy, ix, channel] takes part in. */
static double input_sum(const geometry *g, const real *dz, const real *w, int64_t n, int64_t iy,
                        int64_t ix, int64_t channel)
{
    const int64_t group_out = g->w[0] / g->attr->groups;
    const int64_t first_out = channel / g->w[3] * group_out;
    double sum = 0.0;
    for (int64_t ky = 0; ky < g->w[1]; ky++)
        for (int64_t kx = 0; kx < g->w[2]; kx++) {
            const int64_t y = iy + g->attr->pad - ky; /* stride*oy, if there is such an oy */
            const int64_t x = ix + g->attr->pad - kx;
            if (y < 0 || x < 0 || y % g->attr->stride || x % g->attr->stride) continue;
            const int64_t oy = y / g->attr->stride;
            const int64_t ox = x / g->attr->stride;
            if (oy >= g->z[1] || ox >= g->z[2]) continue;
            for (int64_t o = first_out; o < first_out + group_out; o++)
                sum += (double)dz[z_index(g, n, oy, ox, o)] *
                       (double)w[w_index(g, o, ky, kx, channel % g->w[3])];
        }
    return sum;
}

IDI_CPU_OP(conv2d_grad_input)
{
    const geometry g = {e->attr, e->out[0].shape.dim, e->in[1].shape.dim, e->in[0].shape.dim};
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t c = i % g.x[3];
        const int64_t ix = i / g.x[3] % g.x[2];
        const int64_t iy = i / (g.x[3] * g.x[2]) % g.x[1];
        const int64_t n = i / (g.x[3] * g.x[2] * g.x[1]);
        out_real(e, 0)[i] = (real)input_sum(&g, in_real(e, 0), in_real(e, 1), n, iy, ix, c);
    }
    return IDI_OK;
}

/* All products that w[o, ky, kx, c] takes part in. */
static double weight_sum(const geometry *g, const real *dz, const real *x, int64_t o, int64_t ky,
                         int64_t kx, int64_t c)
{
    const int64_t first_channel = o / (g->w[0] / g->attr->groups) * g->w[3];
    double sum = 0.0;
    for (int64_t n = 0; n < g->z[0]; n++)
        for (int64_t oy = 0; oy < g->z[1]; oy++)
            for (int64_t ox = 0; ox < g->z[2]; ox++) {
                const int64_t iy = oy * g->attr->stride - g->attr->pad + ky;
                const int64_t ix = ox * g->attr->stride - g->attr->pad + kx;
                if (!is_inside(iy, g->x[1]) || !is_inside(ix, g->x[2])) continue;
                sum += (double)dz[z_index(g, n, oy, ox, o)] *
                       (double)x[x_index(g, n, iy, ix, first_channel + c)];
            }
    return sum;
}

IDI_CPU_OP(conv2d_grad_weight)
{
    const geometry g = {e->attr, e->in[1].shape.dim, e->out[0].shape.dim, e->in[0].shape.dim};
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t c = i % g.w[3];
        const int64_t kx = i / g.w[3] % g.w[2];
        const int64_t ky = i / (g.w[3] * g.w[2]) % g.w[1];
        const int64_t o = i / (g.w[3] * g.w[2] * g.w[1]);
        out_real(e, 0)[i] = (real)weight_sum(&g, in_real(e, 0), in_real(e, 1), o, ky, kx, c);
    }
    return IDI_OK;
}
