/* SPDX-License-Identifier: Apache-2.0 */
/* ops/macs.h - multiply-accumulates of a graph's matrix products and convolutions (norms, softmax
 * and elementwise work are not counted, as is usual). */
#ifndef IDI_OPS_MACS_H
#define IDI_OPS_MACS_H

#include "graph/graph.h"

/* Of one run in which every input is new; products of weights alone, made once, do not count. */
int64_t idi_graph_macs(const idi_graph *graph);

#endif
