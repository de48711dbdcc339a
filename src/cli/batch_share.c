/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_share.c - who shares the work of a list: several devices of one process, several
 * processes of one launcher. */
#include "batch.h"

#include <string.h>

static idi_status open_copy(idi_cli *cli, const idi_common_arguments *common, const char *model,
                            idi_batch_copies *copies)
{
    const int at = copies->count++;
    IDI_CLI_TRY(idi_cli_open_context(cli, common, &copies->contexts[at]));
    return idi_model_load(copies->contexts[at], model, &copies->models[at]);
}

idi_status idi_batch_copies_open(idi_cli *cli, const idi_common_arguments *common,
                                 const char *model, idi_batch_copies *copies)
{
    idi_common_arguments other = *common;
    const char *comma = common->device;
    while (comma && (comma = strchr(comma, ','))) {
        if (copies->count == IDI_BATCH_COPIES)
            return idi_cli_usage(cli, "--device: more than %d devices", IDI_BATCH_COPIES + 1);
        other.device = ++comma;
        IDI_CLI_TRY(open_copy(cli, &other, model, copies));
    }
    return IDI_OK;
}

void idi_batch_copies_close(idi_batch_copies *copies)
{
    for (int i = 0; i < copies->count; i++) {
        idi_model_destroy(&copies->models[i]);
        idi_context_destroy(&copies->contexts[i]);
    }
    copies->count = 0;
}

idi_status idi_batch_agree(idi_cli *cli, idi_team *team, idi_status mine)
{
    char sentence[sizeof cli->error];
    const int rank = idi_team_rank(team);
    int first;
    IDI_CLI_TRY(idi_team_first(team, mine != IDI_OK, &first));
    if (first < 0) return IDI_OK;
    cli->is_silent = first != rank;
    if (mine == IDI_OK) return idi_cli_fail(cli, IDI_ERR_CANCELLED, "rank %d has failed", first);
    if (rank == 0 || cli->is_silent) return mine;
    (void)snprintf(sentence, sizeof sentence, "%s", cli->error[0] ? cli->error : idi_last_error());
    return idi_cli_fail(cli, mine, "rank %d: %.1000s", rank, sentence);
}
