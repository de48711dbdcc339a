/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/rounding_backend.h - the oracle of storage in bf16: a CPU backend with every real
 * that a node reads or makes rounded to bf16. Wide numbers stay what they are, and trainings keep
 * theirs in those (idi_backend.is_coarse). */
#ifndef IDI_TESTS_ROUNDING_BACKEND_H
#define IDI_TESTS_ROUNDING_BACKEND_H

#include "graph/backend.h"

/* Makes the CPU backend one; all that a process makes so are of one kind. */
void idi_round_backend(idi_backend *backend);

/* How many reals nodes of the graph make: what is rounded in a run. */
int64_t idi_graph_real_outputs(const idi_graph *graph);

#endif
