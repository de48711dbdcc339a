/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_json.c - recipes as JSON: one table names the members, and reading, writing and
 * comparing go through it. */
#include "core/file.h"
#include "train/recipe.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RECIPE_BYTES = 1 << 20, MOST = INT32_MAX };

typedef enum member_type { INT, NUMBER, RANGE, BOOL, TEXT, CHOICE } member_type;

typedef struct member {
    const char *section, *name; /* "": the top */
    member_type type;
    size_t offset;
    double low, high;
    const char *choices; /* "a|b|c" */
    bool is_free;        /* may change while a training goes on */
} member;

/* What decides the training's result, and what only decides how the work is done. */
#define NUMBERS(section_, name_, type_, field, low_, high_, free_)                                 \
    {                                                                                              \
        .section = section_, .name = name_, .type = type_, .offset = offsetof(idi_recipe, field),  \
        .low = low_, .high = high_, .is_free = free_                                               \
    }
#define FIXED(section_, name_, type_, field, low_, high_)                                          \
    NUMBERS(section_, name_, type_, field, low_, high_, false)
#define FREE(section_, name_, type_, field, low_, high_)                                           \
    NUMBERS(section_, name_, type_, field, low_, high_, true)
#define WORDS(section_, name_, type_, field, choices_)                                             \
    {                                                                                              \
        .section = section_, .name = name_, .type = type_, .offset = offsetof(idi_recipe, field),  \
        .choices = choices_                                                                        \
    }

static const member members[] = {
    WORDS("data", "source", CHOICE, data.source, "portraits|celebamask|paired"),
    FIXED("data", "size", INT, data.size, 32, 4096),
    FIXED("data", "people", RANGE, data.people, 0, MOST),
    FIXED("data", "photos", INT, data.photos, 1, MOST),
    FREE("data", "cache_mib", INT, data.cache_mib, 0, 1 << 24),
    WORDS("data", "root", TEXT, data.root, NULL),
    WORDS("data", "images", TEXT, data.images, NULL),
    WORDS("data", "labels", TEXT, data.labels, NULL),
    WORDS("data", "scheme", TEXT, data.scheme, NULL),
    WORDS("data", "identities", TEXT, data.identities, NULL),
    WORDS("data", "mapping", TEXT, data.mapping, NULL),
    FIXED("validation", "every", INT, validation.every, 0, MOST),
    FIXED("validation", "people", RANGE, validation.people, 0, MOST),
    FIXED("validation", "photos", INT, validation.photos, 2, MOST),
    FIXED("batch", "people", INT, batch.people, 1, 1 << 16),
    FIXED("batch", "photos", INT, batch.photos, 1, 1 << 16),
    WORDS("loss", "kind", CHOICE, loss.kind, "arcface|cosface|combined|adaface"),
    FIXED("loss", "scale", NUMBER, loss.scale, 1e-3, 1e4),
    FIXED("loss", "margin", NUMBER, loss.margin, 0, 2),
    FIXED("loss", "additive", NUMBER, loss.additive, 0, 2),
    FIXED("loss", "concentration", NUMBER, loss.concentration, 1e-6, 1e3),
    FIXED("loss", "ramp", RANGE, loss.ramp, 0, MOST),
    FIXED("optimiser", "rate", NUMBER, optimiser.rate, 0, 1e3),
    FIXED("optimiser", "head_rate", NUMBER, optimiser.head_rate, 0, 1e3),
    FIXED("optimiser", "warmup_steps", INT, optimiser.warmup_steps, 0, MOST),
    FIXED("optimiser", "decay_after", INT, optimiser.decay_after, -1, MOST),
    FIXED("optimiser", "beta1", NUMBER, optimiser.beta1, 0, 0.99999999),
    FIXED("optimiser", "beta2", NUMBER, optimiser.beta2, 0, 0.99999999),
    FIXED("optimiser", "eps", NUMBER, optimiser.eps, 1e-30, 1),
    FIXED("optimiser", "weight_decay", NUMBER, optimiser.weight_decay, 0, 1e3),
    FIXED("optimiser", "clip_norm", NUMBER, optimiser.clip_norm, 0, 1e30),
    FIXED("optimiser", "average_decay", NUMBER, optimiser.average_decay, 0, 0.99999999),
    WORDS("augmentation", "flips", BOOL, has_flips, NULL),
    FIXED("augmentation", "shift", NUMBER, augmentation.shift, 0, 0.5),
    FIXED("augmentation", "zoom", NUMBER, augmentation.zoom, 0, 0.5),
    FIXED("augmentation", "roll", NUMBER, augmentation.roll, 0, 1),
    FIXED("augmentation", "gain", NUMBER, augmentation.gain, 0, 0.99),
    FIXED("augmentation", "bias", NUMBER, augmentation.bias, 0, 1),
    FIXED("augmentation", "white_balance", NUMBER, augmentation.white_balance, 0, 0.99),
    FIXED("augmentation", "noise", NUMBER, augmentation.noise, 0, 1),
    FIXED("augmentation", "grey", NUMBER, augmentation.grey, 0, 1),
    WORDS("model", "storage", CHOICE, model.storage, "f16|f32"),
    WORDS("model", "licence", TEXT, model.licence, NULL),
    WORDS("model", "training_data", TEXT, model.training_data, NULL),
    FIXED("", "steps", INT, steps, 1, MOST),
    FIXED("", "seed", INT, seed, 0, 9007199254740992.0),
    FREE("", "workers", INT, workers, 0, 256),
    FIXED("", "log_every", INT, log_every, 1, MOST),
    FREE("", "checkpoint_every", INT, checkpoint_every, 1, MOST),
};
enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

