/* SPDX-License-Identifier: Apache-2.0 */
/* data/npy.c - the .npy format: a magic, a version, a Python dictionary literal, the numbers. The
 * library runs on little-endian machines only, so numbers are copied as they are. */
#include "data/npy.h"

#include "core/file.h"

#include <stdio.h>
#include <string.h>

enum { MAGIC_BYTES = 6, ALIGNMENT = 64, V1_PREFIX = 10, V2_PREFIX = 12, HEADER_ROOM = 256 };
static const char magic[MAGIC_BYTES + 1] = "\x93NUMPY";

/* A position in the header's text, and what has been found there. */
typedef struct parser {
    const char *at, *end;
    const char *name;
    bool has_descr, has_order, has_shape;
    bool is_fortran;
    idi_dtype dtype;
    idi_shape shape;
} parser;

static idi_status malformed(const parser *p, const char *wanted)
{
    return idi_fail(IDI_ERR_FORMAT, "%s: not a valid .npy file: its header lacks %s", p->name,
                    wanted);
}

static void skip_spaces(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t'))
        p->at++;
}

/* Takes the character if it is next. */
static bool take(parser *p, char wanted)
{
    skip_spaces(p);
    if (p->at == p->end || *p->at != wanted) return false;
    p->at++;
    return true;
}

static bool take_word(parser *p, const char *word)
{
    const size_t length = strlen(word);
    skip_spaces(p);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0) return false;
    p->at += length;
    return true;
}

/* A quoted string without escapes, as long as fits. */
static bool take_string(parser *p, char *text, size_t room)
{
    skip_spaces(p);
    if (p->at == p->end || (*p->at != '\'' && *p->at != '"')) return false;
    const char quote = *p->at++;
    size_t length = 0;
    while (p->at < p->end && *p->at != quote) {
        if (*p->at == '\\' || length + 1 >= room) return false;
        text[length++] = *p->at++;
    }
    if (p->at == p->end) return false;
    p->at++;
    text[length] = '\0';
    return true;
}

static idi_status parse_descr(parser *p)
{
    static const struct {
        const char *text;
        idi_dtype dtype;
    } known[] = {{"<f4", IDI_F32}, {"<f8", IDI_F64}, {"|u1", IDI_U8}, {"<u1", IDI_U8}};
    char text[32];
    skip_spaces(p);
    IDI_REQUIRE(p->at == p->end || *p->at != '[', IDI_ERR_UNSUPPORTED,
                "%s: a structured array; want float32, float64 or uint8", p->name);
    if (!take_string(p, text, sizeof text)) return malformed(p, "a quoted 'descr'");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(text, known[i].text) != 0) continue;
        p->dtype = known[i].dtype;
        return IDI_OK;
    }
    return idi_fail(IDI_ERR_UNSUPPORTED,
                    "%s: elements are %.31s; want <f4, <f8 (little-endian) or |u1", p->name, text);
}

static idi_status parse_order(parser *p)
{
    p->is_fortran = take_word(p, "True");
    if (!p->is_fortran && !take_word(p, "False"))
        return malformed(p, "True or False for 'fortran_order'");
    return IDI_OK;
}

static bool take_number(parser *p, int64_t *out)
{
    skip_spaces(p);
    const char *start = p->at;
    int64_t value = 0;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') {
        if (value > (INT64_MAX - 9) / 10) return false;
        value = value * 10 + (*p->at++ - '0');
    }
    *out = value;
    return p->at > start;
}

static idi_status parse_shape(parser *p)
{
    int rank = 0;
    p->shape = (idi_shape){0, {1, 1, 1, 1}};
    if (!take(p, '(')) return malformed(p, "a tuple for 'shape'");
    while (!take(p, ')')) {
        int64_t dim;
        if (!take_number(p, &dim)) return malformed(p, "whole numbers in 'shape'");
        IDI_REQUIRE(rank < IDI_MAX_RANK, IDI_ERR_UNSUPPORTED,
                    "%s: an array of more than %d dimensions", p->name, IDI_MAX_RANK);
        p->shape.dim[rank++] = dim;
        const bool has_comma = take(p, ',');
        if (has_comma) continue;
        if (rank == 1 || !take(p, ')')) return malformed(p, "a closed tuple for 'shape'");
        break;
    }
    p->shape.rank = rank;
    return IDI_OK;
}

