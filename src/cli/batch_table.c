/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_table.c - the jobs of a list by what they write: who they are, and how far. */
#include "batch_output.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024, WORD_DIGITS = 16, SEED_DIGITS = 15 };

void idi_digest_parse(const char *sha256, uint64_t *words_out, int count)
{
    for (int i = 0; i < count; i++) {
        char word[WORD_DIGITS + 1] = {0};
        memcpy(word, sha256 + (ptrdiff_t)i * WORD_DIGITS, WORD_DIGITS);
        words_out[i] = strtoull(word, NULL, 16);
    }
}

static void digest_of(const char *text, uint64_t digest_out[2])
{
    char digits[65];
    idi_sha256(text, strlen(text), digits);
    idi_digest_parse(digits, digest_out, 2);
}

/* The name's entry, or the empty one where it would be. */
static idi_batch_entry *place_of(const idi_batch_table *t, const uint64_t name[2])
{
    const uint64_t mask = (uint64_t)t->capacity - 1;
    uint64_t at = name[0] & mask;
    while (t->entries[at].line &&
           (t->entries[at].name[0] != name[0] || t->entries[at].name[1] != name[1]))
        at = (at + 1) & mask;
    return &t->entries[at];
}

idi_batch_entry *idi_table_find(const idi_batch_table *table, const char *key)
{
    uint64_t name[2];
    if (!table->count) return NULL;
    digest_of(key, name);
    idi_batch_entry *entry = place_of(table, name);
    return entry->line ? entry : NULL;
}

/* No more than half full. */
static bool make_room(idi_batch_table *t)
{
    if (2 * (t->count + 1) <= t->capacity) return true;
    const int64_t capacity = t->capacity ? 2 * t->capacity : FIRST_CAPACITY;
    const idi_batch_table larger = {calloc((size_t)capacity, sizeof *t->entries), capacity,
                                    t->count};
    if (!larger.entries) return false;
    for (int64_t i = 0; i < t->capacity; i++)
        if (t->entries[i].line) *place_of(&larger, t->entries[i].name) = t->entries[i];
    free(t->entries);
    *t = larger;
    return true;
}

idi_batch_entry *idi_table_add(idi_batch_table *table, const char *key)
{
    uint64_t name[2];
    if (!make_room(table)) return NULL;
    digest_of(key, name);
    idi_batch_entry *entry = place_of(table, name);
    if (entry->line) return entry;
    memcpy(entry->name, name, sizeof name);
    table->count++;
    return entry;
}

void idi_table_free(idi_batch_table *table)
{
    free(table->entries);
    *table = (idi_batch_table){0};
}

json_t *idi_job_own_members(json_t *job)
{
    json_t *own = json_copy(job);
    if (!own) return NULL;
    (void)json_object_del(own, "line");
    (void)json_object_del(own, "error");
    return own;
}

bool idi_job_digest(json_t *job, uint64_t digest_out[2])
{
    json_t *own = idi_job_own_members(job);
    char *text = own ? json_dumps(own, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text) digest_of(text, digest_out);
    free(text);
    json_decref(own);
    return text != NULL;
}

uint64_t idi_job_seed(const json_t *job)
{
    const json_t *own = json_object_get(job, "seed");
    char digits[65];
    if (own) return (uint64_t)json_integer_value(own);
    const char *out = json_string_value(json_object_get(job, "out"));
    idi_sha256(out, strlen(out), digits);
    digits[SEED_DIGITS] = '\0';
    return strtoull(digits, NULL, 16);
}
