/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet_axis.c - one axis of a sheet from its text, and an entry of it put into words. */
#include "sheet_make.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What may vary. Where a value has commas of its own, an entry has + instead; of identities, which
 * are given again instead, it stands between people. */
static const struct {
    const char *name;
    idi_axis_kind kind;
    bool is_number, has_plus;
} keys[] = {
    {"identity", IDI_AXIS_IDENTITY, false, true},
    {"mask", IDI_AXIS_MASK, false, false},
    {"style", IDI_AXIS_STYLE, false, true},
    {"strength", IDI_AXIS_STRENGTH, true, false},
    {"style-amount", IDI_AXIS_STYLE_AMOUNT, true, false},
    {"mask-amount", IDI_AXIS_MASK_AMOUNT, true, false},
    {"style-seed", IDI_AXIS_STYLE_SEED, false, false},
    {"style-from", IDI_AXIS_STYLE_FROM, false, true},
    {"mask-from", IDI_AXIS_MASK_FROM, false, true},
    {"mask-mix", IDI_AXIS_MASK_MIX, false, true},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

typedef struct reader {
    idi_cli *cli;
    const char *option;
    int key;
    idi_axis *axis;
} reader;

static idi_axis_entry *add(const reader *r)
{
    idi_axis *axis = r->axis;
    return axis->count < IDI_AXIS_MOST ? &axis->entries[axis->count++] : NULL;
}

static idi_status too_many(const reader *r)
{
    return idi_cli_usage(r->cli, "option --%s: more than %d entries", r->option,
                         (int)IDI_AXIS_MOST);
}

/* --- labels --- */

void idi_axis_append_stem(char label[IDI_AXIS_LABEL_BYTES], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    const size_t used = strlen(label);
    (void)snprintf(label + used, IDI_AXIS_LABEL_BYTES - used, "%.*s", length, name);
}

/* "hair,hat=people/p2.png,people/m2.png:0.5": "hair,hat p2 0.5". */
static void label_source(idi_axis_entry *entry)
{
    const char *equals = strchr(entry->text, '=');
    char file[IDI_PATH_BYTES];
    if (!equals) {
        idi_axis_append_stem(entry->label, entry->text);
        return;
    }
    (void)snprintf(entry->label, sizeof entry->label, "%.*s ", (int)(equals - entry->text),
                   entry->text);
    (void)snprintf(file, sizeof file, "%.*s", (int)strcspn(equals + 1, ",:"), equals + 1);
    idi_axis_append_stem(entry->label, file);
    const char *colon = strrchr(equals, ':');
    const size_t used = strlen(entry->label);
    if (colon) (void)snprintf(entry->label + used, sizeof entry->label - used, " %s", colon + 1);
}

/* "people/p2.png:2,people/p3.png": "p2:2+p3". */
static void label_people(const reader *r, idi_axis_entry *entry)
{
    char part[IDI_PATH_BYTES], file[IDI_PATH_BYTES];
    for (const char *at = entry->text; *at;) {
        const int length = (int)strcspn(at, ",");
        double weight = 1.0;
        (void)snprintf(part, sizeof part, "%.*s", length, at);
        if (idi_edit_read_weighed(r->cli, "", part, file, &weight) == IDI_OK)
            idi_axis_append_stem(entry->label, file);
        at += length + (at[length] == ',');
        const size_t used = strlen(entry->label);
        if (strcmp(part, file) != 0)
            (void)snprintf(entry->label + used, sizeof entry->label - used, ":%g%s", weight,
                           *at ? "+" : "");
        else if (*at)
            (void)snprintf(entry->label + used, sizeof entry->label - used, "+");
    }
}

static void label_entry(const reader *r, idi_axis_entry *entry)
{
    const idi_axis_kind kind = keys[r->key].kind;
    if (keys[r->key].is_number)
        (void)snprintf(entry->label, sizeof entry->label, "%.4g", entry->number);
    else if (kind == IDI_AXIS_STYLE_SEED)
        (void)snprintf(entry->label, sizeof entry->label, "%.31s", entry->text);
    else if (kind == IDI_AXIS_IDENTITY)
        label_people(r, entry);
    else if (kind == IDI_AXIS_MASK || kind == IDI_AXIS_STYLE)
        idi_axis_append_stem(entry->label, entry->text);
    else
        label_source(entry);
}

/* --- numbers --- */

static bool read_number(const char *text, const char **end_out, double *number_out)
{
    char *end;
    *number_out = strtod(text, &end);
    *end_out = end;
    return end != text && isfinite(*number_out);
}

/* "0..1:5": five numbers from 0 to 1; their count, 0 where it is none. */
static int64_t read_range(const char *text, double *low, double *high)
{
    char *end;
    /* strtod would take the first dot for the number's. */
    const char *dots = strstr(text, "..");
    char first[64];
    if (!dots || dots == text || dots - text >= (int)sizeof first) return 0;
    (void)snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
    const char *at;
    if (!read_number(first, &at, low) || *at) return 0;
    if (!read_number(dots + 2, &at, high) || *at != ':') return 0;
    errno = 0;
    const long long count = strtoll(at + 1, &end, 10);
    if (end == at + 1 || *end || errno || count < 2) return 0;
    return count;
}

static idi_status add_number(const reader *r, const char *text, double number)
{
    idi_axis_entry *entry = add(r);
    if (!entry) return too_many(r);
    entry->number = number;
    (void)snprintf(entry->text, sizeof entry->text, "%s", text);
    label_entry(r, entry);
    return IDI_OK;
}

static idi_status add_numbers(const reader *r, const char *text)
{
    double low;
    double high;
    const char *end;
    const int64_t count = read_range(text, &low, &high);
    if (!count) {
        if (!read_number(text, &end, &low) || *end)
            return idi_cli_usage(r->cli,
                                 "option --%s: entry %lld is '%s', want a number, or LOW..HIGH:N",
                                 r->option, (long long)r->axis->count + 1, text);
        return add_number(r, text, low);
    }
    for (int64_t i = 0; i < count; i++) {
        const double share = (double)i / (double)(count - 1);
        IDI_CLI_TRY(add_number(r, text, i == count - 1 ? high : low + (high - low) * share));
    }
    return IDI_OK;
}

/* --- entries --- */

/* Their number; each ends in a zero of its own. */
static int split_people(char *text)
{
    int count = 1;
    for (char *c = text; *c; c++) {
        if (*c != ',') continue;
        *c = '\0';
        count++;
    }
    return count;
}

static idi_status add_text(const reader *r, const char *text)
{
    idi_axis_entry *entry = add(r);
    if (!entry) return too_many(r);
    if (!*text)
        return idi_cli_usage(r->cli, "option --%s: entry %lld is empty", r->option,
                             (long long)r->axis->count);
    if (snprintf(entry->text, sizeof entry->text, "%s", text) >= (int)sizeof entry->text)
        return idi_cli_usage(r->cli, "option --%s: entry %lld is too long", r->option,
                             (long long)r->axis->count);
    for (char *c = entry->text; keys[r->key].has_plus && *c; c++)
        if (*c == '+') *c = ',';
    char *comma = keys[r->key].kind == IDI_AXIS_STYLE ? strchr(entry->text, ',') : NULL;
    if (comma) {
        *comma = '\0';
        (void)snprintf(entry->mask, sizeof entry->mask, "%s", comma + 1);
    }
    label_entry(r, entry);
    entry->people = keys[r->key].kind == IDI_AXIS_IDENTITY ? split_people(entry->text) : 0;
    if (entry->people > IDI_MAX_TEXTS)
        return idi_cli_usage(r->cli, "option --%s: entry %lld has more than %d people", r->option,
                             (long long)r->axis->count, (int)IDI_MAX_TEXTS);
    return IDI_OK;
}

static idi_status add_entries(const reader *r, char *list)
{
    for (char *word = list, *next = NULL; word; word = next) {
        next = strchr(word, ',');
        if (next) *next++ = '\0';
        IDI_CLI_TRY(keys[r->key].is_number ? add_numbers(r, word) : add_text(r, word));
    }
    return IDI_OK;
}

static const char *key_at(const void *list, int index)
{
    (void)list;
    return keys[index].name;
}

static idi_status find_key(const reader *r, const char *text, int *key_out)
{
    char word[32];
    char names[160] = "";
    const char *equals = strchr(text, '=');
    (void)snprintf(word, sizeof word, "%.*s", equals ? (int)(equals - text) : 0, text);
    for (int i = 0; i < KEYS; i++) {
        const size_t used = strlen(names);
        if (strcmp(word, keys[i].name) == 0) {
            *key_out = i;
            return IDI_OK;
        }
        (void)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", keys[i].name);
    }
    const char *near = word[0] ? idi_nearest_name(word, keys, KEYS, key_at) : NULL;
    if (near)
        return idi_cli_usage(r->cli, "option --%s: nothing called '%s' varies; did you mean '%s'?",
                             r->option, word, near);
    return idi_cli_usage(r->cli, "option --%s is '%s', want THING=LIST, a thing of %s", r->option,
                         text, names);
}

idi_status idi_axis_read(idi_cli *cli, const char *option, const char *text, idi_axis *axis_out)
{
    reader r = {.cli = cli, .option = option, .axis = axis_out};
    *axis_out = (idi_axis){.option = option, .name = "", .count = 0};
    if (text) IDI_CLI_TRY(find_key(&r, text, &r.key));
    axis_out->entries = calloc(text ? IDI_AXIS_MOST : 1, sizeof *axis_out->entries);
    if (!axis_out->entries) return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    if (!text) {
        axis_out->count = 1;
        return IDI_OK;
    }
    axis_out->kind = keys[r.key].kind;
    axis_out->name = keys[r.key].name;
    char *list = strdup(strchr(text, '=') + 1);
    const idi_status st =
        list ? add_entries(&r, list) : idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    free(list);
    return st;
}

void idi_axis_free(idi_axis *axis)
{
    free(axis->entries);
    axis->entries = NULL;
    axis->count = 0;
}

/* Given again, as on the command line; a list that is full, which is refused, stays as it is. */
static void append(idi_texts *texts, const char *text)
{
    if (texts->count < IDI_MAX_TEXTS) texts->text[texts->count++] = text;
}

static void set_people(const idi_axis_entry *entry, idi_texts *texts)
{
    const char *at = entry->text;
    *texts = (idi_texts){.count = entry->people};
    for (int i = 0; i < entry->people; i++, at += strlen(at) + 1)
        texts->text[i] = at;
}

void idi_axis_apply(const idi_axis *axis, int64_t index, idi_edit_words *words)
{
    const idi_axis_entry *entry = &axis->entries[index];
    switch (axis->kind) {
    case IDI_AXIS_NONE:
        break;
    case IDI_AXIS_IDENTITY:
        set_people(entry, &words->identity);
        break;
    case IDI_AXIS_MASK:
        words->mask = entry->text;
        break;
    case IDI_AXIS_STYLE:
        words->style = entry->text;
        if (entry->mask[0]) words->style_mask = entry->mask;
        break;
    case IDI_AXIS_STRENGTH:
        words->strength = entry->number;
        break;
    case IDI_AXIS_STYLE_AMOUNT:
        words->style_amount = &entry->number;
        break;
    case IDI_AXIS_MASK_AMOUNT:
        words->mask_amount = &entry->number;
        break;
    case IDI_AXIS_STYLE_SEED:
        words->style_seed = entry->text;
        break;
    case IDI_AXIS_STYLE_FROM:
        append(&words->style_from, entry->text);
        break;
    case IDI_AXIS_MASK_FROM:
        append(&words->mask_from, entry->text);
        break;
    case IDI_AXIS_MASK_MIX:
        words->mask_mix = entry->text;
        break;
    }
}
