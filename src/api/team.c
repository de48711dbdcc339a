/* SPDX-License-Identifier: Apache-2.0 */
/* api/team.c - core/ranks.h for programs. */
#include "idinject/team.h"
#include "api/objects.h"
#include "core/ranks.h"

struct idi_team {
    idi_memory *memory;
    idi_ranks *ranks;
};

idi_status idi_team_join(idi_context *context, idi_team **team_out)
{
    idi_team *team;
    IDI_REQUIRE(context && team_out, IDI_ERR_ARG, "team: a NULL argument");
    *team_out = NULL;
    IDI_TRY(idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, 1, sizeof *team, &team));
    team->memory = context->memory;
    const idi_status st = idi_ranks_open(team->memory, &team->ranks);
    if (st == IDI_OK && team->ranks)
        *team_out = team;
    else
        idi_free(context->memory, team);
    return st;
}

int idi_team_rank(const idi_team *team)
{
    return team ? idi_ranks_rank(team->ranks) : 0;
}

int idi_team_count(const idi_team *team)
{
    return team ? idi_ranks_count(team->ranks) : 1;
}

idi_status idi_team_first(idi_team *team, int mine, int *first_out)
{
    IDI_REQUIRE(first_out, IDI_ERR_ARG, "team: a NULL argument");
    return idi_ranks_first(team ? team->ranks : NULL, mine != 0, first_out);
}

void idi_team_leave(idi_team **team)
{
    if (!team || !*team) return;
    idi_team *old = *team;
    idi_ranks_finish(old->ranks);
    idi_ranks_close(&old->ranks);
    idi_free(old->memory, old);
    *team = NULL;
}
