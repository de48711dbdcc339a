/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/rank_mean.c - ops/rank_mean.h on the host. */
#include "ops/rank_mean.h"
#include "cpu/cpu.h"

#include <string.h>

#ifdef IDI_CPU_DOUBLE
enum { PIECE = 1024 };

/* Floats are all that ranks exchange. */
static idi_status average(idi_ranks *ranks, real *y, int64_t count)
{
    float piece[PIECE];
    for (int64_t at = 0; at < count; at += PIECE) {
        const int64_t now = count - at < PIECE ? count - at : PIECE;
        for (int64_t i = 0; i < now; i++)
            piece[i] = (float)y[at + i];
        IDI_TRY(idi_ranks_mean(ranks, piece, now));
        for (int64_t i = 0; i < now; i++)
            y[at + i] = (real)piece[i];
    }
    return IDI_OK;
}
#else
static idi_status average(idi_ranks *ranks, real *y, int64_t count)
{
    return idi_ranks_mean(ranks, y, count);
}
#endif

IDI_CPU_OP(rank_mean)
{
    const idi_rank_mean_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    real *y = out_real(e, 0);
    memcpy(y, in_real(e, 0), (size_t)count * sizeof *y);
    return attr->ranks ? average(attr->ranks, y, count) : IDI_OK;
}
