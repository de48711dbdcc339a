/* SPDX-License-Identifier: Apache-2.0 */
/* graph/lifetime.h - how big a graph's values are on a backend, and how long each is needed. */
#ifndef IDI_GRAPH_LIFETIME_H
#define IDI_GRAPH_LIFETIME_H

#include "graph/backend.h"
#include "graph/plan.h"

size_t idi_value_bytes(const idi_graph *graph, const idi_backend *backend, idi_value value);

/* Fills is_used[nodes]: whether what a node makes reaches an output or takes a parameter's place.
 * The others need not run: a rule of a gradient may have no use for some of what a segment of the
 * graph is computed again for. */
void idi_find_used(const idi_graph *graph, bool *is_used);

/* Fills blocks[values], but for the offsets; what nodes that are not used make has 0 bytes. A value
 * lives from its producer to its last consumer. It lives always if it has to survive a run in which
 * its producer does not take part: inputs, outputs of slow nodes, and what a node that depends on
 * more than a slow producer reads. */
void idi_find_lifetimes(const idi_graph *graph, const idi_backend *backend, const bool *is_used,
                        idi_plan_block *blocks);

#endif
