/* SPDX-License-Identifier: Apache-2.0 */
/* model/onnx.c - see onnx.h. Field numbers are those of onnx.proto. */
#include "model/onnx.h"
#include "model/safetensors_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    MODEL_GRAPH = 7,
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_OP = 4,
    NODE_ATTRIBUTE = 5,
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_INT = 3,
    ATTRIBUTE_TENSOR = 5,
    ATTRIBUTE_INTS = 8,
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_FLOATS = 4,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    TYPE_FLOAT = 1,
    MAX_ITEMS = 1 << 16
};

/* One field of a message: a number, or a piece. */
typedef struct field {
    int64_t number;
    int wire; /* 0 varint, 1 eight bytes, 2 piece, 5 four bytes */
    uint64_t value;
    idi_onnx_span piece;
} field;

static bool read_varint(idi_onnx_span *rest, uint64_t *value_out)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && rest->bytes > 0; shift += 7) {
        const uint8_t byte = *rest->at++;
        rest->bytes--;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *value_out = value;
            return true;
        }
    }
    return false;
}

/* The next field of a message; false at its end and where it is broken: then rest is not empty. */
static bool next_field(idi_onnx_span *rest, field *f)
{
    uint64_t key;
    idi_onnx_span probe = *rest;
    if (probe.bytes == 0 || !read_varint(&probe, &key)) return false;
    *f = (field){.number = (int64_t)(key >> 3), .wire = (int)(key & 7)};
    uint64_t bytes = f->wire == 1 ? 8 : 4;
    if (f->wire == 0) {
        if (!read_varint(&probe, &f->value)) return false;
        *rest = probe;
        return true;
    }
    if (f->wire != 1 && f->wire != 2 && f->wire != 5) return false;
    if (f->wire == 2 && !read_varint(&probe, &bytes)) return false;
    if (bytes > probe.bytes) return false;
    f->piece = (idi_onnx_span){probe.at, (size_t)bytes};
    *rest = (idi_onnx_span){probe.at + bytes, probe.bytes - (size_t)bytes};
    return true;
}

bool idi_onnx_same(idi_onnx_span a, idi_onnx_span b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.at, b.at, a.bytes) == 0);
}

static idi_onnx_span span_of(const char *text)
{
    return (idi_onnx_span){(const uint8_t *)text, strlen(text)};
}

bool idi_onnx_is(const idi_onnx_node *node, const char *op)
{
    return idi_onnx_same(node->op, span_of(op));
}

static idi_status require_end(idi_onnx_span rest, const char *what)
{
    IDI_REQUIRE(rest.bytes == 0, IDI_ERR_FORMAT, "not an ONNX file: %s is broken", what);
    return IDI_OK;
}

/* --- constants ---------------------------------------------------------------------------------
 */

static bool add_dim(idi_onnx_tensor *tensor, uint64_t value)
{
    if (tensor->rank == IDI_ONNX_RANK || value > INT32_MAX) return false;
    tensor->dim[tensor->rank++] = (int64_t)value;
    return true;
}

/* Dimensions come one by one or packed. */
static bool add_dims(idi_onnx_tensor *tensor, const field *f)
{
    idi_onnx_span rest = f->piece;
    uint64_t value;
    if (f->wire == 0) return add_dim(tensor, f->value);
    while (f->wire == 2 && rest.bytes > 0)
        if (!read_varint(&rest, &value) || !add_dim(tensor, value)) return false;
    return f->wire == 2;
}

int64_t idi_onnx_count(const idi_onnx_tensor *tensor)
{
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->dim[i] > 0 && count > INT64_MAX / 8 / tensor->dim[i]) return -1;
        count *= tensor->dim[i];
    }
    return count;
}

/* False for constants that no weight is: of another type, of more dimensions. */
static idi_status read_tensor(idi_onnx_span message, idi_onnx_tensor *tensor, bool *is_kept_out)
{
    field f;
    uint64_t type = 0;
    bool fits = true;
    *tensor = (idi_onnx_tensor){.dim = {1, 1, 1, 1}};
    while (next_field(&message, &f)) {
        if (f.number == TENSOR_DIMS) fits = fits && add_dims(tensor, &f);
        if (f.number == TENSOR_TYPE && f.wire == 0) type = f.value;
        if (f.number == TENSOR_NAME && f.wire == 2) tensor->name = f.piece;
        if ((f.number == TENSOR_RAW || f.number == TENSOR_FLOATS) && f.wire == 2)
            tensor->data = f.piece;
    }
    IDI_TRY(require_end(message, "a constant"));
    *is_kept_out = fits && type == TYPE_FLOAT;
    if (!*is_kept_out) return IDI_OK;
    const int64_t count = idi_onnx_count(tensor);
    IDI_REQUIRE(count >= 0 && tensor->data.bytes == (size_t)count * sizeof(float), IDI_ERR_FORMAT,
                "a constant of the ONNX graph has %zu bytes, want %lld floats in the file itself",
                tensor->data.bytes, (long long)count);
    return IDI_OK;
}

