/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors_header.c - the JSON header: nothing in it is believed before it is checked. */
#include "model/safetensors_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* jansson spends some hundred bytes on two bytes of "[]": both are counted before it runs. */
enum { MAX_DEPTH = 3, MAX_VALUES = 1 << 20 };

static idi_status check_frugal(const char *json, size_t bytes)
{
    int depth = 0;
    int64_t value_count = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < bytes; i++) {
        const char c = json[i];
        if (is_in_string) {
            if (c == '\\') i++;
            if (c == '"') is_in_string = false;
            continue;
        }
        is_in_string = c == '"';
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        if (c == ',' || c == ':' || c == '{' || c == '[') value_count++;
        IDI_REQUIRE(depth <= MAX_DEPTH, IDI_ERR_FORMAT,
                    "the header nests deeper than %d levels at byte %zu", (int)MAX_DEPTH, i);
        IDI_REQUIRE(value_count <= MAX_VALUES, IDI_ERR_FORMAT, "the header has more than %d values",
                    (int)MAX_VALUES);
    }
    return IDI_OK;
}

static idi_status parse_json(const char *json, size_t bytes, json_t **root_out)
{
    json_error_t error;
    *root_out = NULL;
    IDI_REQUIRE(bytes > 0 && json[0] == '{', IDI_ERR_FORMAT, "the header does not begin with '{'");
    IDI_TRY(check_frugal(json, bytes));
    *root_out = json_loadb(json, bytes, JSON_REJECT_DUPLICATES, &error);
    if (*root_out) return IDI_OK;
    const bool is_nomem = json_error_code(&error) == json_error_out_of_memory;
    return idi_fail(is_nomem ? IDI_ERR_NOMEM : IDI_ERR_FORMAT,
                    "the header is not valid JSON at byte %d: %s", error.position,
                    idi_show(error.text).text);
}

static idi_status read_dtype(const char *name, const json_t *value, idi_safetensor *tensor)
{
    IDI_REQUIRE(json_is_string(value), IDI_ERR_FORMAT, "tensor '%s' has no dtype",
                idi_show(name).text);
    IDI_REQUIRE(idi_safetensors_dtype_parse(json_string_value(value), &tensor->dtype),
                IDI_ERR_FORMAT,
                "tensor '%s' has dtype '%s', want F32, F16, BF16, F64, I64, I32, U8 or BOOL",
                idi_show(name).text, idi_show(json_string_value(value)).text);
    return IDI_OK;
}

static idi_status read_shape(const char *name, const json_t *value, idi_safetensor *tensor)
{
    IDI_REQUIRE(json_is_array(value), IDI_ERR_FORMAT, "tensor '%s' has no shape",
                idi_show(name).text);
    const size_t rank = json_array_size(value);
    IDI_REQUIRE(rank <= IDI_SAFETENSORS_MAX_RANK, IDI_ERR_FORMAT,
                "tensor '%s' has %zu dimensions, want at most %d", idi_show(name).text, rank,
                (int)IDI_SAFETENSORS_MAX_RANK);
    tensor->rank = (int)rank;
    for (size_t i = 0; i < IDI_SAFETENSORS_MAX_RANK; i++)
        tensor->dim[i] = 1;
    for (size_t i = 0; i < rank; i++) {
        const json_t *dim = json_array_get(value, i);
        IDI_REQUIRE(json_is_integer(dim) && json_integer_value(dim) >= 0, IDI_ERR_FORMAT,
                    "tensor '%s': dimension %zu is not a whole number from 0 on",
                    idi_show(name).text, i);
        tensor->dim[i] = json_integer_value(dim);
    }
    IDI_REQUIRE(idi_safetensors_size(tensor, &tensor->bytes), IDI_ERR_FORMAT,
                "tensor '%s' has a shape whose size overflows", idi_show(name).text);
    return IDI_OK;
}

static idi_status read_offsets(const char *name, const json_t *value, const uint8_t *buffer,
                               size_t buffer_bytes, idi_safetensor *tensor)
{
    const json_t *first = json_array_get(value, 0);
    const json_t *last = json_array_get(value, 1);
    IDI_REQUIRE(json_array_size(value) == 2 && json_is_integer(first) && json_is_integer(last),
                IDI_ERR_FORMAT, "tensor '%s' has no data_offsets of two whole numbers",
                idi_show(name).text);
    const json_int_t begin = json_integer_value(first);
    const json_int_t end = json_integer_value(last);
    IDI_REQUIRE(begin >= 0 && begin <= end && (uint64_t)end <= buffer_bytes, IDI_ERR_FORMAT,
                "tensor '%s' lies at bytes %lld..%lld, but the file has 0..%zu",
                idi_show(name).text, (long long)begin, (long long)end, buffer_bytes);
    IDI_REQUIRE((uint64_t)(end - begin) == tensor->bytes, IDI_ERR_FORMAT,
                "tensor '%s' has %lld bytes, but its dtype and shape want %zu", idi_show(name).text,
                (long long)(end - begin), tensor->bytes);
    tensor->data = buffer + begin;
    return IDI_OK;
}

static idi_status read_entry(const char *name, json_t *entry, const uint8_t *buffer,
                             size_t buffer_bytes, idi_safetensor *tensor)
{
    const char *key;
    json_t *value;
    IDI_TRY(idi_safetensors_check_name("tensor name", name, IDI_ERR_FORMAT));
    IDI_REQUIRE(json_is_object(entry), IDI_ERR_FORMAT, "tensor '%s' is not described by an object",
                idi_show(name).text);
    json_object_foreach(entry, key, value)
    {
        const bool is_known = strcmp(key, "dtype") == 0 || strcmp(key, "shape") == 0 ||
                              strcmp(key, "data_offsets") == 0;
        IDI_REQUIRE(is_known, IDI_ERR_FORMAT, "tensor '%s' has an unknown member '%s'",
                    idi_show(name).text, idi_show(key).text);
    }
    IDI_TRY(read_dtype(name, json_object_get(entry, "dtype"), tensor));
    IDI_TRY(read_shape(name, json_object_get(entry, "shape"), tensor));
    return read_offsets(name, json_object_get(entry, "data_offsets"), buffer, buffer_bytes, tensor);
}

