/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/group_norm.c - statistics of group_stats.h, then one pass that normalises, scales and
 * activates. */
#include "ops/group_norm.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/group_stats.h"
#include "cpu/fast/vector.h"

static group_map map_of(const idi_exec *e)
{
    return group_map_of(&e->in[0].shape, ((const idi_group_norm_attr *)e->attr)->groups);
}

/* Folds gamma and beta into scale and offset. */
static void fold_affine(const idi_exec *e, const group_map *m, const group_stats *s)
{
    const float *gamma = e->in[1].data;
    const float *beta = e->in[2].data;
    if (!gamma) return;
    for (int64_t n = 0; n < m->samples; n++) {
        float *scale = s->scale + n * m->channels;
        float *offset = s->offset + n * m->channels;
        for (int64_t c = 0; c < m->channels; c++) {
            scale[c] *= gamma[c];
            offset[c] = offset[c] * gamma[c] + beta[c];
        }
    }
}

static void normalize(const float *x, int64_t pixels, int64_t channels, const float *restrict shift,
                      const float *restrict scale, const float *restrict offset, float *restrict y)
{
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t c = 0; c < channels; c++) {
            const int64_t at = p * channels + c;
            y[at] = (x[at] - shift[c]) * scale[c] + offset[c];
        }
}

IDI_FAST_OP(group_norm)
{
    const idi_group_norm_attr *attr = e->attr;
    const group_map m = map_of(e);
    const group_stats s = group_stats_in(&m, e->workspace);
    const float *x = e->in[0].data;
    float *y = e->out[0].data;
    group_measure(&m, x, attr->eps, &s);
    fold_affine(e, &m, &s);
    const int64_t strip = group_strip(&m);
    const int64_t strips = (m.pixels + strip - 1) / strip;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m.samples * strips; i++) {
        const int64_t sample = i / strips;
        const int64_t first = i % strips * strip;
        const int64_t pixels = m.pixels - first < strip ? m.pixels - first : strip;
        const int64_t at = (sample * m.pixels + first) * m.channels;
        const int64_t of = sample * m.channels;
        normalize(x + at, pixels, m.channels, s.shift + of, s.scale + of, s.offset + of, y + at);
        fast_activate_serial(y + at, pixels * m.channels, attr->act);
    }
    return IDI_OK;
}

IDI_FAST_WORKSPACE(group_norm)
{
    const group_map m = map_of(e);
    return group_stats_bytes(&m);
}
