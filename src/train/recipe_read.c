/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_read.c - JSON to a recipe, through the table of its members. */
#include "core/file.h"
#include "train/recipe_members.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RECIPE_BYTES = 1 << 20 };

static idi_status require_range(const idi_recipe_member *m, double value)
{
    IDI_REQUIRE(value >= m->low && value <= m->high, IDI_ERR_ARG,
                "recipe: %s is %.15g, want %.15g to %.15g", idi_recipe_name_of(m).text, value,
                m->low, m->high);
    return IDI_OK;
}

static idi_status read_int(const idi_recipe_member *m, const json_t *value, int64_t *to)
{
    IDI_REQUIRE(json_is_integer(value), IDI_ERR_FORMAT, "recipe: %s is not a whole number",
                idi_recipe_name_of(m).text);
    *to = json_integer_value(value);
    return require_range(m, (double)*to);
}

static idi_status read_number(const idi_recipe_member *m, const json_t *value, double *to)
{
    IDI_REQUIRE(json_is_number(value), IDI_ERR_FORMAT, "recipe: %s is not a number",
                idi_recipe_name_of(m).text);
    *to = json_number_value(value);
    return require_range(m, *to);
}

static idi_status read_range(const idi_recipe_member *m, const json_t *value, int64_t *to)
{
    IDI_REQUIRE(json_array_size(value) == 2, IDI_ERR_FORMAT,
                "recipe: %s is not [first, last], two whole numbers", idi_recipe_name_of(m).text);
    for (size_t i = 0; i < 2; i++)
        IDI_TRY(read_int(m, json_array_get(value, i), &to[i]));
    IDI_REQUIRE(to[0] <= to[1], IDI_ERR_ARG, "recipe: %s is [%lld, %lld], want the smaller first",
                idi_recipe_name_of(m).text, (long long)to[0], (long long)to[1]);
    return IDI_OK;
}

static idi_status read_span(const idi_recipe_member *m, const json_t *value, double *to)
{
    IDI_REQUIRE(json_array_size(value) == 2, IDI_ERR_FORMAT,
                "recipe: %s is not [lowest, highest], two numbers", idi_recipe_name_of(m).text);
    for (size_t i = 0; i < 2; i++)
        IDI_TRY(read_number(m, json_array_get(value, i), &to[i]));
    IDI_REQUIRE(to[0] <= to[1], IDI_ERR_ARG, "recipe: %s is [%g, %g], want the smaller first",
                idi_recipe_name_of(m).text, to[0], to[1]);
    return IDI_OK;
}

static idi_status read_text(const idi_recipe_member *m, const json_t *value, char *to)
{
    IDI_REQUIRE(json_is_string(value), IDI_ERR_FORMAT, "recipe: %s is not a text",
                idi_recipe_name_of(m).text);
    IDI_REQUIRE(json_string_length(value) < IDI_RECIPE_TEXT_BYTES, IDI_ERR_ARG,
                "recipe: %s has %zu bytes, want at most %d", idi_recipe_name_of(m).text,
                json_string_length(value), IDI_RECIPE_TEXT_BYTES - 1);
    memset(to, 0, IDI_RECIPE_TEXT_BYTES);
    memcpy(to, json_string_value(value), json_string_length(value));
    return IDI_OK;
}

static idi_status read_texts(const idi_recipe_member *m, const json_t *value, char *to)
{
    const size_t count = json_array_size(value);
    const idi_recipe_name name = idi_recipe_name_of(m);
    IDI_REQUIRE(json_is_array(value), IDI_ERR_FORMAT, "recipe: %s is not a list of texts",
                name.text);
    IDI_REQUIRE((double)count <= m->high, IDI_ERR_ARG,
                "recipe: %s has %zu members, want at most %g", name.text, count, m->high);
    memset(to, 0, (size_t)m->high * IDI_RECIPE_TEXT_BYTES);
    for (size_t i = 0; i < count; i++, to += IDI_RECIPE_TEXT_BYTES) {
        IDI_TRY(read_text(m, json_array_get(value, i), to));
        IDI_REQUIRE(to[0], IDI_ERR_ARG, "recipe: %s has an empty text", name.text);
    }
    return IDI_OK;
}

static idi_status read_choice(const idi_recipe_member *m, const json_t *value, int64_t *to)
{
    const char *given = json_is_string(value) ? json_string_value(value) : "";
    const char *word;
    size_t length;
    for (int64_t i = 0; (length = idi_recipe_choice_at(m->choices, i, &word)) > 0; i++) {
        if (strlen(given) != length || memcmp(given, word, length) != 0) continue;
        *to = i;
        return IDI_OK;
    }
    return idi_fail(IDI_ERR_FORMAT, "recipe: %s is not one of the words %s",
                    idi_recipe_name_of(m).text, m->choices);
}

