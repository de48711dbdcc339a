/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/team.h - processes that a launcher (mpirun, srun) started together: which of them this
 * one is, for a program that shares out a list of its own, as 'idinject batch' does. idi_train()
 * finds its processes by itself. */
#ifndef IDINJECT_TEAM_H
#define IDINJECT_TEAM_H

#include "idinject/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The processes; NULL is one on its own, which all functions take. */
typedef struct idi_team idi_team;

/** Joins the others, by MPI, which is loaded only where a launcher has started several.
 * @param[out] team_out NULL if this process is on its own; otherwise idi_team_leave() it.
 * Errors: ARG, NOMEM, UNSUPPORTED (a build without MPI), STATE (MPI cannot be had or is over: one
 * team or training a process, unless the program begins MPI itself).
 * Thread: one for all calls on a team. */
IDI_API IDI_NODISCARD idi_status idi_team_join(idi_context *context, idi_team **team_out);

/** This one's number, from 0; 0 for NULL. */
IDI_API int idi_team_rank(const idi_team *team);
/** How many there are; 1 for NULL. */
IDI_API int idi_team_count(const idi_team *team);

/** Waits until all have made this call.
 * @param[out] first_out the first of those that came with `mine` nonzero; -1: none did.
 * Errors: ARG, STATE (MPI failed). */
IDI_API IDI_NODISCARD idi_status idi_team_first(idi_team *team, int mine, int *first_out);

/** Waits until all are here, and nulls the pointer; NULL does nothing. A launcher ends the others
 * when one ends with an exit code that is not 0, so that whoever has failed waits here first. */
IDI_API void idi_team_leave(idi_team **team);

#ifdef __cplusplus
}
#endif
#endif