static const idi_recipe defaults = {
    .data =
        {.size = 64, .people = {0, 699}, .photos = 16, .cache_mib = 256, .scheme = "celebamask"},
    .validation = {.people = {700, 849}, .photos = 8},
    .batch = {64, 1},
    .loss = {.kind = IDI_MARGIN_COSFACE, .scale = 32.0, .margin = 0.35, .concentration = 0.333},
    .optimiser = {.rate = 0.001, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
    .steps = 1000,
    .seed = 1,
    .workers = 1,
    .log_every = 10,
    .checkpoint_every = 500};

/* "data.size", for sentences. */
typedef struct member_name {
    char text[64];
} member_name;

static member_name name_of(const member *m)
{
    member_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%s%s", m->section, m->section[0] ? "." : "",
                   m->name);
    return name;
}

/* --- reading ---------------------------------------------------------------------------------- */

static idi_status require_range(const member *m, double value)
{
    IDI_REQUIRE(value >= m->low && value <= m->high, IDI_ERR_ARG,
                "recipe: %s is %.15g, want %.15g to %.15g", name_of(m).text, value, m->low,
                m->high);
    return IDI_OK;
}

static idi_status read_int(const member *m, const json_t *value, int64_t *to)
{
    IDI_REQUIRE(json_is_integer(value), IDI_ERR_FORMAT, "recipe: %s is not a whole number",
                name_of(m).text);
    *to = json_integer_value(value);
    return require_range(m, (double)*to);
}

static idi_status read_number(const member *m, const json_t *value, double *to)
{
    IDI_REQUIRE(json_is_number(value), IDI_ERR_FORMAT, "recipe: %s is not a number",
                name_of(m).text);
    *to = json_number_value(value);
    return require_range(m, *to);
}

static idi_status read_range(const member *m, const json_t *value, int64_t *to)
{
    IDI_REQUIRE(json_array_size(value) == 2, IDI_ERR_FORMAT,
                "recipe: %s is not [first, last], two whole numbers", name_of(m).text);
    for (size_t i = 0; i < 2; i++)
        IDI_TRY(read_int(m, json_array_get(value, i), &to[i]));
    IDI_REQUIRE(to[0] <= to[1], IDI_ERR_ARG, "recipe: %s is [%lld, %lld], want the smaller first",
                name_of(m).text, (long long)to[0], (long long)to[1]);
    return IDI_OK;
}

static idi_status read_text(const member *m, const json_t *value, char *to)
{
    IDI_REQUIRE(json_is_string(value), IDI_ERR_FORMAT, "recipe: %s is not a text", name_of(m).text);
    IDI_REQUIRE(json_string_length(value) < IDI_RECIPE_TEXT_BYTES, IDI_ERR_ARG,
                "recipe: %s has %zu bytes, want at most %d", name_of(m).text,
                json_string_length(value), IDI_RECIPE_TEXT_BYTES - 1);
    memset(to, 0, IDI_RECIPE_TEXT_BYTES);
    memcpy(to, json_string_value(value), json_string_length(value));
    return IDI_OK;
}

/* The word with this number in "a|b|c"; its length, or 0 behind the last. */
static size_t choice_at(const char *choices, int64_t index, const char **word_out)
{
    for (; index > 0 && *choices; index--)
        choices += strcspn(choices, "|") + (strchr(choices, '|') ? 1 : 0);
    *word_out = choices;
    return strcspn(choices, "|");
}

static idi_status read_choice(const member *m, const json_t *value, int64_t *to)
{
    const char *given = json_is_string(value) ? json_string_value(value) : "";
    const char *word;
    size_t length;
    for (int64_t i = 0; (length = choice_at(m->choices, i, &word)) > 0; i++) {
        if (strlen(given) != length || memcmp(given, word, length) != 0) continue;
        *to = i;
        return IDI_OK;
    }
    return idi_fail(IDI_ERR_FORMAT, "recipe: %s is not one of the words %s", name_of(m).text,
                    m->choices);
}

