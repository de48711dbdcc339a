/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/pixel_transformer.c - ops/pixel_transformer.h as loops, a pixel at a time. */
#include "ops/pixel_transformer.h"
#include "cpu/act.h"
#include "cpu/root.h"

#include <math.h>

/* One pixel's numbers, in the workspace. */
typedef struct pixel {
    const idi_exec *e;
    idi_pixel_transformer_sizes n;
    double eps;
    int64_t sample;
    double *z;   /* [K]: u, 1, softmax weights */
    double *sum; /* [P] */
} pixel;

static const real *matrix(const pixel *p, int input)
{
    const idi_shape *shape = &p->e->in[input].shape;
    const int64_t each = shape->rank == 3 ? shape->dim[1] * shape->dim[2] : 0;
    return in_real(p->e, input) + p->sample * each;
}

static void softmax(double *t, int64_t count)
{
    double largest = -INFINITY;
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, t[i]);
    for (int64_t i = 0; i < count; i++)
        sum += t[i] = exp(t[i] - largest);
    for (int64_t i = 0; i < count; i++)
        t[i] /= sum;
}

/* Fills z from u. */
static void attend(const pixel *p, const real *u)
{
    const int64_t first = p->n.channels + 1;
    const real *scores = matrix(p, 3);
    for (int64_t c = 0; c < p->n.channels; c++)
        p->z[c] = (double)u[c];
    p->z[p->n.channels] = 1.0;
    const double sigma = sqrt(root_variance(matrix(p, 2), p->z, first) + p->eps);
    for (int64_t s = 0; s < p->n.attended; s++) {
        const real *row = scores + s * (first + 1);
        double sum = 0.0;
        for (int64_t c = 0; c < first; c++)
            sum += (double)row[c] * p->z[c];
        p->z[first + s] = sum / sigma + (double)row[first];
    }
    for (int64_t h = 0; h < p->n.heads; h++)
        softmax(p->z + first + h * p->n.tokens, p->n.tokens);
}

/* Column j of z [model; reference]. */
static double column(const pixel *p, int64_t j)
{
    const int64_t first = p->n.channels + 1;
    const int64_t columns = 2 * p->n.hidden + p->n.out;
    const real *model = matrix(p, 5);
    const real *reference = matrix(p, 6);
    double sum = 0.0;
    for (int64_t k = 0; k < p->n.width; k++)
        sum += p->z[k] *
               (double)(k < first ? model[k * columns + j] : reference[(k - first) * columns + j]);
    return sum;
}

static void mix(const pixel *p)
{
    const int64_t hidden = p->n.hidden;
    const real *bias = matrix(p, 7);
    const real *weight = matrix(p, 8);
    const double sigma = sqrt(root_variance(matrix(p, 4), p->z, p->n.width) + p->eps);
    for (int64_t c = 0; c < p->n.out; c++)
        p->sum[c] = column(p, 2 * hidden + c) + (double)bias[2 * hidden + c];
    for (int64_t f = 0; f < hidden; f++) {
        const double value = column(p, f) / sigma + (double)bias[f];
        const double gate = column(p, hidden + f) / sigma + (double)bias[hidden + f];
        const double middle = value * act_value(IDI_ACT_GELU, gate);
        for (int64_t c = 0; c < p->n.out; c++)
            p->sum[c] += middle * (double)weight[c * hidden + f];
    }
}

IDI_CPU_OP(pixel_transformer)
{
    pixel p = {.e = e,
               .n = idi_pixel_transformer_sizes_of(e),
               .eps = ((const idi_pixel_transformer_attr *)e->attr)->eps,
               .z = e->workspace};
    p.sum = p.z + p.n.width;
    for (int64_t i = 0; i < p.n.batch * p.n.pixels; i++) {
        p.sample = i / p.n.pixels;
        attend(&p, in_real(e, 0) + i * p.n.channels);
        mix(&p);
        for (int64_t c = 0; c < p.n.out; c++)
            out_real(e, 0)[i * p.n.out + c] =
                (real)((double)in_real(e, 1)[i * p.n.out + c] + p.sum[c]);
    }
    return IDI_OK;
}

IDI_CPU_WORKSPACE(pixel_transformer)
{
    const idi_pixel_transformer_sizes n = idi_pixel_transformer_sizes_of(e);
    return (size_t)(n.width + n.out) * sizeof(double);
}
