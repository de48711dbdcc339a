/* SPDX-License-Identifier: Apache-2.0 */
/* core/ranks.h - processes that do one piece of work together: which of them this is, and what they
 * do in step. NULL is the ordinary case, a process on its own: every function takes it, and none
 * then does anything.
 *
 * All but the first three functions are collective: every rank makes the same calls in the same
 * order, from one thread. What they give has the same bits on every rank and in every run. */
#ifndef IDI_CORE_RANKS_H
#define IDI_CORE_RANKS_H

#include "core/memory.h"
#include "core/transport.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct idi_ranks idi_ranks;

int idi_ranks_rank(const idi_ranks *ranks);  /* 0: the first one, which writes and speaks */
int idi_ranks_count(const idi_ranks *ranks); /* 1 */
/* Whether they have agreed on the end: idi_ranks_agree() failed, or idi_ranks_finish() was called.
 */
bool idi_ranks_are_over(const idi_ranks *ranks);

/* ranks_open.c: NULL unless a launcher (mpirun, srun) started this process as one of several.
 * Errors: UNSUPPORTED (a build without MPI), STATE (MPI cannot be had or is over), NOMEM. */
IDI_NODISCARD idi_status idi_ranks_open(idi_memory *memory, idi_ranks **ranks_out);
/* On a transport, which becomes the ranks', also where this fails. */
IDI_NODISCARD idi_status idi_ranks_create(idi_memory *memory, const idi_transport *transport,
                                          idi_ranks **ranks_out);
/* NULL-safe; nulls the pointer. Before the ranks are over, the others are left to their launcher,
 * which ends them when this process has ended. */
void idi_ranks_close(idi_ranks **ranks);

/* Each number becomes its mean over the ranks: summed in double in the order of the ranks, divided,
 * rounded once. So numbers that are equal on all ranks stay what they are. */
IDI_NODISCARD idi_status idi_ranks_mean(idi_ranks *ranks, float *values, int64_t count);
/* The first rank's bytes to all. */
IDI_NODISCARD idi_status idi_ranks_broadcast(idi_ranks *ranks, void *data, size_t bytes);
/* IDI_OK if all ranks come with IDI_OK. Otherwise all fail with the status and the sentence of the
 * first that did not, and the ranks are over: nothing is said any more, and each call returns what
 * it came with. */
IDI_NODISCARD idi_status idi_ranks_agree(idi_ranks *ranks, idi_status mine);
/* The first rank on which it is true; -1: on none. */
IDI_NODISCARD idi_status idi_ranks_first(idi_ranks *ranks, bool mine, int *first_out);
/* Whether it is true on any rank. */
IDI_NODISCARD idi_status idi_ranks_any(idi_ranks *ranks, bool mine, bool *any_out);
/* All ranks are through with their work. Not collective, but every rank has to come here. */
void idi_ranks_finish(idi_ranks *ranks);

#endif
