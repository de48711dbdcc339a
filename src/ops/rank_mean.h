/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rank_mean.h - the mean of a value over the processes that train together.
 *
 * rank_mean(x) -> y = (x of rank 0 + x of rank 1 + ...) / ranks
 *   x, y  any, of one shape
 *
 * Summed and divided in double and rounded once (core/ranks.h): the same bits on every rank. The
 * double build sends floats. Without ranks y is x. All ranks run the same nodes in the same order.
 *
 * The CUDA backend has no way to the other processes yet: it refuses several ranks
 * (IDI_ERR_UNSUPPORTED, when a session is planned). Has no gradient. */
#ifndef IDI_OPS_RANK_MEAN_H
#define IDI_OPS_RANK_MEAN_H

#include "core/ranks.h"
#include "ops/ops.h"

typedef struct idi_rank_mean_attr {
    idi_ranks *ranks; /* NULL: this process alone. Must outlive the graph's sessions */
} idi_rank_mean_attr;

idi_value idi_rank_mean(idi_graph *graph, idi_value x, const idi_rank_mean_attr *attr);

#endif