static idi_status read_member(const member *m, const json_t *value, idi_recipe *recipe)
{
    void *to = (char *)recipe + m->offset;
    switch (m->type) {
    case INT:
        return read_int(m, value, to);
    case NUMBER:
        return read_number(m, value, to);
    case RANGE:
        return read_range(m, value, to);
    case TEXT:
        return read_text(m, value, to);
    case CHOICE:
        return read_choice(m, value, to);
    case BOOL:
        break;
    }
    IDI_REQUIRE(json_is_boolean(value), IDI_ERR_FORMAT, "recipe: %s is not true or false",
                name_of(m).text);
    *(bool *)to = json_is_true(value);
    return IDI_OK;
}

static bool is_section(const char *name)
{
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(members[i].section, name) == 0) return true;
    return false;
}

static const member *find_member(const char *section, const char *name)
{
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(members[i].section, section) == 0 && strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static idi_status read_section(const char *section, json_t *object, idi_recipe *recipe)
{
    const char *key;
    json_t *value;
    IDI_REQUIRE(json_is_object(object), IDI_ERR_FORMAT, "recipe: %s is not an object", section);
    json_object_foreach(object, key, value)
    {
        const member *m = find_member(section, key);
        const bool is_elsewhere =
            !section[0] && key[0] && (strcmp(key, "network") == 0 || is_section(key));
        if (is_elsewhere) continue;
        IDI_REQUIRE(m, IDI_ERR_FORMAT, "recipe: unknown member '%.64s%s%.64s'", section,
                    section[0] ? "." : "", key);
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
    IDI_TRY(read_section("", root, recipe));
    json_object_foreach(root, key, value)
    {
        if (key[0] && is_section(key)) IDI_TRY(read_section(key, value, recipe));
    }
    IDI_TRY(read_network(root, recipe));
    return idi_recipe_check(recipe);
}

idi_status idi_recipe_parse(const char *text, size_t bytes, idi_recipe *recipe_out)
{
    json_error_t error;
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    IDI_REQUIRE(root, IDI_ERR_FORMAT, "recipe: not valid JSON at line %d, column %d: %s",
                error.line, error.column, error.text);
    *recipe_out = defaults;
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

/* --- writing ---------------------------------------------------------------------------------- */

static json_t *member_value(const member *m, const idi_recipe *recipe)
{
    const void *from = (const char *)recipe + m->offset;
    const int64_t *integers = from;
    const char *word;
    switch (m->type) {
    case INT:
        return json_integer(integers[0]);
    case NUMBER:
        return json_real(*(const double *)from);
    case RANGE:
        return json_pack("[I, I]", (json_int_t)integers[0], (json_int_t)integers[1]);
    case BOOL:
        return json_boolean(*(const bool *)from);
    case TEXT:
        return json_string(from);
    case CHOICE:
        break;
    }
    const size_t length = choice_at(m->choices, integers[0], &word);
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
    for (int i = 0; i < MEMBER_COUNT; i++) {
        const member *m = &members[i];
        if (m->is_free) continue;
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

static idi_status differ(const member *m, const idi_recipe *before, const idi_recipe *now)
{
    json_t *old = member_value(m, before);
    json_t *new = member_value(m, now);
    char *old_text = json_dumps(old, JSON_ENCODE_ANY);
    char *new_text = json_dumps(new, JSON_ENCODE_ANY);
    const idi_status st =
        idi_fail(IDI_ERR_STATE, "%s is %s there and %s in this recipe", name_of(m).text,
                 old_text ? old_text : "?", new_text ? new_text : "?");
    free(old_text);
    free(new_text);
    json_decref(old);
    json_decref(new);
    return st;
}

static bool are_equal(const member *m, const idi_recipe *before, const idi_recipe *now)
{
    json_t *old = member_value(m, before);
    json_t *new = member_value(m, now);
    const bool is_equal = old && new &&json_equal(old, new);
    json_decref(old);
    json_decref(new);
    return is_equal;
}

/* Recognisers both: idi_recipe_check() has seen to it. */
static bool same_network(const idi_model_config *before, const idi_model_config *now)
{
    const idi_recogniser_config *a = &before->recogniser;
    const idi_recogniser_config *b = &now->recogniser;
    return before->arch == now->arch && a->input_side == b->input_side &&
           a->embedding_dim == b->embedding_dim && a->width == b->width &&
           memcmp(a->blocks, b->blocks, sizeof a->blocks) == 0;
}

idi_status idi_recipe_require_same(const idi_recipe *before, const idi_recipe *now)
{
    IDI_REQUIRE(same_network(&before->network, &now->network), IDI_ERR_STATE,
                "the network is another one there");
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (!members[i].is_free && !are_equal(&members[i], before, now))
            return differ(&members[i], before, now);
    return IDI_OK;
}
