/* SPDX-License-Identifier: Apache-2.0 */
/* train/training_log.c - see training_log.h. */
#include "train/training_log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LOG_BYTES = 1 << 30, MAX_HEADER_BYTES = 1024 };

idi_log_line idi_log_line_empty(int64_t step)
{
    idi_log_line line = {.step = step};
    for (int i = 0; i < IDI_LOG_MAX_COLUMNS; i++)
        line.values[i] = (double)NAN;
    return line;
}

int idi_log_column_find(const idi_log_layout *layout, const char *name)
{
    for (int i = 0; i < layout->count; i++)
        if (strcmp(layout->columns[i].name, name) == 0) return i;
    return -1;
}

/* A file's first line. */
typedef struct header {
    char text[MAX_HEADER_BYTES];
    size_t bytes;
} header;

static header header_of(const idi_log_layout *layout)
{
    header h = {.text = "step", .bytes = 4};
    for (int i = 0; i < layout->count; i++)
        h.bytes += (size_t)snprintf(h.text + h.bytes, sizeof h.text - h.bytes, ",%s",
                                    layout->columns[i].name);
    h.text[h.bytes++] = '\n';
    return h;
}

/* Bytes of the line at `text`, with its end; 0 if it has none. */
static size_t line_bytes(const char *text, const char *end)
{
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    return newline ? (size_t)(newline - text) + 1 : 0;
}

/* A cell and the character behind it. */
static bool read_cell(const char **text, char after, double *out)
{
    char *end;
    if (**text == after) {
        *out = (double)NAN;
        *text += 1;
        return true;
    }
    *out = strtod(*text, &end);
    if (end == *text || *end != after) return false;
    *text = end + 1;
    return true;
}

/* One line that ends in a newline, as idi_training_log_add() writes it. */
static bool parse_line(const idi_log_layout *layout, const char *text, idi_log_line *line)
{
    char *end;
    *line = idi_log_line_empty(strtoll(text, &end, 10));
    if (end == text || *end != ',') return false;
    text = end + 1;
    for (int i = 0; i < layout->count; i++)
        if (!read_cell(&text, i + 1 < layout->count ? ',' : '\n', &line->values[i])) return false;
    return true;
}

/* Up to where a file's text may stay: the header and whole lines of steps up to `last`. */
static idi_status find_kept(const idi_training_log *log, const char *text, size_t bytes,
                            int64_t last, size_t *kept_out)
{
    const header head = header_of(log->layout);
    const char *end = text + bytes;
    *kept_out = 0;
    if (bytes < head.bytes && memcmp(text, head.text, bytes) == 0) return IDI_OK;
    IDI_REQUIRE(
        bytes >= head.bytes && memcmp(text, head.text, head.bytes) == 0, IDI_ERR_FORMAT,
        "%s: no log of this training, or of an older version's: its first line is another; move "
        "it away, and the training goes on with a new one",
        log->path);
    size_t kept = head.bytes;
    for (;;) {
        idi_log_line line;
        const size_t more = line_bytes(text + kept, end);
        if (more == 0 || !parse_line(log->layout, text + kept, &line) || line.step > last) break;
        kept += more;
    }
    *kept_out = kept;
    return IDI_OK;
}

static idi_status write_start(const idi_training_log *log, const char *text, size_t kept)
{
    const header head = header_of(log->layout);
    idi_file_writer writer;
    IDI_TRY(idi_file_writer_open(log->memory, log->path, &writer));
    idi_status st = idi_file_writer_put(&writer, kept ? text : head.text, kept ? kept : head.bytes);
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

idi_status idi_training_log_open(idi_memory *memory, const char *path, const idi_log_layout *layout,
                                 int64_t last, idi_training_log *log_out)
{
    char *text = NULL;
    size_t bytes = 0;
    size_t kept = 0;
    idi_status st = IDI_OK;
    *log_out = (idi_training_log){.memory = memory, .path = path, .layout = layout};
    IDI_TRY_TO(done, read_text(memory, path, &text, &bytes));
    if (text) IDI_TRY_TO(done, find_kept(log_out, text, bytes, last, &kept));
    IDI_TRY_TO(done, write_start(log_out, text, kept));
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
    bool is_written = fprintf(log->stream, "%lld", (long long)line->step) > 0;
    for (int i = 0; i < log->layout->count && is_written; i++) {
        const double value = line->values[i];
        is_written = fputc(',', log->stream) != EOF &&
                     (isnan(value) || fprintf(log->stream, "%.9g", value) > 0);
    }
    /* Out at once: people watch it. */
    is_written = is_written && fputc('\n', log->stream) != EOF && fflush(log->stream) == 0;
    IDI_REQUIRE(is_written, IDI_ERR_IO, "%s: cannot be written", log->path);
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

static idi_status parse_lines(idi_memory *memory, const idi_log_layout *layout, const char *text,
                              size_t bytes, idi_log_line **lines, int64_t *count)
{
    int64_t capacity = 0;
    for (size_t at = header_of(layout).bytes; at < bytes;) {
        const size_t more = line_bytes(text + at, text + bytes);
        IDI_TRY(idi_grow(memory, IDI_TAG_GENERAL, lines, &capacity, *count + 1, sizeof **lines));
        if (more == 0 || !parse_line(layout, text + at, &(*lines)[*count])) return IDI_OK;
        *count += 1;
        at += more;
    }
    return IDI_OK;
}

idi_status idi_training_log_read(idi_memory *memory, const char *path, const idi_log_layout *layout,
                                 idi_log_line **lines_out, int64_t *count_out)
{
    char *text;
    size_t bytes;
    *lines_out = NULL;
    *count_out = 0;
    IDI_TRY(read_text(memory, path, &text, &bytes));
    IDI_REQUIRE(text, IDI_ERR_IO, "%s: there is no such file", path);
    const idi_status st = parse_lines(memory, layout, text, bytes, lines_out, count_out);
    idi_free(memory, text);
    if (st == IDI_OK) return st;
    idi_free(memory, *lines_out);
    *lines_out = NULL;
    return st;
}
