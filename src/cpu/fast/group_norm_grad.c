/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/group_norm_grad.c - statistics of group_stats.h; then chunks of pixels, of which each
 * sums its part over channels in double; the parts are joined in order, and a second pass makes dx.
 */
#include "cpu/act.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/group_stats.h"
#include "cpu/fast/math.h"
#include "ops/group_norm.h"

/* The op's tensors and its workspace. */
typedef struct back {
    group_map map;
    group_stats stats;
    idi_act act;
    const float *x, *dy;
    double *gamma, *beta; /* [C]; 1 and 0 where they are absent */
    double *sums;         /* [samples, chunks, 2, C] of dz, and of dz*xhat */
    double
        *group_sum; /* [samples, 2, C] a group's sums of gamma*dz and gamma*dz*xhat, over count */
} back;

static back back_of(const idi_exec *e)
{
    const idi_group_norm_attr *attr = e->attr;
    back b = {.map = group_map_of(&e->in[0].shape, attr->groups),
              .act = attr->act,
              .x = e->in[0].data,
              .dy = e->in[3].data,
              .gamma = e->workspace};
    b.beta = b.gamma + b.map.channels;
    b.sums = b.beta + b.map.channels;
    b.group_sum = b.sums + b.map.samples * b.map.chunks * 2 * b.map.channels;
    b.stats = group_stats_in(&b.map, b.group_sum + b.map.samples * 2 * b.map.channels);
    return b;
}

IDI_FAST_WORKSPACE(group_norm_grad)
{
    const idi_group_norm_attr *attr = e->attr;
    const group_map m = group_map_of(&e->in[0].shape, attr->groups);
    const size_t parts = (size_t)((m.samples * (m.chunks + 1) + 1) * 2 * m.channels);
    return group_stats_bytes(&m) + parts * sizeof(double);
}

static void fill_affine(const back *b, const float *gamma, const float *beta)
{
    for (int64_t c = 0; c < b->map.channels; c++) {
        b->gamma[c] = gamma ? (double)gamma[c] : 1.0;
        b->beta[c] = beta ? (double)beta[c] : 0.0;
    }
}

/* f'(z); those of our networks without calls, so that loops over them vectorise. */
static inline double slope(idi_act act, double z)
{
    if (act == IDI_ACT_NONE) return 1.0;
    if (act == IDI_ACT_RELU) return z > 0.0 ? 1.0 : 0.0;
    if (act == IDI_ACT_SILU) {
        const float x = (float)z;
        const float s = fast_sigmoid(x);
        return (double)(s * (1.0F + x * (1.0F - s)));
    }
    return act_slope(act, z, act_value(act, z));
}

/* Runs call(act, ...) with `act` as a constant, which makes a loop of its own. */
#define WITH_ACT(act, call, ...)                                                                   \
    ((act) == IDI_ACT_NONE   ? call(IDI_ACT_NONE, __VA_ARGS__)                                     \
     : (act) == IDI_ACT_RELU ? call(IDI_ACT_RELU, __VA_ARGS__)                                     \
     : (act) == IDI_ACT_SILU ? call(IDI_ACT_SILU, __VA_ARGS__)                                     \
                             : call((act), __VA_ARGS__))

static inline void sum_pixels(idi_act act, const back *b, int64_t sample, int64_t first,
                              int64_t pixels, double *restrict sum_dz, double *restrict sum_dzx)
{
    const int64_t channels = b->map.channels;
    const float *shift = b->stats.shift + sample * channels;
    const float *scale = b->stats.scale + sample * channels;
    const float *offset = b->stats.offset + sample * channels;
    const double *gamma = b->gamma;
    const double *beta = b->beta;
    for (int64_t p = first; p < first + pixels; p++) {
        const float *x = b->x + p * channels;
        const float *dy = b->dy + p * channels;
        for (int64_t c = 0; c < channels; c++) {
            const double xhat = (double)((x[c] - shift[c]) * scale[c] + offset[c]);
            const double dz = (double)dy[c] * slope(act, gamma[c] * xhat + beta[c]);
            sum_dz[c] += dz;
            sum_dzx[c] += dz * xhat;
        }
    }
}

