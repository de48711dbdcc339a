/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_json.c - a setting as JSON. One table a struct names its members. */
#include "model/config_internal.h"
#include "model/safetensors_internal.h"
#include "nets/ca2sis_config.h"

#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A setting has some fifty values; a mebibyte of them is not a setting. */
enum { MAX_TEXT_BYTES = 1 << 20 };

typedef enum member_type { MEMBER_INT, MEMBER_BOOL, MEMBER_MODULATION } member_type;

typedef struct member {
    const char *name;
    member_type type;
    size_t offset;
} member;

#define INT_OF(type, name)                                                                         \
    {                                                                                              \
#name, MEMBER_INT, offsetof(type, name)                                                    \
    }
#define BOOL_OF(type, name)                                                                        \
    {                                                                                              \
#name, MEMBER_BOOL, offsetof(type, name)                                                   \
    }

static const member generator_members[] = {
    INT_OF(idi_ca2sis_config, size),
    INT_OF(idi_ca2sis_config, classes),
    INT_OF(idi_ca2sis_config, code_side),
    INT_OF(idi_ca2sis_config, code_channels),
    INT_OF(idi_ca2sis_config, style_dim),
    INT_OF(idi_ca2sis_config, style_width),
    INT_OF(idi_ca2sis_config, style_downs),
    INT_OF(idi_ca2sis_config, norm_groups),
    INT_OF(idi_ca2sis_config, noise_dim),
    INT_OF(idi_ca2sis_config, noise_hidden),
    INT_OF(idi_ca2sis_config, identity_dim),
    INT_OF(idi_ca2sis_config, spade_hidden),
    {"modulation", MEMBER_MODULATION, offsetof(idi_ca2sis_config, modulation)},
    BOOL_OF(idi_ca2sis_config, has_tanh),
    INT_OF(idi_ca2sis_config, block_count),
    {NULL, MEMBER_INT, 0}};

static const member block_members[] = {INT_OF(idi_ca2sis_block, channels),
                                       INT_OF(idi_ca2sis_block, heads),
                                       INT_OF(idi_ca2sis_block, head_dim),
                                       BOOL_OF(idi_ca2sis_block, has_self_attention),
                                       {NULL, MEMBER_INT, 0}};

static const member spade_members[] = {
    INT_OF(idi_spade_config, size),      INT_OF(idi_spade_config, classes),
    INT_OF(idi_spade_config, width),     INT_OF(idi_spade_config, spade_hidden),
    INT_OF(idi_spade_config, style_dim), {NULL, MEMBER_INT, 0}};

static const member recogniser_members[] = {INT_OF(idi_recogniser_config, input_side),
                                            INT_OF(idi_recogniser_config, embedding_dim),
                                            INT_OF(idi_recogniser_config, width),
                                            {NULL, MEMBER_INT, 0}};

static const char *const modulation_names[] = {"group", "spade"};

/* Reading */

static idi_status read_int(const char *where, const char *name, const json_t *value, void *to)
{
    IDI_REQUIRE(json_is_integer(value), IDI_ERR_FORMAT, "config: %s%s is not a whole number", where,
                name);
    const int64_t number = json_integer_value(value);
    memcpy(to, &number, sizeof number);
    return IDI_OK;
}

static idi_status read_modulation(const json_t *value, void *to)
{
    const char *word = json_string_value(value);
    for (int i = 0; word && i < 2; i++) {
        if (strcmp(word, modulation_names[i]) != 0) continue;
        const idi_modulation modulation = (idi_modulation)i;
        memcpy(to, &modulation, sizeof modulation);
        return IDI_OK;
    }
    return idi_fail(IDI_ERR_FORMAT, "config: modulation is '%s', want group or spade",
                    word ? idi_show(word).text : "not a text");
}

static idi_status read_member(const char *where, const member *m, const json_t *value, void *base)
{
    void *to = (char *)base + m->offset;
    if (m->type == MEMBER_INT) return read_int(where, m->name, value, to);
    if (m->type == MEMBER_MODULATION) return read_modulation(value, to);
    IDI_REQUIRE(json_is_boolean(value), IDI_ERR_FORMAT, "config: %s%s is not true or false", where,
                m->name);
    const bool truth = json_is_true(value);
    memcpy(to, &truth, sizeof truth);
    return IDI_OK;
}

static const member *find_member(const member *members, const char *name)
{
    for (; members->name; members++)
        if (strcmp(members->name, name) == 0) return members;
    return NULL;
}

/* All members of `object` that are in the table; any other but "arch" and "blocks" is an error
 * at the top, and any other at all in a block. */
static idi_status read_members(const char *where, const member *members, json_t *object, void *base)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const bool is_elsewhere =
            !where[0] && (strcmp(key, "arch") == 0 || strcmp(key, "blocks") == 0);
        if (is_elsewhere) continue;
        const member *m = find_member(members, key);
        IDI_REQUIRE(m, IDI_ERR_FORMAT, "config: unknown key '%s%s'", where, idi_show(key).text);
        IDI_TRY(read_member(where, m, value, base));
    }
    return IDI_OK;
}

