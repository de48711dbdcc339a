/* SPDX-License-Identifier: Apache-2.0 */
/* train/training_log.c - see training_log.h. */
#include "train/training_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char header[] = "step,loss,gradient_norm,rate,margin,tar_at_far_0.01,eer\n";
enum { MAX_LOG_BYTES = 1 << 30, NUMBERS = 4 };

/* Bytes of the line at `text`, with its end; 0 if it has none. */
static size_t line_bytes(const char *text, const char *end)
{
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    return newline ? (size_t)(newline - text) + 1 : 0;
}

static bool read_number(const char **text, char after, double *out)
{
    char *end;
    *out = strtod(*text, &end);
    if (end == *text || *end != after) return false;
    *text = end + 1;
    return true;
}

/* One line that ends in a newline, as idi_training_log_add() writes it. */
static bool parse_line(const char *text, idi_log_line *line)
{
    double number[NUMBERS];
    char *end;
    *line = (idi_log_line){.step = strtoll(text, &end, 10)};
    if (end == text || *end != ',') return false;
    text = end + 1;
    for (int i = 0; i < NUMBERS; i++)
        if (!read_number(&text, ',', &number[i])) return false;
    line->loss = number[0];
    line->gradient_norm = number[1];
    line->rate = number[2];
    line->margin = number[3];
    if (strncmp(text, ",\n", 2) == 0) return true;
    line->is_validated = true;
    return read_number(&text, ',', &line->tar) && read_number(&text, '\n', &line->eer);
}

/* Up to where a file's text may stay: the header and whole lines of steps up to `last`. */
static idi_status find_kept(const char *path, const char *text, size_t bytes, int64_t last,
                            size_t *kept_out)
{
    const char *end = text + bytes;
    const size_t head = sizeof header - 1;
    *kept_out = 0;
    if (bytes < head && memcmp(text, header, bytes) == 0) return IDI_OK;
    IDI_REQUIRE(bytes >= head && memcmp(text, header, head) == 0, IDI_ERR_FORMAT,
                "%s: no training's log: its first line is another", path);
    size_t kept = head;
    for (;;) {
        idi_log_line line;
        const size_t more = line_bytes(text + kept, end);
        if (more == 0 || !parse_line(text + kept, &line) || line.step > last) break;
        kept += more;
    }
    *kept_out = kept;
    return IDI_OK;
}

static idi_status write_start(idi_memory *memory, const char *path, const char *text, size_t kept)
{
    idi_file_writer writer;
    IDI_TRY(idi_file_writer_open(memory, path, &writer));
    idi_status st =
        idi_file_writer_put(&writer, kept ? text : header, kept ? kept : sizeof header - 1);
    if (st == IDI_OK) st = idi_file_writer_commit(&writer);
    if (st != IDI_OK) idi_file_writer_abandon(&writer);
    return st;
}

/* The file's text with an end that parsers stop at; *text_out NULL where there is no file. */
static idi_status read_text(idi_memory *memory, const char *path, char **text_out,
                            size_t *bytes_out)
{
    uint8_t *bytes;
    *text_out = NULL;
    *bytes_out = 0;
    if (access(path, F_OK) != 0 && errno == ENOENT) return IDI_OK;
    IDI_TRY(idi_file_read(memory, path, MAX_LOG_BYTES, &bytes, bytes_out));
    idi_status st = idi_alloc(memory, IDI_TAG_GENERAL, *bytes_out + 1, text_out);
    if (st == IDI_OK) {
        memcpy(*text_out, bytes, *bytes_out);
        (*text_out)[*bytes_out] = '\0';
    }
    idi_free(memory, bytes);
    return st;
}

idi_status idi_training_log_open(idi_memory *memory, const char *path, int64_t last,
                                 idi_training_log *log_out)
{
    char *text = NULL;
    size_t bytes = 0;
    size_t kept = 0;
    idi_status st = IDI_OK;
    *log_out = (idi_training_log){.memory = memory, .path = path};
    IDI_TRY_TO(done, read_text(memory, path, &text, &bytes));
    if (text) IDI_TRY_TO(done, find_kept(path, text, bytes, last, &kept));
    IDI_TRY_TO(done, write_start(memory, path, text, kept));
    log_out->stream = fopen(path, "ab");
    IDI_REQUIRE_TO(done, log_out->stream, IDI_ERR_IO, "%s: cannot be opened", path);
done:
    idi_free(memory, text);
    return st;
}

void idi_training_log_close(idi_training_log *log)
{
    if (log->stream) (void)fclose(log->stream);
    log->stream = NULL;
}

idi_status idi_training_log_add(idi_training_log *log, const idi_log_line *line)
{
    int used = fprintf(log->stream, "%lld,%.9g,%.9g,%.9g,%.9g,", (long long)line->step, line->loss,
                       line->gradient_norm, line->rate, line->margin);
    if (used > 0)
        used = line->is_validated ? fprintf(log->stream, "%.9g,%.9g\n", line->tar, line->eer)
                                  : fprintf(log->stream, ",\n");
    /* Out at once: people watch it. */
    IDI_REQUIRE(used > 0 && fflush(log->stream) == 0, IDI_ERR_IO, "%s: cannot be written",
                log->path);
    return IDI_OK;
}

idi_status idi_training_log_sync(idi_training_log *log)
{
    bool is_synced = fflush(log->stream) == 0;
    if (is_synced) /* some file systems cannot */
        is_synced = fsync(fileno(log->stream)) == 0 || errno == EINVAL || errno == ENOTSUP;
    IDI_REQUIRE(is_synced, IDI_ERR_IO, "%s: cannot be written", log->path);
    return IDI_OK;
}

static idi_status parse_lines(idi_memory *memory, const char *text, size_t bytes,
                              idi_log_line **lines, int64_t *count)
{
    int64_t capacity = 0;
    for (size_t at = sizeof header - 1; at < bytes;) {
        const size_t more = line_bytes(text + at, text + bytes);
        IDI_TRY(idi_grow(memory, IDI_TAG_GENERAL, lines, &capacity, *count + 1, sizeof **lines));
        if (more == 0 || !parse_line(text + at, &(*lines)[*count])) return IDI_OK;
        *count += 1;
        at += more;
    }
    return IDI_OK;
}

idi_status idi_training_log_read(idi_memory *memory, const char *path, idi_log_line **lines_out,
                                 int64_t *count_out)
{
    char *text;
    size_t bytes;
    *lines_out = NULL;
    *count_out = 0;
    IDI_TRY(read_text(memory, path, &text, &bytes));
    IDI_REQUIRE(text, IDI_ERR_IO, "%s: there is no such file", path);
    const idi_status st = parse_lines(memory, text, bytes, lines_out, count_out);
    idi_free(memory, text);
    if (st == IDI_OK) return st;
    idi_free(memory, *lines_out);
    *lines_out = NULL;
    return st;
}