const idi_onnx_tensor *idi_onnx_find_tensor(const idi_onnx *onnx, idi_onnx_span name)
{
    for (int64_t i = 0; i < onnx->tensor_count; i++)
        if (idi_onnx_same(onnx->tensors[i].name, name)) return &onnx->tensors[i];
    return NULL;
}

/* --- nodes -------------------------------------------------------------------------------------
 */

static idi_status read_node(idi_onnx_span message, idi_onnx_node *node)
{
    field f;
    bool has_output = false;
    *node = (idi_onnx_node){.message = message};
    while (next_field(&message, &f)) {
        if (f.wire != 2) continue;
        if (f.number == NODE_OP) node->op = f.piece;
        if (f.number == NODE_INPUT) {
            if (node->input_count < IDI_ONNX_INPUTS) node->inputs[node->input_count] = f.piece;
            node->input_count++;
        }
        if (f.number == NODE_OUTPUT && !has_output) {
            node->out = f.piece;
            has_output = true;
        }
    }
    return require_end(message, "a node");
}

/* An attribute's message; empty if the node has none of the name. */
static idi_onnx_span find_attribute(const idi_onnx_node *node, const char *name)
{
    idi_onnx_span rest = node->message;
    field f;
    while (next_field(&rest, &f)) {
        if (f.number != NODE_ATTRIBUTE || f.wire != 2) continue;
        idi_onnx_span attribute = f.piece;
        field g;
        while (next_field(&attribute, &g))
            if (g.number == ATTRIBUTE_NAME && idi_onnx_same(g.piece, span_of(name))) return f.piece;
    }
    return (idi_onnx_span){NULL, 0};
}

int64_t idi_onnx_int(const idi_onnx_node *node, const char *name, int index, int64_t usual)
{
    idi_onnx_span rest = find_attribute(node, name);
    field f;
    int at = 0;
    while (next_field(&rest, &f)) {
        if (f.number == ATTRIBUTE_INT && f.wire == 0 && index == 0) return (int64_t)f.value;
        if (f.number != ATTRIBUTE_INTS) continue;
        if (f.wire == 0 && at++ == index) return (int64_t)f.value;
        uint64_t value;
        while (f.wire == 2 && read_varint(&f.piece, &value))
            if (at++ == index) return (int64_t)value;
    }
    return usual;
}

double idi_onnx_float(const idi_onnx_node *node, const char *name, double usual)
{
    idi_onnx_span rest = find_attribute(node, name);
    field f;
    float value;
    while (next_field(&rest, &f)) {
        if (f.number != ATTRIBUTE_FLOAT || f.wire != 5) continue;
        memcpy(&value, f.piece.at, sizeof value);
        return (double)value;
    }
    return usual;
}

/* A Constant node is a constant under its output's name. */
static idi_status add_constant(idi_onnx *onnx, const idi_onnx_node *node)
{
    idi_onnx_span rest = find_attribute(node, "value");
    field f;
    bool is_kept = false;
    while (next_field(&rest, &f)) {
        if (f.number != ATTRIBUTE_TENSOR || f.wire != 2) continue;
        idi_onnx_tensor *tensor = &onnx->tensors[onnx->tensor_count];
        IDI_TRY(read_tensor(f.piece, tensor, &is_kept));
        tensor->name = node->out;
    }
    onnx->tensor_count += is_kept;
    return IDI_OK;
}

/* --- the graph ---------------------------------------------------------------------------------
 */

/* Everybody who reads `from` reads `to`. */
static void rename_inputs(idi_onnx *onnx, idi_onnx_span from, idi_onnx_span to)
{
    for (int64_t i = 0; i < onnx->node_count; i++)
        for (int k = 0; k < onnx->nodes[i].input_count && k < IDI_ONNX_INPUTS; k++)
            if (idi_onnx_same(onnx->nodes[i].inputs[k], from)) onnx->nodes[i].inputs[k] = to;
}

static void resolve_identities(idi_onnx *onnx)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < onnx->node_count; i++)
        if (idi_onnx_is(&onnx->nodes[i], "Identity"))
            rename_inputs(onnx, onnx->nodes[i].out, onnx->nodes[i].inputs[0]);
    for (int64_t i = 0; i < onnx->node_count; i++)
        if (!idi_onnx_is(&onnx->nodes[i], "Identity")) onnx->nodes[kept++] = onnx->nodes[i];
    onnx->node_count = kept;
}

