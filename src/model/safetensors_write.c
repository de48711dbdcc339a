/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors_write.c - a whole file or none: written under another name, then renamed. */
#include "model/safetensors_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALIGNMENT = 8, NAME_ATTEMPTS = 100, SUFFIX_BYTES = 48 };

typedef struct writer {
    idi_memory *memory;
    const char *path;
    const idi_safetensor **order; /* `count` tensors as they lie in the file */
    int64_t count;
    char *header; /* from jansson: freed by free() */
    size_t header_bytes;
    char *part_path; /* the unfinished file; "" while there is none */
    int descriptor;
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

/* A new file beside the final one, so that the rename stays within a file system. */
static idi_status open_part(writer *w)
{
    const size_t bytes = strlen(w->path) + SUFFIX_BYTES;
    IDI_TRY(idi_alloc(w->memory, IDI_TAG_GENERAL, bytes, &w->part_path));
    int error = EEXIST;
    for (int i = 0; i < NAME_ATTEMPTS && error == EEXIST; i++) {
        (void)snprintf(w->part_path, bytes, "%s.part-%ld-%d", w->path, (long)getpid(), i);
        w->descriptor = open(w->part_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        error = w->descriptor < 0 ? errno : 0;
    }
    if (error == 0) return IDI_OK;
    w->part_path[0] = '\0';
    return idi_fail(IDI_ERR_IO, "cannot be created: %s", idi_show_errno(error).text);
}

static idi_status write_all(writer *w, const void *data, size_t bytes)
{
    const char *at = data;
    while (bytes > 0) {
        const ssize_t written = write(w->descriptor, at, bytes);
        if (written < 0 && errno == EINTR) continue;
        IDI_REQUIRE(written > 0, IDI_ERR_IO, "cannot be written, %zu bytes are left: %s", bytes,
                    idi_show_errno(written < 0 ? errno : ENOSPC).text);
        at += written;
        bytes -= (size_t)written;
    }
    return IDI_OK;
}

static idi_status write_content(writer *w)
{
    static const char spaces[ALIGNMENT] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    const size_t pad = (ALIGNMENT - w->header_bytes % ALIGNMENT) % ALIGNMENT;
    const uint64_t length = w->header_bytes + pad;
    uint8_t length_bytes[8];
    for (int i = 0; i < 8; i++)
        length_bytes[i] = (uint8_t)(length >> (8 * i));
    IDI_TRY(write_all(w, length_bytes, sizeof length_bytes));
    IDI_TRY(write_all(w, w->header, w->header_bytes));
    IDI_TRY(write_all(w, spaces, pad));
    for (int64_t i = 0; i < w->count; i++)
        IDI_TRY(write_all(w, w->order[i]->data, w->order[i]->bytes));
    return IDI_OK;
}

static idi_status finish_part(writer *w)
{
    /* Some file systems cannot sync; a full one says so here at the latest. */
    const bool is_synced = fsync(w->descriptor) == 0 || errno == EINVAL || errno == ENOTSUP;
    const int sync_error = is_synced ? 0 : errno;
    const bool is_closed = close(w->descriptor) == 0;
    const int close_error = is_closed ? 0 : errno;
    w->descriptor = -1;
    IDI_REQUIRE(is_synced && is_closed, IDI_ERR_IO, "cannot be written: %s",
                idi_show_errno(is_synced ? close_error : sync_error).text);
    IDI_REQUIRE(rename(w->part_path, w->path) == 0, IDI_ERR_IO, "cannot be put in place: %s",
                idi_show_errno(errno).text);
    w->part_path[0] = '\0';
    return IDI_OK;
}

idi_status idi_safetensors_write(idi_memory *memory, const char *path,
                                 const idi_safetensor *tensors, int64_t count,
                                 const idi_safetensors_pair *metadata, int64_t metadata_count)
{
    writer w = {.memory = memory, .path = path, .count = count, .descriptor = -1};
    idi_status st = IDI_OK;
    IDI_REQUIRE_TO(out, count >= 0 && metadata_count >= 0, IDI_ERR_ARG, "a count is negative");
    IDI_TRY_TO(out, order_tensors(&w, tensors));
    IDI_TRY_TO(out, make_header(&w, metadata, metadata_count));
    IDI_TRY_TO(out, open_part(&w));
    IDI_TRY_TO(out, write_content(&w));
    IDI_TRY_TO(out, finish_part(&w));
out:
    if (w.descriptor >= 0) (void)close(w.descriptor);
    if (w.part_path && w.part_path[0]) (void)unlink(w.part_path);
    idi_free(memory, w.part_path);
    free(w.header);
    idi_free(memory, w.order);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}
