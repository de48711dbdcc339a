/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors_write.c - tensors in order, the header that describes them, and the file. */
#include "core/file.h"
#include "model/safetensors_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8 };

typedef struct writer {
    idi_memory *memory;
    const idi_safetensor **order; /* `count` tensors as they lie in the file */
    int64_t count;
    char *header; /* from jansson: freed by free() */
    size_t header_bytes;
} writer;

static idi_status check_tensor(const idi_safetensor *tensor)
{
    size_t bytes = 0;
    IDI_REQUIRE(tensor->name, IDI_ERR_ARG, "a tensor to be written has no name");
    IDI_TRY(idi_safetensors_check_name("tensor name", tensor->name, IDI_ERR_ARG));
    const idi_shown shown = idi_show(tensor->name);
    IDI_REQUIRE(strcmp(tensor->name, IDI_SAFETENSORS_METADATA_KEY) != 0, IDI_ERR_ARG,
                "no tensor may be called '%s'", shown.text);
    IDI_REQUIRE(idi_safetensors_dtype_word(tensor->dtype), IDI_ERR_ARG,
                "tensor '%s' has no file type (%s)", shown.text, idi_dtype_name(tensor->dtype));
    IDI_REQUIRE(tensor->rank >= 0 && tensor->rank <= IDI_SAFETENSORS_MAX_RANK &&
                    idi_safetensors_size(tensor, &bytes),
                IDI_ERR_ARG, "tensor '%s' has an impossible shape", shown.text);
    IDI_REQUIRE(bytes == tensor->bytes, IDI_ERR_ARG,
                "tensor '%s' has %zu bytes, its shape wants %zu", shown.text, tensor->bytes, bytes);
    IDI_REQUIRE(tensor->data || bytes == 0, IDI_ERR_ARG, "tensor '%s' has no data", shown.text);
    return IDI_OK;
}

/* Wide types first: every tensor then begins at a multiple of its element's size. */
static int by_width_and_name(const void *a, const void *b)
{
    const idi_safetensor *left = *(const idi_safetensor *const *)a;
    const idi_safetensor *right = *(const idi_safetensor *const *)b;
    const size_t left_bytes = idi_dtype_bytes(left->dtype);
    const size_t right_bytes = idi_dtype_bytes(right->dtype);
    if (left_bytes != right_bytes) return left_bytes > right_bytes ? -1 : 1;
    return strcmp(left->name, right->name);
}

static idi_status order_tensors(writer *w, const idi_safetensor *tensors)
{
    IDI_TRY(idi_alloc_zeroed(w->memory, IDI_TAG_GENERAL, (size_t)w->count, sizeof *w->order,
                             &w->order));
    for (int64_t i = 0; i < w->count; i++) {
        IDI_TRY(check_tensor(&tensors[i]));
        w->order[i] = &tensors[i];
    }
    if (w->count > 0) qsort(w->order, (size_t)w->count, sizeof *w->order, by_width_and_name);
    return IDI_OK;
}

/* Moves `value` into `object`, whatever the outcome. NULL: jansson could not make it. */
static idi_status put(json_t *object, const char *what, const char *key, json_t *value)
{
    const bool is_new = !json_object_get(object, key);
    const bool is_put = is_new ? json_object_set_new(object, key, value) == 0 : false;
    if (!is_new) json_decref(value);
    IDI_REQUIRE(is_new, IDI_ERR_ARG, "%s '%s' is given twice", what, idi_show(key).text);
    IDI_REQUIRE(is_put, IDI_ERR_ARG,
                "%s '%s' cannot be written: it is not valid UTF-8, or memory ran out", what,
                idi_show(key).text);
    return IDI_OK;
}

static idi_status put_metadata(json_t *root, const idi_safetensors_pair *metadata, int64_t count)
{
    if (count == 0) return IDI_OK;
    json_t *object = json_object();
    IDI_TRY(put(root, "header member", IDI_SAFETENSORS_METADATA_KEY, object));
    for (int64_t i = 0; i < count; i++) {
        IDI_REQUIRE(metadata[i].key && metadata[i].value, IDI_ERR_ARG,
                    "metadata entry %lld lacks its key or its value", (long long)i);
        IDI_TRY(idi_safetensors_check_name("metadata key", metadata[i].key, IDI_ERR_ARG));
        IDI_TRY(put(object, "metadata", metadata[i].key, json_string(metadata[i].value)));
    }
    return IDI_OK;
}