static idi_status add_item(idi_onnx *onnx, const field *f)
{
    bool is_kept = false;
    if (f->number == GRAPH_INITIALIZER) {
        IDI_TRY(read_tensor(f->piece, &onnx->tensors[onnx->tensor_count], &is_kept));
        onnx->tensor_count += is_kept;
    }
    if (f->number != GRAPH_NODE) return IDI_OK;
    idi_onnx_node *node = &onnx->nodes[onnx->node_count];
    IDI_TRY(read_node(f->piece, node));
    if (idi_onnx_is(node, "Constant")) return add_constant(onnx, node);
    onnx->node_count++;
    return IDI_OK;
}

/* Old exporters list constants among the inputs. */
static void find_input(idi_onnx *onnx, idi_onnx_span graph)
{
    field f, name;
    while (next_field(&graph, &f)) {
        if (f.number != GRAPH_INPUT || f.wire != 2) continue;
        idi_onnx_span rest = f.piece;
        if (!next_field(&rest, &name) || name.number != 1 || name.wire != 2) continue;
        if (idi_onnx_find_tensor(onnx, name.piece)) continue;
        onnx->input = name.piece;
        return;
    }
}

static idi_status read_graph(idi_onnx *onnx, idi_onnx_span graph)
{
    field f;
    int64_t count = 0;
    idi_onnx_span rest = graph;
    while (next_field(&rest, &f))
        count += f.wire == 2;
    IDI_TRY(require_end(rest, "its graph"));
    IDI_REQUIRE(count <= MAX_ITEMS, IDI_ERR_FORMAT,
                "the ONNX graph has %lld parts, want at most %d", (long long)count, (int)MAX_ITEMS);
    IDI_TRY(idi_alloc_zeroed(onnx->memory, IDI_TAG_GENERAL, (size_t)count + 1, sizeof *onnx->nodes,
                             &onnx->nodes));
    IDI_TRY(idi_alloc_zeroed(onnx->memory, IDI_TAG_GENERAL, (size_t)count + 1,
                             sizeof *onnx->tensors, &onnx->tensors));
    for (rest = graph; next_field(&rest, &f);)
        if (f.wire == 2) IDI_TRY(add_item(onnx, &f));
    find_input(onnx, graph);
    resolve_identities(onnx);
    return IDI_OK;
}

static idi_status read_model(idi_onnx *onnx, size_t bytes)
{
    idi_onnx_span rest = {onnx->file, bytes};
    idi_onnx_span graph = {NULL, 0};
    field f;
    while (next_field(&rest, &f))
        if (f.number == MODEL_GRAPH && f.wire == 2) graph = f.piece;
    IDI_TRY(require_end(rest, "the message"));
    IDI_REQUIRE(graph.bytes > 0, IDI_ERR_FORMAT, "not an ONNX file: there is no graph");
    return read_graph(onnx, graph);
}

static idi_status read_file(idi_onnx *onnx, FILE *stream, size_t *bytes_out)
{
    IDI_REQUIRE(fseek(stream, 0, SEEK_END) == 0, IDI_ERR_IO, "cannot be read: %s",
                idi_show_errno(errno).text);
    const long bytes = ftell(stream);
    IDI_REQUIRE(bytes >= 0 && fseek(stream, 0, SEEK_SET) == 0, IDI_ERR_IO, "cannot be read: %s",
                idi_show_errno(errno).text);
    IDI_TRY(idi_alloc(onnx->memory, IDI_TAG_WEIGHT, (size_t)bytes + 1, &onnx->file));
    *bytes_out = fread(onnx->file, 1, (size_t)bytes, stream);
    IDI_REQUIRE(*bytes_out == (size_t)bytes, IDI_ERR_IO, "cannot be read to its end");
    return IDI_OK;
}

bool idi_onnx_is_named(const char *path)
{
    static const char tail[] = ".onnx";
    const size_t bytes = strlen(path);
    return bytes >= sizeof tail - 1 && strcmp(path + bytes - (sizeof tail - 1), tail) == 0;
}

idi_status idi_onnx_open(idi_memory *memory, const char *path, idi_onnx *onnx_out)
{
    size_t bytes = 0;
    idi_status st = IDI_OK;
    *onnx_out = (idi_onnx){.memory = memory};
    FILE *stream = fopen(path, "rb");
    IDI_REQUIRE_TO(done, stream, IDI_ERR_IO, "cannot be opened: %s", idi_show_errno(errno).text);
    IDI_TRY_TO(done, read_file(onnx_out, stream, &bytes));
    IDI_TRY_TO(done, read_model(onnx_out, bytes));
done:
    if (stream) (void)fclose(stream);
    if (st == IDI_OK) return IDI_OK;
    idi_onnx_close(onnx_out);
    return idi_fail_prefix(st, "%s: ", path);
}

void idi_onnx_close(idi_onnx *onnx)
{
    if (onnx->nodes) idi_free(onnx->memory, onnx->nodes);
    if (onnx->tensors) idi_free(onnx->memory, onnx->tensors);
    if (onnx->file) idi_free(onnx->memory, onnx->file);
    *onnx = (idi_onnx){0};
}
