/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_csv.c - lists as RFC 4180 has them, a header line first: each record becomes the object
 * that a line of JSON would be. An empty cell is a member that the job has not. */
#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAIL(...) idi_cli_fail(cli, IDI_ERR_FORMAT, __VA_ARGS__)

/* One cell being read, in the manifest's own buffer. */
typedef struct csv {
    idi_cli *cli;
    idi_manifest *manifest;
    int64_t lines; /* read so far */
    size_t length;
    bool is_blank; /* the record is an empty line so far */
    json_t *cells;
} csv;

static idi_status put(csv *c, int character)
{
    idi_manifest *m = c->manifest;
    if (c->length + 1 >= m->capacity) {
        const size_t capacity = m->capacity ? m->capacity * 2 : 256;
        char *larger = realloc(m->text, capacity);
        if (!larger) return idi_cli_fail(c->cli, IDI_ERR_NOMEM, "no memory");
        m->text = larger;
        m->capacity = capacity;
    }
    m->text[c->length++] = (char)character;
    return IDI_OK;
}

/* LF, CR LF or the end of the file. */
static bool ends_line(csv *c, int character)
{
    FILE *stream = c->manifest->stream;
    if (character == '\r') {
        const int after = getc(stream);
        if (after != '\n') {
            (void)ungetc(after, stream);
            return false;
        }
        character = after;
    }
    c->lines += character == '\n';
    return character == '\n' || character == EOF;
}

/* Behind its opening quote; leaves *next_out at what follows the closing one. */
static idi_status read_quoted(csv *c, int *next_out)
{
    idi_cli *cli = c->cli;
    FILE *stream = c->manifest->stream;
    for (;;) {
        int character = getc(stream);
        if (character == EOF)
            return FAIL("%s:%lld: a quoted cell has no end", c->manifest->path,
                        (long long)c->manifest->line);
        if (character == '"') {
            character = getc(stream);
            if (character != '"') {
                *next_out = character;
                return IDI_OK;
            }
        }
        c->lines += character == '\n';
        IDI_CLI_TRY(put(c, character));
    }
}

static idi_status keep_cell(csv *c)
{
    idi_cli *cli = c->cli;
    json_t *text = json_stringn(c->length ? c->manifest->text : "", c->length);
    if (!text || strlen(json_string_value(text)) != c->length) {
        json_decref(text);
        return FAIL("%s:%lld: a cell is not UTF-8 text", c->manifest->path,
                    (long long)c->manifest->line);
    }
    if (json_array_append_new(c->cells, text) == 0) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
}

/* One cell; whether the record ends behind it. */
static idi_status read_cell(csv *c, bool *is_last_out)
{
    idi_cli *cli = c->cli;
    FILE *stream = c->manifest->stream;
    int character = getc(stream);
    c->length = 0;
    const bool is_quoted = character == '"';
    if (is_quoted) IDI_CLI_TRY(read_quoted(c, &character));
    for (;; character = getc(stream)) {
        *is_last_out = ends_line(c, character);
        if (*is_last_out || character == ',') break;
        if (is_quoted || character == '"')
            return FAIL("%s:%lld: a quote within a cell (the whole cell is to be quoted, and its "
                        "quotes doubled)",
                        c->manifest->path, (long long)c->manifest->line);
        IDI_CLI_TRY(put(c, character));
    }
    c->is_blank = *is_last_out && !is_quoted && c->length == 0 && json_array_size(c->cells) == 0;
    return keep_cell(c);
}

/* The next record that is not an empty line; cells_out NULL at the end. The manifest's line is the
 * record's first. */
static idi_status read_record(idi_cli *cli, idi_manifest *m, json_t **cells_out)
{
    csv c = {.cli = cli, .manifest = m, .lines = m->next_line};
    *cells_out = NULL;
    do {
        bool is_last = false;
        const int first = getc(m->stream);
        if (first == EOF) {
            if (feof(m->stream)) return IDI_OK;
            return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be read: %s", m->path,
                                strerror(errno));
        }
        (void)ungetc(first, m->stream);
        m->line = c.lines + 1;
        c.cells = json_array();
        if (!c.cells) return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
        while (!is_last) {
            const idi_status st = read_cell(&c, &is_last);
            if (st == IDI_OK) continue;
            json_decref(c.cells);
            return st;
        }
        m->next_line = c.lines;
        if (c.is_blank) json_decref(c.cells);
    } while (c.is_blank);
    *cells_out = c.cells;
    return IDI_OK;
}

