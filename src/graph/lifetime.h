/* SPDX-License-Identifier: Apache-2.0 */
/* graph/lifetime.h - how big a graph's values are on a backend, and how long each is needed. */
#ifndef IDI_GRAPH_LIFETIME_H
#define IDI_GRAPH_LIFETIME_H

#include "graph/backend.h"
#include "graph/plan.h"

size_t idi_value_bytes(const idi_graph *graph, const idi_backend *backend, idi_value value);

/* Fills blocks[values], but for the offsets. A value lives from its producer to its last consumer.
 * It lives always if it has to survive a run in which its producer does not take part: inputs,
 * outputs of slow nodes, and what a node that depends on more than a slow producer reads. */
void idi_find_lifetimes(const idi_graph *graph, const idi_backend *backend, idi_plan_block *blocks);

#endif
