/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_journal.c - the journal's lines, written one by one, so that a kill costs no more than
 * the last one, and read when the same command begins again. */
#include "batch_output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

enum { FORMAT = 1 };

typedef struct journal {
    idi_cli *cli;
    idi_batch_output *output;
    char path[IDI_PATH_BYTES];
    int64_t line;
} journal;

#define FAIL(status, ...) idi_cli_fail(cli, (status), __VA_ARGS__)

static idi_status cannot(idi_cli *cli, const char *path, const char *what)
{
    return FAIL(IDI_ERR_IO, "%s: cannot be %s: %s", path, what, strerror(errno));
}

/* --- reading -------------------------------------------------------------------------------------
 */

static idi_status differs(const journal *j, const char *name, const json_t *then, const json_t *now)
{
    idi_cli *cli = j->cli;
    char *was = then ? json_dumps(then, JSON_ENCODE_ANY) : NULL;
    char *is = json_dumps(now, JSON_ENCODE_ANY);
    const idi_status st =
        FAIL(IDI_ERR_STATE,
             "%s: was begun with another %s (%s, now %s): name another --out, or go on as it was",
             j->output->path, name, was ? was : "none", is ? is : "none");
    free(was);
    free(is);
    return st;
}

/* The first line. */
static idi_status hold_options(const journal *j, const json_t *header)
{
    idi_cli *cli = j->cli;
    const char *name;
    json_t *now;
    const json_t *then = json_object_get(header, "options");
    if (json_integer_value(json_object_get(header, "format")) != FORMAT || !then)
        return FAIL(IDI_ERR_FORMAT, "%s: is not a batch's journal", j->path);
    json_object_foreach(j->output->options, name, now)
    {
        const json_t *was = json_object_get(then, name);
        if (!was || !json_equal(was, now)) return differs(j, name, was, now);
    }
    return IDI_OK;
}

static idi_status bad_line(const journal *j)
{
    idi_cli *cli = j->cli;
    return FAIL(IDI_ERR_FORMAT, "%s:%lld: is not a line of a batch's journal", j->path,
                (long long)j->line);
}

static idi_status note_shard(const journal *j, const json_t *line)
{
    idi_cli *cli = j->cli;
    idi_batch_output *o = j->output;
    char path[IDI_PATH_BYTES];
    struct stat status;
    const int64_t number = json_integer_value(json_object_get(line, "shard"));
    if (number != o->shard_number && o->shard_samples) {
        idi_shard_path(o, o->shard_number, path);
        if (number != o->shard_number + 1) return bad_line(j);
        /* One that was full when it was killed has its last name only after a resume. */
        o->shard_number = number;
        o->shard_samples = 0;
        if (stat(path, &status) != 0)
            return FAIL(IDI_ERR_IO, "%s: is gone, though %s has it: name another --out", path,
                        j->path);
    }
    o->shard_samples++;
    o->shard_end = json_integer_value(json_object_get(line, "end"));
    return IDI_OK;
}

static idi_status note_made(const journal *j, const json_t *line, idi_batch_entry *entry)
{
    idi_cli *cli = j->cli;
    const char *out = json_string_value(json_object_get(line, "made"));
    const char *sha256 = json_string_value(json_object_get(line, "sha256"));
    const char *job = json_string_value(json_object_get(line, "job"));
    if (!sha256 || strlen(sha256) != 64) return bad_line(j);
    if (j->output->is_tar) IDI_CLI_TRY(note_shard(j, line));
    if (!entry) return IDI_OK;
    uint64_t digest[2];
    idi_digest_parse(job, digest, 2);
    if (digest[0] != entry->job[0] || digest[1] != entry->job[1])
        return FAIL(IDI_ERR_STATE,
                    "%s: %s was made of another job than the list's line %lld: name another --out, "
                    "or another \"out\"",
                    j->output->path, out, (long long)entry->line);
    idi_digest_parse(sha256, entry->file, 4);
    entry->bytes = json_integer_value(json_object_get(line, "bytes"));
    entry->state = IDI_JOB_MADE;
    return IDI_OK;
}

/* A file of another job that was begun is none of this one's. */
static void note_begun(const json_t *line, idi_batch_entry *entry)
{
    uint64_t digest[2];
    if (!entry) return;
    idi_digest_parse(json_string_value(json_object_get(line, "job")), digest, 2);
    const bool is_same = digest[0] == entry->job[0] && digest[1] == entry->job[1];
    entry->state = is_same ? IDI_JOB_BEGUN : IDI_JOB_MISSING;
}