static idi_status read_member(const idi_recipe_member *m, const json_t *value, idi_recipe *recipe)
{
    void *to = (char *)recipe + m->offset;
    switch (m->type) {
    case IDI_RECIPE_INT:
        return read_int(m, value, to);
    case IDI_RECIPE_NUMBER:
        return read_number(m, value, to);
    case IDI_RECIPE_RANGE:
        return read_range(m, value, to);
    case IDI_RECIPE_SPAN:
        return read_span(m, value, to);
    case IDI_RECIPE_TEXT:
        return read_text(m, value, to);
    case IDI_RECIPE_TEXTS:
        return read_texts(m, value, to);
    case IDI_RECIPE_CHOICE:
        return read_choice(m, value, to);
    case IDI_RECIPE_BOOL:
        break;
    }
    IDI_REQUIRE(json_is_boolean(value), IDI_ERR_FORMAT, "recipe: %s is not true or false",
                idi_recipe_name_of(m).text);
    *(bool *)to = json_is_true(value);
    return IDI_OK;
}

static bool is_section(const idi_recipe *recipe, const char *name)
{
    for (int i = 0; i < idi_recipe_member_count; i++) {
        const idi_recipe_member *m = &idi_recipe_members[i];
        if (idi_recipe_has(recipe, m) && strcmp(m->section, name) == 0) return true;
    }
    return false;
}

static const idi_recipe_member *find_member(const idi_recipe *recipe, const char *section,
                                            const char *name)
{
    for (int i = 0; i < idi_recipe_member_count; i++) {
        const idi_recipe_member *m = &idi_recipe_members[i];
        if (idi_recipe_has(recipe, m) && strcmp(m->section, section) == 0 &&
            strcmp(m->name, name) == 0)
            return m;
    }
    return NULL;
}

static idi_status read_section(const char *section, json_t *object, idi_recipe *recipe)
{
    const char *key;
    json_t *value;
    IDI_REQUIRE(json_is_object(object), IDI_ERR_FORMAT, "recipe: %s is not an object", section);
    json_object_foreach(object, key, value)
    {
        const idi_recipe_member *m = find_member(recipe, section, key);
        const bool is_elsewhere =
            !section[0] && key[0] && (strcmp(key, "network") == 0 || is_section(recipe, key));
        if (is_elsewhere) continue;
        IDI_REQUIRE(m, IDI_ERR_FORMAT, "recipe: unknown member '%.64s%s%.64s' (of network %s)",
                    section, section[0] ? "." : "", key, idi_arch_name(recipe->network.arch));
        IDI_TRY(read_member(m, value, recipe));
    }
    return IDI_OK;
}

static idi_status read_network(const json_t *root, idi_recipe *recipe)
{
    const json_t *network = json_object_get(root, "network");
    IDI_REQUIRE(json_is_object(network), IDI_ERR_FORMAT,
                "recipe: network is missing or not an object");
    char *text = json_dumps(network, JSON_COMPACT);
    IDI_REQUIRE(text, IDI_ERR_NOMEM, "out of memory for the recipe's network");
    const idi_status st = idi_config_parse(text, strlen(text), &recipe->network);
    free(text);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "recipe: network: ");
}

static idi_status read_root(json_t *root, idi_recipe *recipe)
{
    const char *key;
    json_t *value;
    IDI_REQUIRE(json_is_object(root), IDI_ERR_FORMAT, "recipe: not a JSON object");
    IDI_TRY(read_network(root, recipe)); /* it says which members there are */
    IDI_TRY(read_section("", root, recipe));
    json_object_foreach(root, key, value)
    {
        if (key[0] && is_section(recipe, key)) IDI_TRY(read_section(key, value, recipe));
    }
    return idi_recipe_check(recipe);
}

idi_status idi_recipe_parse(const char *text, size_t bytes, idi_recipe *recipe_out)
{
    json_error_t error;
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    IDI_REQUIRE(root, IDI_ERR_FORMAT, "recipe: not valid JSON at line %d, column %d: %s",
                error.line, error.column, error.text);
    *recipe_out = idi_recipe_defaults;
    const idi_status st = read_root(root, recipe_out);
    json_decref(root);
    return st;
}

idi_status idi_recipe_read(idi_memory *memory, const char *path, idi_recipe *recipe_out)
{
    uint8_t *text;
    size_t bytes;
    IDI_TRY(idi_file_read(memory, path, MAX_RECIPE_BYTES, &text, &bytes));
    const idi_status st = idi_recipe_parse((const char *)text, bytes, recipe_out);
    idi_free(memory, text);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}