static int by_place(const void *a, const void *b)
{
    const idi_safetensor *left = a;
    const idi_safetensor *right = b;
    if (left->data != right->data)
        return (const uint8_t *)left->data < (const uint8_t *)right->data ? -1 : 1;
    return (left->bytes > right->bytes) - (left->bytes < right->bytes);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const idi_safetensor *)a)->name, ((const idi_safetensor *)b)->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const idi_safetensors_pair *)a)->key, ((const idi_safetensors_pair *)b)->key);
}

/* The tensors must follow each other: what lies between or twice is a lie somewhere. */
static idi_status check_cover(idi_safetensors *file, const uint8_t *buffer, size_t buffer_bytes)
{
    size_t expected = 0;
    if (file->count > 0) qsort(file->tensors, (size_t)file->count, sizeof *file->tensors, by_place);
    for (int64_t i = 0; i < file->count; i++) {
        const idi_safetensor *tensor = &file->tensors[i];
        const size_t begin = (size_t)((const uint8_t *)tensor->data - buffer);
        IDI_REQUIRE(begin >= expected, IDI_ERR_FORMAT, "tensor '%s' overlaps tensor '%s'",
                    idi_show(tensor->name).text, idi_show(file->tensors[i - 1].name).text);
        IDI_REQUIRE(begin == expected, IDI_ERR_FORMAT,
                    "bytes %zu..%zu, before tensor '%s', belong to no tensor", expected, begin,
                    idi_show(tensor->name).text);
        expected = begin + tensor->bytes;
    }
    IDI_REQUIRE(expected == buffer_bytes, IDI_ERR_FORMAT,
                "bytes %zu..%zu, at the end, belong to no tensor", expected, buffer_bytes);
    return IDI_OK;
}

static const char *keep_text(idi_safetensors *file, const char *text)
{
    char *kept = file->text + file->text_used;
    const size_t bytes = strlen(text) + 1;
    memcpy(kept, text, bytes);
    file->text_used += bytes;
    return kept;
}

static size_t text_bytes(json_t *object)
{
    size_t bytes = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        bytes += strlen(key) + 1;
        if (json_is_string(value)) bytes += json_string_length(value) + 1;
    }
    return bytes;
}

static idi_status read_metadata(idi_safetensors *file, json_t *object)
{
    const char *key;
    json_t *value;
    if (!object) return IDI_OK;
    IDI_TRY(idi_alloc_zeroed(file->memory, IDI_TAG_GENERAL, json_object_size(object),
                             sizeof *file->metadata, &file->metadata));
    json_object_foreach(object, key, value)
    {
        IDI_TRY(idi_safetensors_check_name("metadata key", key, IDI_ERR_FORMAT));
        IDI_REQUIRE(json_is_string(value), IDI_ERR_FORMAT, "metadata '%s' is not a text",
                    idi_show(key).text);
        idi_safetensors_pair *pair = &file->metadata[file->metadata_count++];
        pair->key = keep_text(file, key);
        pair->value = keep_text(file, json_string_value(value));
    }
    qsort(file->metadata, (size_t)file->metadata_count, sizeof *file->metadata, by_key);
    return IDI_OK;
}

static idi_status read_tensors(idi_safetensors *file, json_t *root, const uint8_t *buffer,
                               size_t buffer_bytes)
{
    const char *name;
    json_t *entry;
    json_object_foreach(root, name, entry)
    {
        if (strcmp(name, IDI_SAFETENSORS_METADATA_KEY) == 0) continue;
        idi_safetensor *tensor = &file->tensors[file->count];
        IDI_TRY(read_entry(name, entry, buffer, buffer_bytes, tensor));
        tensor->name = keep_text(file, name);
        file->count++;
    }
    IDI_TRY(check_cover(file, buffer, buffer_bytes));
    if (file->count > 0) qsort(file->tensors, (size_t)file->count, sizeof *file->tensors, by_name);
    return IDI_OK;
}

static idi_status read_root(idi_safetensors *file, json_t *root, const uint8_t *buffer,
                            size_t buffer_bytes)
{
    json_t *metadata = json_object_get(root, IDI_SAFETENSORS_METADATA_KEY);
    IDI_REQUIRE(!metadata || json_is_object(metadata), IDI_ERR_FORMAT,
                "the header's __metadata__ is not an object of texts");
    const size_t bytes = text_bytes(root) + (metadata ? text_bytes(metadata) : 0);
    IDI_TRY(idi_alloc(file->memory, IDI_TAG_GENERAL, bytes, &file->text));
    IDI_TRY(idi_alloc_zeroed(file->memory, IDI_TAG_GENERAL, json_object_size(root),
                             sizeof *file->tensors, &file->tensors));
    IDI_TRY(read_metadata(file, metadata));
    return read_tensors(file, root, buffer, buffer_bytes);
}

idi_status idi_safetensors_parse_header(idi_safetensors *file, const char *json, size_t json_bytes,
                                        const uint8_t *buffer, size_t buffer_bytes)
{
    json_t *root;
    IDI_TRY(parse_json(json, json_bytes, &root));
    const idi_status st = read_root(file, root, buffer, buffer_bytes);
    json_decref(root);
    return st;
}