/* Spreadsheets write a mark before UTF-8. */
static void skip_mark(FILE *stream)
{
    static const unsigned char mark[3] = {0xEF, 0xBB, 0xBF};
    unsigned char bytes[3];
    if (fread(bytes, 1, 3, stream) != 3 || memcmp(bytes, mark, 3) != 0)
        (void)fseek(stream, 0, SEEK_SET);
}

static idi_status read_header(idi_cli *cli, idi_manifest *m)
{
    json_t *names;
    skip_mark(m->stream);
    IDI_CLI_TRY(read_record(cli, m, &names));
    if (!names)
        return FAIL("%s: is empty: want a header line with the columns' names, mask and out among "
                    "them",
                    m->path);
    json_decref(m->columns);
    m->columns = names;
    return IDI_OK;
}

/* Numbers, true and false where they are meant: what is none stays text, and is refused as such. */
static json_t *value_of(const char *name, const char *text)
{
    char *end = NULL;
    const bool is_true = strcmp(text, "true") == 0;
    const bool is_flag = strcmp(name, "one_person") == 0 || strcmp(name, "no_identity") == 0;
    if (is_flag && (is_true || strcmp(text, "false") == 0)) return json_boolean(is_true);
    if (strcmp(name, "identity_strength") == 0 || strcmp(name, "least_similarity") == 0) {
        const double number = strtod(text, &end);
        if (end != text && !*end) return json_real(number); /* NULL if it is not finite */
    }
    if (strcmp(name, "seed") == 0 || strcmp(name, "style_seed") == 0) {
        errno = 0;
        const long long number = strtoll(text, &end, 10);
        if (end != text && !*end && errno == 0) return json_integer(number);
    }
    return json_string(text);
}

/* One more text of a name that may have several. */
static idi_status add_to_list(idi_cli *cli, json_t *job, const char *name, const char *text)
{
    json_t *list = json_object_get(job, name);
    if (!json_is_array(list)) {
        json_t *texts = json_pack("[O]", list);
        if (!texts || json_object_set_new(job, name, texts) != 0)
            return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
        list = texts;
    }
    if (json_array_append_new(list, json_string(text)) == 0) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
}

static idi_status to_object(idi_cli *cli, const idi_manifest *m, const json_t *cells, json_t *job)
{
    const size_t count = json_array_size(m->columns);
    if (json_array_size(cells) != count)
        return FAIL("%s:%lld: %zu cells under a header of %zu", m->path, (long long)m->line,
                    json_array_size(cells), count);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(m->columns, i));
        const char *text = json_string_value(json_array_get(cells, i));
        if (!*text) continue;
        if (idi_batch_is_list(name) && json_object_get(job, name)) {
            IDI_CLI_TRY(add_to_list(cli, job, name, text));
            continue;
        }
        if (json_object_get(job, name))
            return FAIL("%s:%lld: the header has \"%s\" twice", m->path, (long long)m->line, name);
        if (json_object_set_new(job, name, value_of(name, text)) != 0)
            return FAIL("%s:%lld: \"%s\" is not a number", m->path, (long long)m->line, name);
    }
    return IDI_OK;
}

idi_status idi_csv_next(idi_cli *cli, idi_manifest *manifest, json_t **job_out)
{
    json_t *cells;
    *job_out = NULL;
    if (manifest->line == 0) {
        manifest->next_line = 0;
        IDI_CLI_TRY(read_header(cli, manifest));
    }
    IDI_CLI_TRY(read_record(cli, manifest, &cells));
    if (!cells) return IDI_OK;
    json_t *job = json_object();
    const idi_status st =
        job ? to_object(cli, manifest, cells, job) : idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    json_decref(cells);
    if (st == IDI_OK)
        *job_out = job;
    else
        json_decref(job);
    return st;
}