static idi_status read_generator_blocks(json_t *array, bool has_count, idi_ca2sis_config *config)
{
    IDI_REQUIRE(json_is_array(array), IDI_ERR_FORMAT, "config: blocks is not an array of objects");
    const size_t count = json_array_size(array);
    IDI_REQUIRE(count <= IDI_MAX_BLOCKS, IDI_ERR_FORMAT,
                "config: blocks has %zu entries, want at most %d", count, (int)IDI_MAX_BLOCKS);
    IDI_REQUIRE(!has_count || config->block_count == (int64_t)count, IDI_ERR_ARG,
                "config: block_count is %lld, but blocks has %zu entries",
                (long long)config->block_count, count);
    config->block_count = (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        char where[32];
        json_t *object = json_array_get(array, i);
        (void)snprintf(where, sizeof where, "blocks[%zu].", i);
        IDI_REQUIRE(json_is_object(object), IDI_ERR_FORMAT, "config: blocks[%zu] is not an object",
                    i);
        IDI_TRY(read_members(where, block_members, object, &config->blocks[i]));
    }
    return IDI_OK;
}

static idi_status read_generator(json_t *root, idi_ca2sis_config *config)
{
    json_t *blocks = json_object_get(root, "blocks");
    /* The sides decide what the other members are when left out. */
    IDI_TRY(read_members("", generator_members, root, config));
    const int64_t stated_count = config->block_count;
    const bool has_count = json_object_get(root, "block_count") != NULL;
    idi_ca2sis_config_set_blocks(config);
    if (has_count) config->block_count = stated_count;
    return blocks ? read_generator_blocks(blocks, has_count, config) : IDI_OK;
}

static idi_status read_spade(json_t *root, idi_spade_config *config)
{
    IDI_REQUIRE(!json_object_get(root, "blocks"), IDI_ERR_FORMAT, "config: unknown key 'blocks'");
    return read_members("", spade_members, root, config);
}

static idi_status read_recogniser(json_t *root, idi_recogniser_config *config)
{
    json_t *blocks = json_object_get(root, "blocks");
    IDI_TRY(read_members("", recogniser_members, root, config));
    if (!blocks) return IDI_OK;
    IDI_REQUIRE(json_array_size(blocks) == 4, IDI_ERR_FORMAT,
                "config: blocks is not an array of 4 whole numbers");
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "blocks[%zu]", i);
        IDI_TRY(read_int("", name, json_array_get(blocks, i), &config->blocks[i]));
    }
    return IDI_OK;
}

static idi_status require_same_arch(idi_arch got, const char *wanted_name)
{
    idi_arch wanted;
    int depth;
    IDI_TRY(idi_arch_parse(wanted_name, &wanted, &depth));
    IDI_REQUIRE(got == wanted, IDI_ERR_ARG, "config: arch is %s, but %s was asked for",
                idi_arch_name(got), wanted_name);
    return IDI_OK;
}

/* arch_name: of a text that does not say; NULL: it must. */
static idi_status read_root(json_t *root, const char *arch_name, idi_model_config *config)
{
    IDI_REQUIRE(json_is_object(root), IDI_ERR_FORMAT, "config: not a JSON object");
    const json_t *arch = json_object_get(root, "arch");
    const json_t *size = json_object_get(root, "size");
    IDI_REQUIRE(
        json_is_string(arch) || (!arch && arch_name), IDI_ERR_FORMAT,
        "config: arch is missing or not a text, want ca2sis, ca2sis-id, spade, sean, iresnet, "
        "mobilefacenet or facenet");
    const char *name = arch ? json_string_value(arch) : arch_name;
    const idi_status st =
        idi_config_init(name, json_is_integer(size) ? json_integer_value(size) : 0, config);
    if (st != IDI_OK) return idi_fail_prefix(st, "config: ");
    if (arch_name) IDI_TRY(require_same_arch(config->arch, arch_name));
    if (idi_arch_is_ca2sis(config->arch))
        IDI_TRY(read_generator(root, &config->generator));
    else if (idi_arch_is_generator(config->arch))
        IDI_TRY(read_spade(root, &config->spade));
    else
        IDI_TRY(read_recogniser(root, &config->recogniser));
    return idi_config_check(config);
}

static idi_status parse(const char *text, size_t bytes, const char *arch_name,
                        idi_model_config *config_out)
{
    json_error_t error;
    idi_model_config config;
    IDI_REQUIRE(bytes <= MAX_TEXT_BYTES, IDI_ERR_FORMAT, "config: %zu bytes, want at most %d",
                bytes, (int)MAX_TEXT_BYTES);
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    IDI_REQUIRE(root, IDI_ERR_FORMAT, "config: not valid JSON at line %d, column %d: %s",
                error.line, error.column, idi_show(error.text).text);
    const idi_status st = read_root(root, arch_name, &config);
    json_decref(root);
    if (st == IDI_OK) *config_out = config;
    return st;
}