/* Part `index` = sample * chunks + chunk. */
static void sum_chunk(const back *b, int64_t index)
{
    const group_map *m = &b->map;
    const int64_t sample = index / m->chunks;
    const int64_t chunk = index % m->chunks;
    const int64_t first = sample * m->pixels + chunk * m->chunk_pixels;
    const int64_t pixels = group_chunk_length(m, chunk);
    double *sum_dz = b->sums + index * 2 * m->channels;
    double *sum_dzx = sum_dz + m->channels;
    memset(sum_dz, 0, (size_t)(2 * m->channels) * sizeof *sum_dz);
    WITH_ACT(b->act, sum_pixels, b, sample, first, pixels, sum_dz, sum_dzx);
}

/* A channel's sum over a sample; which 0: of dz, 1: of dz*xhat. */
static double channel_sum(const back *b, int64_t sample, int which, int64_t c)
{
    double sum = 0.0;
    for (int64_t chunk = 0; chunk < b->map.chunks; chunk++)
        sum += b->sums[((sample * b->map.chunks + chunk) * 2 + which) * b->map.channels + c];
    return sum;
}

/* Group `index` = sample * groups + group. */
static void join_group(const back *b, int64_t index)
{
    const group_map *m = &b->map;
    const int64_t width = m->channels / m->groups;
    const int64_t sample = index / m->groups;
    const int64_t first = index % m->groups * width;
    for (int which = 0; which < 2; which++) {
        double *of_group = b->group_sum + (sample * 2 + which) * m->channels;
        double sum = 0.0;
        for (int64_t c = first; c < first + width; c++)
            sum += channel_sum(b, sample, which, c) * b->gamma[c];
        for (int64_t c = first; c < first + width; c++)
            of_group[c] = sum / ((double)m->pixels * (double)width);
    }
}

/* dgamma or dbeta; may be absent. */
static void join_samples(const back *b, int which, float *out)
{
    for (int64_t c = 0; out && c < b->map.channels; c++) {
        double sum = 0.0;
        for (int64_t sample = 0; sample < b->map.samples; sample++)
            sum += channel_sum(b, sample, which, c);
        out[c] = (float)sum;
    }
}

/* In double: the difference may be all rounding. */
static inline void back_pixels(idi_act act, const back *b, int64_t sample, int64_t first,
                               int64_t pixels, float *restrict dx)
{
    const int64_t channels = b->map.channels;
    const float *shift = b->stats.shift + sample * channels;
    const float *scale = b->stats.scale + sample * channels;
    const float *offset = b->stats.offset + sample * channels;
    const double *gamma = b->gamma;
    const double *beta = b->beta;
    const double *sum_g = b->group_sum + sample * 2 * channels;
    const double *sum_gx = sum_g + channels;
    for (int64_t p = first; p < first + pixels; p++) {
        const float *x = b->x + p * channels;
        const float *dy = b->dy + p * channels;
        for (int64_t c = 0; c < channels; c++) {
            const double xhat = (double)((x[c] - shift[c]) * scale[c] + offset[c]);
            const double dz = (double)dy[c] * slope(act, gamma[c] * xhat + beta[c]);
            dx[p * channels + c] =
                (float)((double)scale[c] * (gamma[c] * dz - sum_g[c] - xhat * sum_gx[c]));
        }
    }
}

static void back_chunk(const back *b, int64_t index, float *dx)
{
    const group_map *m = &b->map;
    const int64_t sample = index / m->chunks;
    const int64_t chunk = index % m->chunks;
    const int64_t first = sample * m->pixels + chunk * m->chunk_pixels;
    const int64_t pixels = group_chunk_length(m, chunk);
    WITH_ACT(b->act, back_pixels, b, sample, first, pixels, dx);
}

IDI_FAST_OP(group_norm_grad)
{
    const idi_group_norm_attr *attr = e->attr;
    const back b = back_of(e);
    const int64_t parts = b.map.samples * b.map.chunks;
    float *dx = e->out[0].data;
    fill_affine(&b, e->in[1].data, e->in[2].data);
    group_measure(&b.map, b.x, attr->eps, &b.stats);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < parts; i++)
        sum_chunk(&b, i);
    join_samples(&b, 1, e->out[1].data);
    join_samples(&b, 0, e->out[2].data);
    if (!dx) return IDI_OK;
    for (int64_t i = 0; i < b.map.samples * b.map.groups; i++)
        join_group(&b, i);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < parts; i++)
        back_chunk(&b, i, dx);
    return IDI_OK;
}
