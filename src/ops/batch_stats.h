/* SPDX-License-Identifier: Apache-2.0 */
/* ops/batch_stats.h - a batch's statistics of each channel: what batch normalisation's running
 * statistics are made of (ops/moving_average.h).
 *
 * batch_stats(x) -> mean, variance
 *   x               [..., C], two rows or more
 *   mean, variance  [C]; wide in a graph that mixes kinds; the variance with rows - 1 below, as
 *                   running statistics have it
 *
 * Two passes; the variance of the differences. Has no gradient: in training the normalisation
 * itself is group_norm with a group a channel over the whole batch as one sample. */
#ifndef IDI_OPS_BATCH_STATS_H
#define IDI_OPS_BATCH_STATS_H

#include "ops/ops.h"

typedef struct idi_batch_stats {
    idi_value mean, variance;
} idi_batch_stats;

/* Both IDI_NONE when the graph has failed. */
idi_batch_stats idi_batch_stats_of(idi_graph *graph, idi_value x);

#endif
