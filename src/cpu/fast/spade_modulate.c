/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/spade_modulate.c - statistics of group_stats.h, then one pass that normalises,
 * modulates and activates. */
#include "ops/spade_modulate.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/group_stats.h"
#include "cpu/fast/vector.h"

static group_map map_of(const idi_exec *e)
{
    return group_map_of(&e->in[0].shape, ((const idi_spade_modulate_attr *)e->attr)->groups);
}

/* `pixels` pixels from element `at` on, of the sample whose channels begin at `of`. */
static void modulate(const idi_exec *e, const group_stats *s, int64_t at, int64_t of,
                     int64_t pixels)
{
    const int64_t channels = e->in[0].shape.dim[3];
    const float *shift = s->shift + of;
    const float *scale = s->scale + of;
    const float *offset = s->offset + of;
    for (int64_t p = 0; p < pixels; p++) {
        const float *x = (const float *)e->in[0].data + at + p * channels;
        const float *gamma = (const float *)e->in[1].data + at + p * channels;
        const float *beta = (const float *)e->in[2].data + at + p * channels;
        float *restrict y = (float *)e->out[0].data + at + p * channels;
        for (int64_t c = 0; c < channels; c++) {
            const float xhat = (x[c] - shift[c]) * scale[c] + offset[c];
            y[c] = xhat * (1.0F + gamma[c]) + beta[c];
        }
    }
}

IDI_FAST_OP(spade_modulate)
{
    const idi_spade_modulate_attr *attr = e->attr;
    const group_map m = map_of(e);
    const group_stats s = group_stats_in(&m, e->workspace);
    group_measure(&m, e->in[0].data, attr->eps, &s);
    const int64_t strip = group_strip(&m);
    const int64_t strips = (m.pixels + strip - 1) / strip;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m.samples * strips; i++) {
        const int64_t sample = i / strips;
        const int64_t first = i % strips * strip;
        const int64_t pixels = m.pixels - first < strip ? m.pixels - first : strip;
        const int64_t at = (sample * m.pixels + first) * m.channels;
        modulate(e, &s, at, sample * m.channels, pixels);
        fast_activate_serial((float *)e->out[0].data + at, pixels * m.channels, attr->act);
    }
    return IDI_OK;
}

IDI_FAST_WORKSPACE(spade_modulate)
{
    const group_map m = map_of(e);
    return group_stats_bytes(&m);
}
