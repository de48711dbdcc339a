/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rank_mean.c - see rank_mean.h. */
#include "ops/rank_mean.h"

idi_value idi_rank_mean(idi_graph *graph, idi_value x, const idi_rank_mean_attr *attr)
{
    return idi_op_build(graph, idi_op_rank_mean, attr, sizeof *attr, &x, 1,
                        idi_graph_shape(graph, x));
}