static idi_status take_line(const journal *j, const json_t *line)
{
    char key[IDI_PATH_BYTES];
    const json_t *made = json_object_get(line, "made");
    const json_t *out = made ? made : json_object_get(line, "begun");
    const json_t *job = json_object_get(line, "job");
    if (j->line == 1) return hold_options(j, line);
    if (!json_is_string(out) || !json_is_string(job) || json_string_length(job) != 32 ||
        json_string_length(out) >= IDI_PATH_BYTES)
        return bad_line(j);
    idi_output_key(j->output, json_string_value(out), key);
    idi_batch_entry *entry = idi_table_find(j->output->table, key);
    if (made) return note_made(j, line, entry);
    note_begun(line, entry);
    return IDI_OK;
}

static idi_status take_lines(journal *j, FILE *stream)
{
    idi_status st = IDI_OK;
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    while (st == IDI_OK && (length = getline(&text, &capacity, stream)) > 0) {
        if (text[length - 1] != '\n') break; /* cut off */
        j->line++;
        j->output->journal_bytes += length;
        json_t *line = json_loads(text, 0, NULL);
        st = line ? take_line(j, line) : bad_line(j);
        json_decref(line);
    }
    free(text);
    if (st == IDI_OK && ferror(stream)) st = cannot(j->cli, j->path, "read");
    return st;
}

/* Held until the descriptor and its copies are closed, or the program ends, however that comes. */
static idi_status lock(idi_cli *cli, int file, const char *path)
{
    if (flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return IDI_OK;
    return FAIL(IDI_ERR_STATE, "%s: another batch is writing there now", path);
}

idi_status idi_journal_read(idi_cli *cli, idi_batch_output *output)
{
    journal j = {.cli = cli, .output = output};
    idi_output_state_path(output, "journal", "jsonl", j.path);
    output->journal = open(j.path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (output->journal < 0) return errno == ENOENT ? IDI_OK : cannot(cli, j.path, "opened");
    IDI_CLI_TRY(lock(cli, output->journal, output->path));
    FILE *stream = fdopen(dup(output->journal), "r");
    if (!stream) return cannot(cli, j.path, "opened");
    const idi_status st = take_lines(&j, stream);
    (void)fclose(stream);
    IDI_CLI_TRY(st);
    if (ftruncate(output->journal, (off_t)output->journal_bytes) != 0)
        return cannot(cli, j.path, "written");
    return IDI_OK;
}

/* --- writing -------------------------------------------------------------------------------------
 */

static idi_status put_line(idi_cli *cli, idi_batch_output *o, const char *path, const json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    if (!text) return FAIL(IDI_ERR_NOMEM, "no memory");
    size_t length = strlen(text);
    text[length++] = '\n'; /* in its terminator's place */
    const ssize_t written = write(o->journal, text, length);
    free(text);
    if (written == (ssize_t)length) {
        o->journal_bytes += written;
        return IDI_OK;
    }
    if (written >= 0) errno = ENOSPC;
    const idi_status st = cannot(cli, path, "written");
    (void)!ftruncate(o->journal, (off_t)o->journal_bytes);
    return st;
}

static idi_status make(idi_cli *cli, idi_batch_output *o, const char *path)
{
    struct stat status;
    o->journal = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (o->journal < 0) return cannot(cli, path, "created");
    IDI_CLI_TRY(lock(cli, o->journal, o->path));
    if (fstat(o->journal, &status) == 0 && status.st_size > 0)
        return FAIL(IDI_ERR_STATE, "%s: another batch has just begun there", o->path);
    return IDI_OK;
}

idi_status idi_journal_write(idi_cli *cli, idi_batch_output *output, json_t *line)
{
    char path[IDI_PATH_BYTES];
    idi_status st = line ? IDI_OK : FAIL(IDI_ERR_NOMEM, "no memory");
    idi_output_state_path(output, "journal", "jsonl", path);
    if (st == IDI_OK && output->journal < 0) st = make(cli, output, path);
    if (st == IDI_OK && output->journal_bytes == 0) {
        json_t *header = json_pack("{s:i, s:O}", "format", FORMAT, "options", output->options);
        st = header ? put_line(cli, output, path, header) : FAIL(IDI_ERR_NOMEM, "no memory");
        json_decref(header);
    }
    if (st == IDI_OK) st = put_line(cli, output, path, line);
    json_decref(line);
    return st;
}