static idi_status put_tensor(json_t *root, const idi_safetensor *tensor, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; i < tensor->rank; i++) {
        if (json_array_append_new(shape, json_integer(tensor->dim[i])) != 0) {
            json_decref(shape);
            shape = NULL; /* json_pack then fails */
            break;
        }
    }
    json_t *entry = json_pack(
        "{s:s, s:o, s:[I, I]}", "dtype", idi_safetensors_dtype_word(tensor->dtype), "shape", shape,
        "data_offsets", (json_int_t)begin, (json_int_t)begin + (json_int_t)tensor->bytes);
    return put(root, "tensor", tensor->name, entry);
}

static idi_status fill_header(writer *w, json_t *root, const idi_safetensors_pair *metadata,
                              int64_t metadata_count)
{
    size_t begin = 0;
    IDI_TRY(put_metadata(root, metadata, metadata_count));
    for (int64_t i = 0; i < w->count; i++) {
        IDI_TRY(put_tensor(root, w->order[i], begin));
        IDI_REQUIRE(w->order[i]->bytes <= (size_t)INT64_MAX - begin, IDI_ERR_ARG,
                    "the tensors together exceed 2^63 bytes");
        begin += w->order[i]->bytes;
    }
    w->header = json_dumps(root, JSON_COMPACT);
    IDI_REQUIRE(w->header, IDI_ERR_NOMEM, "out of memory for the header");
    w->header_bytes = strlen(w->header);
    const size_t padded = (w->header_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    IDI_REQUIRE(padded <= IDI_SAFETENSORS_MAX_HEADER_BYTES, IDI_ERR_ARG,
                "the header would have %zu bytes, want at most %llu", padded,
                (unsigned long long)IDI_SAFETENSORS_MAX_HEADER_BYTES);
    return IDI_OK;
}

static idi_status make_header(writer *w, const idi_safetensors_pair *metadata,
                              int64_t metadata_count)
{
    json_t *root = json_object();
    IDI_REQUIRE(root, IDI_ERR_NOMEM, "out of memory for the header");
    const idi_status st = fill_header(w, root, metadata, metadata_count);
    json_decref(root);
    return st;
}

static idi_status put_content(const writer *w, idi_file_writer *file)
{
    static const char spaces[ALIGNMENT] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    const size_t pad = (ALIGNMENT - w->header_bytes % ALIGNMENT) % ALIGNMENT;
    const uint64_t length = w->header_bytes + pad;
    uint8_t length_bytes[8];
    for (int i = 0; i < 8; i++)
        length_bytes[i] = (uint8_t)(length >> (8 * i));
    IDI_TRY(idi_file_writer_put(file, length_bytes, sizeof length_bytes));
    IDI_TRY(idi_file_writer_put(file, w->header, w->header_bytes));
    IDI_TRY(idi_file_writer_put(file, spaces, pad));
    for (int64_t i = 0; i < w->count; i++)
        IDI_TRY(idi_file_writer_put(file, w->order[i]->data, w->order[i]->bytes));
    return idi_file_writer_sync(file);
}

static idi_status write_file(const writer *w, const char *path)
{
    idi_file_writer file;
    idi_status st = IDI_OK;
    IDI_TRY(idi_file_writer_open(w->memory, path, &file));
    IDI_TRY_TO(out, put_content(w, &file));
    IDI_TRY_TO(out, idi_file_writer_commit(&file));
out:
    idi_file_writer_abandon(&file);
    return st;
}

/* Checks everything that is to be written and makes the header. */
static idi_status prepare(writer *w, const idi_safetensor *tensors,
                          const idi_safetensors_pair *metadata, int64_t metadata_count)
{
    IDI_REQUIRE(w->count >= 0 && metadata_count >= 0, IDI_ERR_ARG, "a count is negative");
    IDI_TRY(order_tensors(w, tensors));
    return make_header(w, metadata, metadata_count);
}

idi_status idi_safetensors_write(idi_memory *memory, const char *path,
                                 const idi_safetensor *tensors, int64_t count,
                                 const idi_safetensors_pair *metadata, int64_t metadata_count)
{
    writer w = {.memory = memory, .count = count};
    idi_status st = prepare(&w, tensors, metadata, metadata_count);
    st = st == IDI_OK ? write_file(&w, path) : idi_fail_prefix(st, "%s: ", path);
    free(w.header);
    idi_free(memory, w.order);
    return st;
}
