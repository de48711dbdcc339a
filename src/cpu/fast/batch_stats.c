/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/batch_stats.c - chunks of rows on all cores, as for a normalisation of one sample with a
 * group a channel; joined in double, in a fixed order. */
#include "ops/batch_stats.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/group_stats.h"

static group_map map_of(const idi_exec *e)
{
    const idi_shape *x = &e->in[0].shape;
    const idi_shape rows = {4, {1, 1, idi_shape_rows(x), idi_shape_last(x)}};
    return group_map_of(&rows, idi_shape_last(x));
}

IDI_FAST_WORKSPACE(batch_stats)
{
    const group_map m = map_of(e);
    return group_stats_bytes(&m);
}

IDI_FAST_OP(batch_stats)
{
    const group_map m = map_of(e);
    const group_stats s = group_stats_in(&m, e->workspace);
    float *mean = e->out[0].data;
    float *variance = e->out[1].data;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m.chunks; i++)
        group_measure_chunk(&m, e->in[0].data, &s, i);
#pragma omp parallel for schedule(static)
    for (int64_t c = 0; c < m.channels; c++) {
        double sum = 0.0;
        for (int64_t i = 0; i < m.chunks; i++)
            sum += s.sums[i * m.channels + c];
        const double exact = sum / (double)m.pixels;
        const double squares = group_join_squares(&m, &s, 0, c, exact);
        mean[c] = (float)exact;
        variance[c] = (float)(squares > 0.0 ? squares / (double)(m.pixels - 1) : 0.0);
    }
    return IDI_OK;
}