static idi_status parse_entry(parser *p)
{
    char key[32];
    if (!take_string(p, key, sizeof key)) return malformed(p, "a quoted key");
    if (!take(p, ':')) return malformed(p, "a colon after a key");
    bool *has = NULL;
    idi_status (*parse)(parser *) = NULL;
    if (strcmp(key, "descr") == 0) {
        has = &p->has_descr;
        parse = parse_descr;
    } else if (strcmp(key, "fortran_order") == 0) {
        has = &p->has_order;
        parse = parse_order;
    } else if (strcmp(key, "shape") == 0) {
        has = &p->has_shape;
        parse = parse_shape;
    }
    IDI_REQUIRE(has && !*has, IDI_ERR_FORMAT,
                "%s: not a valid .npy file: its header has a key \"%s\" %s", p->name, key,
                has ? "twice" : "that the format does not know");
    *has = true;
    return parse(p);
}

static idi_status parse_header(parser *p)
{
    if (!take(p, '{')) return malformed(p, "an opening brace");
    while (!take(p, '}')) {
        IDI_TRY(parse_entry(p));
        if (take(p, ',')) continue;
        if (!take(p, '}')) return malformed(p, "a closing brace");
        break;
    }
    skip_spaces(p);
    if (p->at != p->end) return malformed(p, "an end after its brace");
    if (!p->has_descr) return malformed(p, "'descr'");
    if (!p->has_order) return malformed(p, "'fortran_order'");
    if (!p->has_shape) return malformed(p, "'shape'");
    IDI_REQUIRE(!p->is_fortran || p->shape.rank < 2, IDI_ERR_UNSUPPORTED,
                "%s: in Fortran order; want C order (numpy.ascontiguousarray)", p->name);
    return IDI_OK;
}

/* Multiplies up the shape without overflow, empty dimensions aside, so that later products in any
 * order cannot overflow either; then holds it against what the file has. */
static idi_status check_extent(const parser *p, size_t data_bytes)
{
    const int64_t element = (int64_t)idi_dtype_bytes(p->dtype);
    int64_t product = element;
    bool is_empty = false, is_possible = true;
    for (int i = 0; i < p->shape.rank; i++) {
        const int64_t dim = p->shape.dim[i];
        if (dim == 0)
            is_empty = true;
        else if (dim > INT64_MAX / product)
            is_possible = false;
        else
            product *= dim;
    }
    const uint64_t wanted = is_empty ? 0 : (uint64_t)product;
    IDI_REQUIRE(is_possible && wanted == data_bytes, IDI_ERR_FORMAT,
                "%s: not a valid .npy file: %zu bytes of data do not fill the shape %s of %s",
                p->name, data_bytes, idi_shape_format(&p->shape).text, idi_dtype_name(p->dtype));
    return IDI_OK;
}

/* Finds the header's text; what follows it is data. */
static idi_status find_header(const uint8_t *bytes, size_t size, parser *p)
{
    IDI_REQUIRE(size >= V1_PREFIX && memcmp(bytes, magic, MAGIC_BYTES) == 0, IDI_ERR_FORMAT,
                "%s: not a .npy file by its first bytes", p->name);
    const int version = bytes[6];
    IDI_REQUIRE(version >= 1 && version <= 3 && bytes[7] == 0, IDI_ERR_UNSUPPORTED,
                "%s: .npy format %d.%d; want 1.0 to 3.0", p->name, version, bytes[7]);
    const size_t prefix = version == 1 ? V1_PREFIX : V2_PREFIX;
    if (size < prefix) return malformed(p, "its length");
    size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (version > 1) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    IDI_REQUIRE(length <= size - prefix, IDI_ERR_FORMAT,
                "%s: not a valid .npy file: a header of %zu bytes in a file of %zu", p->name,
                length, size);
    p->at = (const char *)bytes + prefix;
    p->end = p->at + length;
    return IDI_OK;
}

