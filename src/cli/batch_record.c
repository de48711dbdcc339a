/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_record.c - run.json: what was made of which options, by hash, a line an image in the
 * list's order. It has no time, no thread and no folder in it, so that two runs that gave the same
 * are the same text. */
#include "batch_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put_output(const idi_batch_entry *entry, const json_t *job, bool *is_first,
                       FILE *stream)
{
    if (!entry || entry->state != IDI_JOB_MADE) return;
    (void)fputs(*is_first ? "\n    {\"out\": " : ",\n    {\"out\": ", stream);
    (void)json_dumpf(json_object_get(job, "out"), stream, JSON_ENCODE_ANY);
    (void)fprintf(stream, ", \"bytes\": %lld, \"sha256\": \"", (long long)entry->bytes);
    for (int i = 0; i < 4; i++)
        (void)fprintf(stream, "%016" PRIx64, entry->file[i]);
    (void)fputs("\"}", stream);
    *is_first = false;
}

static idi_status put_outputs(idi_cli *cli, const idi_batch_output *output, idi_manifest *manifest,
                              FILE *stream)
{
    bool is_first = true;
    for (;;) {
        char key[IDI_PATH_BYTES];
        json_t *job;
        IDI_CLI_TRY(idi_manifest_next(cli, manifest, &job));
        if (!job) return IDI_OK;
        idi_output_key(output, json_string_value(json_object_get(job, "out")), key);
        put_output(idi_table_find(output->table, key), job, &is_first, stream);
        json_decref(job);
    }
}

static idi_status put_record(idi_cli *cli, const idi_batch_output *output, idi_manifest *manifest,
                             const idi_record_counts *counts, FILE *stream)
{
    (void)fputs("{\"options\": ", stream);
    (void)json_dumpf(output->options, stream, JSON_SORT_KEYS);
    (void)fprintf(stream, ",\n \"jobs\": %lld, \"made\": %lld, \"failed\": %lld,\n \"outputs\": [",
                  (long long)counts->jobs, (long long)(counts->jobs - counts->failed),
                  (long long)counts->failed);
    IDI_CLI_TRY(put_outputs(cli, output, manifest, stream));
    (void)fputs("]}\n", stream);
    return IDI_OK;
}

idi_status idi_record_write(idi_cli *cli, const idi_batch_output *output, idi_manifest *manifest,
                            const idi_record_counts *counts)
{
    char path[IDI_PATH_BYTES], temporary[IDI_NOTED_BYTES];
    idi_output_state_path(output, "run", "json", path);
    idi_cli_unfinished_path(path, temporary);
    IDI_CLI_TRY(idi_manifest_rewind(cli, manifest));
    FILE *stream = fopen(temporary, "w");
    if (!stream)
        return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    idi_status st = put_record(cli, output, manifest, counts, stream);
    bool is_good = !ferror(stream);
    if (fclose(stream) != 0) is_good = false;
    if (st == IDI_OK && (!is_good || rename(temporary, path) != 0))
        st = idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (st != IDI_OK) (void)remove(temporary);
    return st;
}
