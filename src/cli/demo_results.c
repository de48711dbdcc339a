/* SPDX-License-Identifier: Apache-2.0 */
/* cli/demo_results.c - one session, several combinations of where, how and who. */
#include "demo.h"

#include "sheet.h"

#include <stdio.h>

static const struct {
    int where, how, who;
} combinations[IDI_DEMO_RESULTS] = {{0, 0, 0}, {0, 0, 1}, {1, 1, 1},
                                    {1, 1, 2}, {2, 2, 3}, {3, 0, 2}};

static idi_status measure(const idi_demo *demo, int64_t k, idi_demo_result *result)
{
    const idi_identity *who = demo->people[result->who].identities[k];
    const idi_identity *how = demo->people[result->how].identities[k];
    idi_identity *seen = NULL;
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_identity_from_image(demo->recognisers[k], &result->picture, &seen));
    IDI_CLI_TRY_TO(done, idi_identity_similarity(seen, who, &result->like_who[k]));
    IDI_CLI_TRY_TO(done, idi_identity_similarity(seen, how, &result->like_how[k]));
done:
    idi_identity_destroy(&seen);
    return st;
}

static idi_status generate(const idi_demo *demo, idi_session *session, idi_demo_result *result)
{
    const idi_style *style = demo->people[result->how].style;
    const idi_identity *identity = demo->people[result->who].identities[0];
    idi_generate g;
    idi_generate_init(&g);
    g.labels = demo->people[result->where].labels.data;
    g.styles = &style;
    g.identities = &identity;
    IDI_CLI_TRY(idi_sheet_create(demo->cli, demo->size, demo->size, 3, &result->picture));
    g.rgb_out = result->picture.data;
    return idi_session_generate(session, &g);
}

static idi_status make_result(idi_demo *demo, idi_session *session, int index)
{
    idi_demo_result *result = &demo->results[index];
    char name[64];
    char path[IDI_PATH_BYTES];
    result->where = combinations[index].where;
    result->how = combinations[index].how;
    result->who = combinations[index].who;
    IDI_CLI_TRY(generate(demo, session, result));
    (void)snprintf(name, sizeof name, "result_where%d_how%d_who%d.png", result->where + 1,
                   result->how + 1, result->who + 1);
    IDI_CLI_TRY(idi_demo_path(demo, name, path));
    IDI_CLI_TRY(idi_cli_save_bitmap(demo->cli, path, &result->picture, IDI_SAVE_DEFAULT));
    for (int64_t k = 0; k < demo->recogniser_count; k++)
        IDI_CLI_TRY(measure(demo, k, result));
    return IDI_OK;
}

idi_status idi_demo_make_results(idi_demo *demo)
{
    idi_session *session = NULL;
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_session_create(demo->generator, NULL, &session));
    for (int i = 0; i < IDI_DEMO_RESULTS; i++) {
        idi_cli_progress(demo->cli, "faces generated", i, IDI_DEMO_RESULTS);
        IDI_CLI_TRY_TO(done, make_result(demo, session, i));
    }
    idi_cli_progress(demo->cli, "faces generated", IDI_DEMO_RESULTS, IDI_DEMO_RESULTS);
done:
    idi_session_destroy(&session);
    return st;
}

void idi_demo_free_results(idi_demo *demo)
{
    for (int i = 0; i < IDI_DEMO_RESULTS; i++)
        idi_sheet_free(&demo->results[i].picture);
}