idi_status idi_npy_decode(idi_memory *memory, const uint8_t *bytes, size_t size, const char *name,
                          idi_tensor *tensor_out)
{
    parser p = {.name = name};
    *tensor_out = (idi_tensor){0};
    IDI_TRY(find_header(bytes, size, &p));
    IDI_TRY(parse_header(&p));
    const size_t data_bytes = (size_t)(bytes + size - (const uint8_t *)p.end);
    IDI_TRY(check_extent(&p, data_bytes));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, data_bytes, &tensor_out->data));
    memcpy(tensor_out->data, p.end, data_bytes);
    tensor_out->dtype = p.dtype;
    tensor_out->shape = p.shape;
    return IDI_OK;
}

idi_status idi_npy_read(idi_memory *memory, const char *path, idi_tensor *tensor_out)
{
    uint8_t *bytes;
    size_t size;
    *tensor_out = (idi_tensor){0};
    IDI_TRY(idi_file_read(memory, path, SIZE_MAX, &bytes, &size));
    const idi_status st = idi_npy_decode(memory, bytes, size, path, tensor_out);
    idi_free(memory, bytes);
    return st;
}

/* The tuple as Python writes it: (), (3,), (2, 3). */
static size_t format_shape(const idi_shape *shape, char *text, size_t room)
{
    size_t used = (size_t)snprintf(text, room, "(");
    for (int i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(text + used, room - used, i ? ", %lld" : "%lld",
                                 (long long)shape->dim[i]);
    return used + (size_t)snprintf(text + used, room - used, shape->rank == 1 ? ",)" : ")");
}

static size_t format_header(const idi_shape *shape, uint8_t header[HEADER_ROOM])
{
    char *text = (char *)header + V1_PREFIX;
    const size_t room = HEADER_ROOM - V1_PREFIX;
    size_t used =
        (size_t)snprintf(text, room, "{'descr': '<f4', 'fortran_order': False, 'shape': ");
    used += format_shape(shape, text + used, room - used);
    used += (size_t)snprintf(text + used, room - used, ", }");
    /* numpy leaves room for a first dimension of 21 digits, so that appending can rewrite it. */
    if (shape->rank > 0) {
        const int digits = snprintf(NULL, 0, "%lld", (long long)shape->dim[0]);
        for (int i = digits; i < 21; i++)
            text[used++] = ' ';
    }
    while ((V1_PREFIX + used + 1) % ALIGNMENT != 0)
        text[used++] = ' ';
    text[used++] = '\n';
    memcpy(header, magic, MAGIC_BYTES);
    header[6] = 1;
    header[7] = 0;
    header[8] = (uint8_t)(used & 255);
    header[9] = (uint8_t)(used >> 8);
    return V1_PREFIX + used;
}

idi_status idi_npy_write(idi_memory *memory, const char *path, const float *values,
                         const idi_shape *shape)
{
    idi_status st = IDI_OK;
    idi_file_writer writer;
    uint8_t header[HEADER_ROOM];
    IDI_REQUIRE(shape->rank >= 0 && shape->rank <= IDI_MAX_RANK, IDI_ERR_SHAPE,
                "%s: an array of rank %d, want 0 to %d", path, shape->rank, IDI_MAX_RANK);
    const size_t header_bytes = format_header(shape, header);
    const size_t bytes = (size_t)idi_shape_count(shape) * sizeof *values;
    IDI_TRY(idi_file_writer_open(memory, path, &writer));
    IDI_TRY_TO(done, idi_file_writer_put(&writer, header, header_bytes));
    IDI_TRY_TO(done, idi_file_writer_put(&writer, values, bytes));
    IDI_TRY_TO(done, idi_file_writer_commit(&writer));
done:
    idi_file_writer_abandon(&writer);
    return st;
}

idi_status idi_npy_encode(idi_memory *memory, const float *values, const idi_shape *shape,
                          idi_buffer *file)
{
    uint8_t header[HEADER_ROOM];
    const size_t header_bytes = format_header(shape, header);
    const size_t bytes = (size_t)idi_shape_count(shape) * sizeof *values;
    IDI_TRY(idi_buffer_reserve(memory, file, header_bytes + bytes));
    IDI_TRY(idi_buffer_put(memory, file, header, header_bytes));
    return idi_buffer_put(memory, file, values, bytes);
}
