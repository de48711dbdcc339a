/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_write.c - a recipe to JSON, and two of them compared, through the table of members.
 */
#include "train/recipe_members.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *texts_value(const idi_recipe_member *m, const char *from)
{
    json_t *list = json_array();
    for (int i = 0; i < (int)m->high && from[0]; i++, from += IDI_RECIPE_TEXT_BYTES) {
        if (json_array_append_new(list, json_string(from)) == 0) continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *member_value(const idi_recipe_member *m, const idi_recipe *recipe)
{
    const void *from = (const char *)recipe + m->offset;
    const int64_t *integers = from;
    const double *numbers = from;
    const char *word;
    switch (m->type) {
    case IDI_RECIPE_INT:
        return json_integer(integers[0]);
    case IDI_RECIPE_NUMBER:
        return json_real(numbers[0]);
    case IDI_RECIPE_RANGE:
        return json_pack("[I, I]", (json_int_t)integers[0], (json_int_t)integers[1]);
    case IDI_RECIPE_SPAN:
        return json_pack("[f, f]", numbers[0], numbers[1]);
    case IDI_RECIPE_BOOL:
        return json_boolean(*(const bool *)from);
    case IDI_RECIPE_TEXT:
        return json_string(from);
    case IDI_RECIPE_TEXTS:
        return texts_value(m, from);
    case IDI_RECIPE_CHOICE:
        break;
    }
    const size_t length = idi_recipe_choice_at(m->choices, integers[0], &word);
    return json_stringn(word, length);
}

/* The object that has a section's members; made when it is first asked for. */
static json_t *section_of(json_t *root, const char *section)
{
    if (!section[0]) return root;
    if (!json_object_get(root, section)) (void)json_object_set_new(root, section, json_object());
    return json_object_get(root, section);
}

static bool put_members(json_t *root, const idi_recipe *recipe)
{
    for (int i = 0; i < idi_recipe_member_count; i++) {
        const idi_recipe_member *m = &idi_recipe_members[i];
        if (m->is_free || !idi_recipe_has(recipe, m)) continue;
        if (json_object_set_new(section_of(root, m->section), m->name, member_value(m, recipe)) !=
            0)
            return false;
    }
    return true;
}

idi_status idi_recipe_format(idi_memory *memory, const idi_recipe *recipe, char **text_out)
{
    char *network = NULL;
    char *text = NULL;
    json_t *root = json_object();
    idi_status st = IDI_OK;
    *text_out = NULL;
    IDI_TRY_TO(done, idi_config_format(memory, &recipe->network, &network));
    const bool is_ok = json_object_set_new(root, "network", json_loads(network, 0, NULL)) == 0 &&
                       put_members(root, recipe);
    if (is_ok) text = json_dumps(root, JSON_INDENT(2));
    IDI_REQUIRE_TO(done, text, IDI_ERR_NOMEM, "out of memory for the recipe's text");
    IDI_TRY_TO(done, idi_strdup(memory, text, text_out));
done:
    json_decref(root);
    free(text);
    idi_free(memory, network);
    return st;
}

/* --- comparing -------------------------------------------------------------------------------- */

static idi_status differ(const idi_recipe_member *m, const idi_recipe *before,
                         const idi_recipe *now)
{
    json_t *old = member_value(m, before);
    json_t *new = member_value(m, now);
    char *old_text = json_dumps(old, JSON_ENCODE_ANY);
    char *new_text = json_dumps(new, JSON_ENCODE_ANY);
    const idi_status st =
        idi_fail(IDI_ERR_STATE, "%s is %s there and %s in this recipe", idi_recipe_name_of(m).text,
                 old_text ? old_text : "?", new_text ? new_text : "?");
    free(old_text);
    free(new_text);
    json_decref(old);
    json_decref(new);
    return st;
}

static bool are_equal(const idi_recipe_member *m, const idi_recipe *before, const idi_recipe *now)
{
    json_t *old = member_value(m, before);
    json_t *new = member_value(m, now);
    const bool is_equal = old && new &&json_equal(old, new);
    json_decref(old);
    json_decref(new);
    return is_equal;
}

idi_status idi_recipe_require_same(const idi_recipe *before, const idi_recipe *now)
{
    IDI_REQUIRE(idi_config_equal(&before->network, &now->network), IDI_ERR_STATE,
                "the network is another one there");
    for (int i = 0; i < idi_recipe_member_count; i++)
        if (!idi_recipe_members[i].is_free && idi_recipe_has(now, &idi_recipe_members[i]) &&
            !are_equal(&idi_recipe_members[i], before, now))
            return differ(&idi_recipe_members[i], before, now);
    return IDI_OK;
}
