/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_output.c - see batch_output.h: folders of files, and what is common with shards. */
#include "batch_output.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

void idi_output_state_path(const idi_batch_output *output, const char *name, const char *ending,
                           char path_out[IDI_PATH_BYTES])
{
    char part[64] = "";
    if (output->parts > 1)
        (void)snprintf(part, sizeof part, "-%lld-of-%lld", (long long)output->part,
                       (long long)output->parts);
    const int length = (int)strlen(output->path) - (output->is_one_file ? 4 : 0); /* ".tar" */
    const int used = snprintf(path_out, IDI_PATH_BYTES, "%.*s%c%s%s.%s", length, output->path,
                              output->is_one_file ? '.' : '/', name, part, ending);
    if (used < 0 || used >= IDI_PATH_BYTES) path_out[0] = '\0';
}

void idi_output_key(const idi_batch_output *output, const char *out, char key_out[IDI_PATH_BYTES])
{
    const char *dot = strrchr(out, '.');
    const size_t length = output->is_tar && dot ? (size_t)(dot - out) : strlen(out);
    (void)snprintf(key_out, IDI_PATH_BYTES, "%.*s", (int)length, out);
}

static idi_batch_entry *entry_of(const idi_batch_output *output, const json_t *job)
{
    char key[IDI_PATH_BYTES];
    idi_output_key(output, json_string_value(json_object_get(job, "out")), key);
    return idi_table_find(output->table, key);
}

idi_status idi_output_open(idi_cli *cli, idi_batch_output *output)
{
    output->journal = output->shard = -1;
    IDI_CLI_TRY(idi_journal_read(cli, output));
    return output->is_tar ? idi_shard_resume(cli, output) : IDI_OK;
}

/* --- a folder's files ----------------------------------------------------------------------------
 */

/* "NUMBER.NUMBER.tmp", behind the file's own name: idinject/bitmap.h. */
static bool is_unfinished_ending(const char *text)
{
    for (int i = 0; i < 2; i++) {
        if (!isdigit((unsigned char)*text)) return false;
        while (isdigit((unsigned char)*text))
            text++;
        if (*text++ != '.') return false;
    }
    return strcmp(text, "tmp") == 0;
}

/* What a killed program was writing for this file. */
static void remove_unfinished(const char *path)
{
    char found[IDI_NOTED_BYTES];
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const size_t length = strlen(base);
    (void)snprintf(found, sizeof found, "%.*s", (int)(base - path), path);
    DIR *folder = opendir(*found ? found : ".");
    const struct dirent *item;
    while (folder && (item = readdir(folder))) {
        const char *name = item->d_name;
        if (strncmp(name, base, length) != 0 || name[length] != '.') continue;
        if (!is_unfinished_ending(name + length + 1)) continue;
        const int used = snprintf(found, sizeof found, "%.*s%s", (int)(base - path), path, name);
        if (used > 0 && (size_t)used < sizeof found) (void)unlink(found);
    }
    if (folder) (void)closedir(folder);
}

/* The hash of a file that is there; false: none is. */
static idi_status hash_file(idi_cli *cli, const char *path, char sha256_out[65], int64_t *bytes_out)
{
    struct stat status;
    FILE *stream = fopen(path, "rb");
    const bool is_there = stream && fstat(fileno(stream), &status) == 0;
    char *bytes = is_there ? malloc((size_t)status.st_size + 1) : NULL;
    bool is_read = false;
    if (bytes) is_read = fread(bytes, 1, (size_t)status.st_size, stream) == (size_t)status.st_size;
    if (is_read) idi_sha256(bytes, (size_t)status.st_size, sha256_out);
    if (is_read) *bytes_out = status.st_size;
    free(bytes);
    if (stream) (void)fclose(stream);
    return is_read ? IDI_OK : idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be read", path);
}

idi_status idi_output_note(idi_cli *cli, idi_batch_output *output, const json_t *job,
                           const char *sha256, int64_t bytes)
{
    char digest[33];
    idi_batch_entry *entry = entry_of(output, job);
    (void)snprintf(digest, sizeof digest, "%016" PRIx64 "%016" PRIx64, entry->job[0],
                   entry->job[1]);
    json_t *line = json_pack("{s:O, s:s, s:s, s:I}", "made", json_object_get(job, "out"), "job",
                             digest, "sha256", sha256, "bytes", (json_int_t)bytes);
    if (line && output->is_tar) {
        (void)json_object_set_new(line, "shard", json_integer(output->shard_number));
        (void)json_object_set_new(line, "end", json_integer(output->shard_end));
    }
    idi_digest_parse(sha256, entry->file, 4);
    entry->bytes = bytes;
    entry->state = IDI_JOB_MADE;
    return idi_journal_write(cli, output, line);
}

/* What an earlier run began: its file, if it is there, is whole; it only was not noted. */
static idi_status take_begun(idi_cli *cli, idi_batch_output *output, const json_t *job,
                             const char *path, bool *is_made_out)
{
    char sha256[65];
    int64_t bytes = 0;
    remove_unfinished(path);
    *is_made_out = access(path, F_OK) == 0;
    if (!*is_made_out) return IDI_OK;
    IDI_CLI_TRY(hash_file(cli, path, sha256, &bytes));
    return idi_output_note(cli, output, job, sha256, bytes);
}

static bool is_as_made(const idi_batch_entry *entry, const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (int64_t)status.st_size == entry->bytes;
}

/* A file of that name from before is not this job's: it goes first, so that one that is there when
 * the job was begun is the job's. */
static idi_status note_begun(idi_cli *cli, idi_batch_output *output, const json_t *job,
                             const idi_batch_entry *entry, const char *path)
{
    char digest[33];
    if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
        return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be replaced: %s", path, strerror(errno));
    (void)snprintf(digest, sizeof digest, "%016" PRIx64 "%016" PRIx64, entry->job[0],
                   entry->job[1]);
    return idi_journal_write(
        cli, output, json_pack("{s:O, s:s}", "begun", json_object_get(job, "out"), "job", digest));
}

idi_status idi_output_begin(idi_cli *cli, idi_batch_output *output, const json_t *job,
                            const char *path, bool *is_made_out)
{
    idi_batch_entry *entry = entry_of(output, job);
    *is_made_out = entry->state == IDI_JOB_MADE && (output->is_tar || is_as_made(entry, path));
    if (!*is_made_out && entry->state == IDI_JOB_BEGUN)
        IDI_CLI_TRY(take_begun(cli, output, job, path, is_made_out));
    if (*is_made_out) {
        output->made_before++;
        return IDI_OK;
    }
    entry->state = IDI_JOB_MISSING;
    return output->is_tar ? IDI_OK : note_begun(cli, output, job, entry, path);
}

idi_status idi_output_made(idi_cli *cli, idi_batch_output *output, json_t *job,
                           const idi_job_file *file)
{
    if (output->is_tar) IDI_CLI_TRY(idi_shard_add(cli, output, job, file));
    return idi_output_note(cli, output, job, file->sha256, (int64_t)file->byte_count);
}

idi_status idi_output_finish(idi_cli *cli, idi_batch_output *output)
{
    return output->is_tar ? idi_shard_close(cli, output) : IDI_OK;
}

void idi_output_close(idi_batch_output *output)
{
    if (output->shard >= 0) (void)close(output->shard);
    if (output->journal >= 0) (void)close(output->journal);
    output->shard = output->journal = -1;
}