idi_status idi_config_parse(const char *text, size_t bytes, idi_model_config *config_out)
{
    return parse(text, bytes, NULL, config_out);
}

static idi_status read_text(FILE *stream, char *text, size_t *bytes_out)
{
    *bytes_out = fread(text, 1, MAX_TEXT_BYTES + 1, stream);
    IDI_REQUIRE(!ferror(stream), IDI_ERR_IO, "cannot be read: %s", idi_show_errno(errno).text);
    return IDI_OK;
}

idi_status idi_config_read(idi_memory *memory, const char *path, const char *arch_name,
                           idi_model_config *config_out)
{
    idi_status st = IDI_OK;
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = fopen(path, "rb");
    IDI_REQUIRE_TO(out, stream, IDI_ERR_IO, "cannot be opened: %s", idi_show_errno(errno).text);
    IDI_TRY_TO(out, idi_alloc(memory, IDI_TAG_GENERAL, MAX_TEXT_BYTES + 1, &text));
    IDI_TRY_TO(out, read_text(stream, text, &bytes));
    IDI_TRY_TO(out, parse(text, bytes, arch_name, config_out));
out:
    if (stream) (void)fclose(stream);
    idi_free(memory, text);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}

/* Writing. A failure of jansson to allocate leaves a member out; `is_ok` remembers it. */

static void put(json_t *object, const char *name, json_t *value, bool *is_ok)
{
    if (json_object_set_new(object, name, value) != 0) *is_ok = false;
}

static json_t *member_value(const member *m, const void *base)
{
    const char *from = (const char *)base + m->offset;
    int64_t number;
    bool truth;
    idi_modulation modulation;
    switch (m->type) {
    case MEMBER_INT:
        memcpy(&number, from, sizeof number);
        return json_integer(number);
    case MEMBER_BOOL:
        memcpy(&truth, from, sizeof truth);
        return json_boolean(truth);
    case MEMBER_MODULATION:
        memcpy(&modulation, from, sizeof modulation);
        return json_string(modulation_names[modulation]);
    }
    return NULL;
}

static void put_members(json_t *object, const member *members, const void *base, bool *is_ok)
{
    for (; members->name; members++)
        put(object, members->name, member_value(members, base), is_ok);
}

static json_t *blocks_value(const idi_model_config *config, bool *is_ok)
{
    json_t *blocks = json_array();
    if (!idi_arch_is_generator(config->arch)) {
        for (int i = 0; i < 4; i++)
            if (json_array_append_new(blocks, json_integer(config->recogniser.blocks[i])) != 0)
                *is_ok = false;
        return blocks;
    }
    for (int64_t i = 0; i < config->generator.block_count; i++) {
        json_t *block = json_object();
        put_members(block, block_members, &config->generator.blocks[i], is_ok);
        if (json_array_append_new(blocks, block) != 0) *is_ok = false;
    }
    return blocks;
}

static json_t *to_json(const idi_model_config *config, bool *is_ok)
{
    json_t *root = json_object();
    put(root, "arch", json_string(idi_arch_name(config->arch)), is_ok);
    if (idi_arch_is_ca2sis(config->arch))
        put_members(root, generator_members, &config->generator, is_ok);
    else if (idi_arch_is_generator(config->arch))
        put_members(root, spade_members, &config->spade, is_ok);
    else
        put_members(root, recogniser_members, &config->recogniser, is_ok);
    const bool has_blocks =
        idi_arch_is_ca2sis(config->arch) || !idi_arch_is_generator(config->arch);
    if (has_blocks) put(root, "blocks", blocks_value(config, is_ok), is_ok);
    return root;
}

idi_status idi_config_format(idi_memory *memory, const idi_model_config *config, char **text_out)
{
    bool is_ok = true;
    *text_out = NULL;
    IDI_TRY(idi_config_check(config));
    json_t *root = to_json(config, &is_ok);
    char *text = is_ok ? json_dumps(root, 0) : NULL;
    json_decref(root);
    IDI_REQUIRE(text, IDI_ERR_NOMEM, "out of memory for the config's text");
    const idi_status st = idi_strdup(memory, text, text_out);
    free(text);
    return st;
}

bool idi_config_equal(const idi_model_config *a, const idi_model_config *b)
{
    bool is_ok = true;
    json_t *one = to_json(a, &is_ok);
    json_t *other = to_json(b, &is_ok);
    const bool is_equal = is_ok && json_equal(one, other) != 0;
    json_decref(one);
    json_decref(other);
    return is_equal;
}
