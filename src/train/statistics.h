/* SPDX-License-Identifier: Apache-2.0 */
/* train/statistics.h - what a graph keeps of its batches besides what learns (running means and
 * variances, and their moving averages), brought together over the ranks: each has seen faces of
 * its own. */
#ifndef IDI_TRAIN_STATISTICS_H
#define IDI_TRAIN_STATISTICS_H

#include "core/ranks.h"
#include "train/store.h"

typedef struct idi_statistics {
    idi_store *store;
    idi_ranks *ranks; /* NULL: there is nothing to do */
    int64_t *indices; /* [count] of the store's tensors */
    int64_t count;
    float *values; /* all of them in a row */
    int64_t value_count;
} idi_statistics;

/* Of the parameters that the graph assigns and that have no moments. All must outlive it. */
IDI_NODISCARD idi_status idi_statistics_open(idi_store *store, const idi_graph *graph,
                                             idi_ranks *ranks, idi_statistics *statistics_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_statistics_close(idi_statistics *statistics);

/* After a step: each becomes its mean over the ranks, which is what one step from equal statistics
 * with the mean of the batches' would have given. */
IDI_NODISCARD idi_status idi_statistics_join(idi_statistics *statistics);

/* Every tensor of the store becomes the first rank's. Sessions have to be told, as of
 * idi_store_set(). */
IDI_NODISCARD idi_status idi_store_broadcast(idi_store *store, idi_ranks *ranks);

#endif
