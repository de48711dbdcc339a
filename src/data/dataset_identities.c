/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_identities.c - whose the photographs are, by CelebA's lists: image number ->
 * CelebA's file (mapping) -> CelebA's person (identities). */
#include "data/dataset_source.h"

#include "core/file.h"

#include <stdio.h>
#include <string.h>

enum { MAX_KEY = 10000000, MAX_TABLE_BYTES = 1 << 28, LINE_BYTES = 128 };

/* A text file of columns, as values by key; -1 where no line has the key. */
typedef struct table {
    const char *path;
    int key_column, value_column;
    const char *example;
    int64_t *values;
    int64_t count, capacity;
} table;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == ',';
}

/* The number at the beginning of a column ("000001.jpg" is 1), or -1. */
static int64_t column_of(const char *line, int column)
{
    int64_t number = 0;
    for (;;) {
        while (is_blank(*line))
            line++;
        if (column-- == 0) break;
        while (*line && !is_blank(*line))
            line++;
    }
    if (*line < '0' || *line > '9') return -1;
    for (; *line >= '0' && *line <= '9'; line++) {
        number = number * 10 + (*line - '0');
        if (number > MAX_KEY) return -1;
    }
    return *line == '\0' || *line == '.' || is_blank(*line) ? number : -1;
}

static idi_status put(idi_memory *memory, table *t, int64_t key, int64_t value)
{
    const int64_t before = t->capacity;
    IDI_TRY(
        idi_grow(memory, IDI_TAG_GENERAL, &t->values, &t->capacity, key + 1, sizeof *t->values));
    for (int64_t i = before; i < t->capacity; i++)
        t->values[i] = -1;
    t->values[key] = value;
    t->count++;
    return IDI_OK;
}

static idi_status put_line(idi_memory *memory, table *t, const char *line, int64_t number)
{
    const int64_t key = column_of(line, t->key_column);
    const int64_t value = column_of(line, t->value_column);
    const bool is_empty = line[strspn(line, " \t\r")] == '\0';
    const bool is_heading = number == 1 && key < 0;
    if (is_empty || is_heading) return IDI_OK;
    IDI_REQUIRE(key >= 0 && value >= 0, IDI_ERR_FORMAT, "%s: line %lld is \"%s\", want \"%s\"",
                t->path, (long long)number, line, t->example);
    return put(memory, t, key, value);
}

static idi_status put_lines(idi_memory *memory, table *t, const char *text, size_t size)
{
    int64_t number = 0;
    for (size_t at = 0; at < size;) {
        char line[LINE_BYTES];
        const char *end = memchr(text + at, '\n', size - at);
        const size_t length = end ? (size_t)(end - text) - at : size - at;
        (void)snprintf(line, sizeof line, "%.*s", (int)(length < LINE_BYTES ? length : LINE_BYTES),
                       text + at);
        IDI_TRY(put_line(memory, t, line, ++number));
        at += length + 1;
    }
    IDI_REQUIRE(t->count > 0, IDI_ERR_FORMAT, "%s: no line like \"%s\"", t->path, t->example);
    return IDI_OK;
}

static idi_status read_table(idi_memory *memory, table *t)
{
    uint8_t *bytes;
    size_t size;
    IDI_TRY(idi_file_read(memory, t->path, MAX_TABLE_BYTES, &bytes, &size));
    const idi_status st = put_lines(memory, t, (const char *)bytes, size);
    idi_free(memory, bytes);
    return st;
}

static int64_t look_up(const table *t, int64_t key)
{
    return key < t->capacity ? t->values[key] : -1;
}

static idi_status identify(const table *mapping, const table *identities, const char *folder,
                           idi_photo *photo)
{
    IDI_REQUIRE(photo->number >= 0, IDI_ERR_ARG,
                "%s/%s: its name is no image number, which the identity list goes by", folder,
                photo->name);
    const int64_t original = look_up(mapping, photo->number);
    IDI_REQUIRE(original >= 0, IDI_ERR_FORMAT, "%s: no line for image %lld (%s/%s)", mapping->path,
                (long long)photo->number, folder, photo->name);
    photo->identity = look_up(identities, original);
    IDI_REQUIRE(photo->identity >= 0, IDI_ERR_FORMAT,
                "%s: no line for %06lld.jpg, the original of %s/%s (the list has %lld lines)",
                identities->path, (long long)original, folder, photo->name,
                (long long)identities->count);
    return IDI_OK;
}

idi_status idi_photo_list_identify(idi_memory *memory, idi_photo_list *list,
                                   const idi_disk_choice *choice, const char *folder)
{
    idi_status st = IDI_OK;
    table mapping = {choice->mapping, 0, 2, "0 119613 119614.jpg", NULL, 0, 0};
    table identities = {choice->identities, 0, 1, "000001.jpg 2880", NULL, 0, 0};
    IDI_TRY_TO(done, read_table(memory, &mapping));
    IDI_TRY_TO(done, read_table(memory, &identities));
    for (int64_t i = 0; i < list->count; i++)
        IDI_TRY_TO(done, identify(&mapping, &identities, folder, &list->photos[i]));
done:
    idi_free(memory, mapping.values);
    idi_free(memory, identities.values);
    return st;
}
