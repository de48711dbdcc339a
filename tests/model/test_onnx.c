/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_onnx.c - an IResNet written as ONNX, with its batch norms folded and as nodes, and
 * read again; and files that are none. */
#include "model/create.h"
#include "model/network.h"
#include "model/tensor_table.h"
#include "model/weights.h"
#include "support/golden.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BYTES = 1 << 22, MAX_NAME = 80, WIDTH = 4, SIDE = 16, DIM = 6 };

static idi_memory *memory;
static char in_path[300], out_path[300]; /* tests run side by side */

static void setup(void)
{
    memory = idi_test_memory();
    (void)snprintf(in_path, sizeof in_path, "%s/onnx_%ld_in.onnx", IDI_SCRATCH, (long)getpid());
    (void)snprintf(out_path, sizeof out_path, "%s/onnx_%ld_out.safetensors", IDI_SCRATCH,
                   (long)getpid());
}

static void teardown(void)
{
    idi_test_memory_close(&memory);
    (void)remove(in_path);
    (void)remove(out_path);
}

TestSuite(onnx, .init = setup, .fini = teardown);

/* --- a writer of protobuf messages --------------------------------------------------------------
 */

typedef struct message {
    unsigned char *bytes;
    size_t used;
} message;

static void put(message *m, const void *bytes, size_t count)
{
    if (!m->bytes) m->bytes = malloc(MAX_BYTES);
    cr_assert(m->bytes && m->used + count <= MAX_BYTES);
    memcpy(m->bytes + m->used, bytes, count);
    m->used += count;
}

static void put_varint(message *m, uint64_t value)
{
    for (;;) {
        const unsigned char byte = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        put(m, &byte, 1);
        if (value <= 127) return;
        value >>= 7;
    }
}

static void put_int(message *m, int number, uint64_t value)
{
    put_varint(m, (uint64_t)number << 3);
    put_varint(m, value);
}

static void put_piece(message *m, int number, const void *bytes, size_t count)
{
    put_varint(m, (uint64_t)number << 3 | 2);
    put_varint(m, count);
    put(m, bytes, count);
}

static void put_text(message *m, int number, const char *text)
{
    put_piece(m, number, text, strlen(text));
}

/* And frees the part. */
static void put_message(message *m, int number, message *part)
{
    put_piece(m, number, part->bytes, part->used);
    free(part->bytes);
    *part = (message){NULL, 0};
}

/* --- an IResNet as a graph ----------------------------------------------------------------------
 */

/* Values are "v1", "v2", ...; constants have names that say nothing. */
typedef struct graph {
    message m;
    int values, constants;
    bool is_folded;
} graph;

typedef struct text {
    char text[MAX_NAME];
} text;

static text format(const char *format_, ...) IDI_PRINTF(1, 2);
static text format(const char *format_, ...)
{
    text out;
    va_list arguments;
    va_start(arguments, format_);
    (void)vsnprintf(out.text, sizeof out.text, format_, arguments);
    va_end(arguments);
    return out;
}

/* rank 3: a vector as [C, 1, 1]. */
static text constant(graph *g, int rank, const int64_t *dim, const float *values)
{
    const text name = format("onnx::%d", 500 + g->constants++);
    message t = {NULL, 0};
    int64_t count = 1;
    for (int i = 0; i < rank; i++) {
        put_int(&t, 1, (uint64_t)dim[i]);
        count *= dim[i];
    }
    put_int(&t, 2, 1);
    put_text(&t, 8, name.text);
    put_piece(&t, 9, values, (size_t)count * sizeof *values);
    put_message(&g->m, 5, &t);
    return name;
}

static text golden(graph *g, const char *key, int rank, const int64_t *dim, int written_rank)
{
    int64_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= dim[i];
    float *values = malloc((size_t)count * sizeof *values);
    cr_assert_not_null(values);
    idi_golden_fill(key, rank, dim, values);
    const int64_t wide[3] = {count, 1, 1};
    const text name = constant(g, written_rank, written_rank == 3 ? wide : dim, values);
    free(values);
    return name;
}

static void put_ints(message *node, const char *name, int64_t a, int64_t b)
{
    message attribute = {NULL, 0};
    put_text(&attribute, 1, name);
    put_int(&attribute, 8, (uint64_t)a);
    put_int(&attribute, 8, (uint64_t)b);
    put_message(node, 5, &attribute);
}

static text node(graph *g, const char *op, const text *inputs, int count, int64_t stride)
{
    const text out = format("v%d", ++g->values);
    message n = {NULL, 0};
    for (int i = 0; i < count; i++)
        put_text(&n, 1, inputs[i].text);
    put_text(&n, 2, out.text);
    put_text(&n, 4, op);
    if (stride) put_ints(&n, "strides", stride, stride);
    if (strcmp(op, "Gemm") == 0) {
        message attribute = {NULL, 0};
        put_text(&attribute, 1, "transB");
        put_int(&attribute, 3, 1);
        put_message(&n, 5, &attribute);
    }
    put_message(&g->m, 1, &n);
    return out;
}

static text put_norm(graph *g, const char *key, text x, int64_t channels)
{
    static const char *const members[] = {"weight", "bias", "running_mean", "running_var"};
    text inputs[5] = {x};
    for (int i = 0; i < 4; i++)
        inputs[i + 1] = golden(g, format("%s.%s", key, members[i]).text, 1, &channels, 1);
    return node(g, "BatchNormalization", inputs, 5, 0);
}

/* Scale and shift of a norm, in double. */
static void norm_of(const char *key, int64_t channels, int64_t c, double *scale, double *shift)
{
    const int64_t dim[1] = {channels};
    const double var = (double)idi_golden_value(format("%s.running_var", key).text, 1, dim, c);
    *scale = (double)idi_golden_value(format("%s.weight", key).text, 1, dim, c) / sqrt(var + 1e-5);
    *shift = (double)idi_golden_value(format("%s.bias", key).text, 1, dim, c) -
             *scale * (double)idi_golden_value(format("%s.running_mean", key).text, 1, dim, c);
}

/* What folding makes of a weight's element and of a bias. */
static float folded_weight(const char *key, const char *norm, const int64_t dim[4], int64_t k)
{
    double scale, shift;
    norm_of(norm, dim[0], k / (dim[1] * dim[2] * dim[3]), &scale, &shift);
    return (float)(scale * (double)idi_golden_value(format("%s.weight", key).text, 4, dim, k));
}

static float folded_bias(const char *norm, int64_t channels, int64_t c)
{
    double scale, shift;
    norm_of(norm, channels, c, &scale, &shift);
    return (float)shift;
}

static text put_conv(graph *g, const char *key, const char *norm, text x, int64_t out, int64_t in,
                     int64_t kernel, int64_t stride)
{
    const int64_t dim[4] = {out, in, kernel, kernel};
    text inputs[3] = {x};
    if (!g->is_folded) {
        inputs[1] = golden(g, format("%s.weight", key).text, 4, dim, 4);
        return put_norm(g, norm, node(g, "Conv", inputs, 2, stride), out);
    }
    const int64_t count = out * in * kernel * kernel;
    float *values = malloc((size_t)count * sizeof *values);
    cr_assert_not_null(values);
    for (int64_t k = 0; k < count; k++)
        values[k] = folded_weight(key, norm, dim, k);
    inputs[1] = constant(g, 4, dim, values);
    for (int64_t c = 0; c < out; c++)
        values[c] = folded_bias(norm, out, c);
    inputs[2] = constant(g, 1, &out, values);
    free(values);
    return node(g, "Conv", inputs, 3, stride);
}

static text put_prelu(graph *g, const char *key, text x, int64_t channels)
{
    const text inputs[2] = {x, golden(g, format("%s.weight", key).text, 1, &channels, 3)};
    return node(g, "PRelu", inputs, 2, 0);
}

static text put_block(graph *g, const char *key, text x, int64_t in, int64_t out, bool is_first)
{
    text h = put_norm(g, format("%s.bn1", key).text, x, in);
    h = put_conv(g, format("%s.conv1", key).text, format("%s.bn2", key).text, h, out, in, 3, 1);
    h = put_prelu(g, format("%s.prelu", key).text, h, out);
    h = put_conv(g, format("%s.conv2", key).text, format("%s.bn3", key).text, h, out, out, 3,
                 is_first ? 2 : 1);
    if (is_first)
        x = put_conv(g, format("%s.downsample.0", key).text, format("%s.downsample.1", key).text, x,
                     out, in, 1, 2);
    return node(g, "Add", (text[]){h, node(g, "Identity", &x, 1, 0)}, 2, 0);
}

/* Blocks 1, 2, 1, 1 of an IResNet for faces of SIDE. */
static void put_network(graph *g)
{
    static const int blocks[4] = {1, 2, 1, 1};
    static const int64_t fc[2] = {DIM, WIDTH * 8}, dim = DIM;
    message input = {NULL, 0};
    put_text(&input, 1, "input.1");
    put_message(&g->m, 11, &input);
    text x = put_conv(g, "conv1", "bn1", format("input.1"), WIDTH, 3, 3, 1);
    x = put_prelu(g, "prelu", x, WIDTH);
    int64_t in = WIDTH;
    for (int stage = 0; stage < 4; stage++)
        for (int i = 0; i < blocks[stage]; i++) {
            const int64_t out = (int64_t)WIDTH << stage;
            x = put_block(g, format("layer%d.%d", stage + 1, i).text, x, in, out, i == 0);
            in = out;
        }
    x = put_norm(g, "bn2", x, in);
    x = node(g, "Flatten", &x, 1, 0);
    const text gemm[3] = {x, golden(g, "fc.weight", 2, fc, 2), golden(g, "fc.bias", 1, &dim, 1)};
    (void)put_norm(g, "features", node(g, "Gemm", gemm, 3, 0), DIM);
}

static void write_file(const void *bytes, size_t count)
{
    FILE *stream = fopen(in_path, "wb");
    cr_assert(stream && fwrite(bytes, 1, count, stream) == count && fclose(stream) == 0);
}

/* And frees the graph. */
static void write_model(graph *g)
{
    message model = {NULL, 0};
    put_int(&model, 1, 7);
    put_message(&model, 7, &g->m);
    write_file(model.bytes, model.used);
    free(model.bytes);
}

static idi_status import(const char *arch)
{
    const idi_import_options options = {.arch = arch};
    return idi_model_import(memory, in_path, &options, out_path);
}

/* --- tests --------------------------------------------------------------------------------------
 */

/* `check` sees every parameter, in the file's order. */
static void with_imported(void (*check)(const char *key, int rank, const int64_t *dim,
                                        const float *values))
{
    idi_safetensors *file;
    idi_model_config config;
    cr_assert_eq(import(NULL), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_safetensors_open(memory, out_path, &file), IDI_OK);
    cr_assert_eq(idi_config_of_file(file, "iresnet", &config), IDI_OK, "%s", idi_last_error());
    cr_expect(config.recogniser.width == WIDTH && config.recogniser.input_side == SIDE &&
              config.recogniser.embedding_dim == DIM);
    cr_expect(config.recogniser.blocks[0] == 1 && config.recogniser.blocks[1] == 2);
    for (int64_t i = 0; i < idi_safetensors_count(file); i++) {
        const idi_safetensor *t = idi_safetensors_get(file, i);
        float *values = malloc(t->bytes + 1);
        cr_assert_not_null(values);
        cr_assert_eq(idi_safetensor_to_f32(t, values), IDI_OK);
        check(t->name, t->rank, t->dim, values);
        free(values);
    }
    idi_safetensors_close(&file);
}

static void expect_golden(const char *key, int rank, const int64_t *dim, const float *values)
{
    int64_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= dim[i];
    for (int64_t k = 0; k < count; k++)
        cr_assert_float_eq(values[k], idi_golden_value(key, rank, dim, k), 0.0F, "%s", key);
}

Test(onnx, a_graph_with_its_norms_gives_every_parameter)
{
    graph g = {.is_folded = false};
    put_network(&g);
    write_model(&g);
    with_imported(expect_golden);
}

/* Which norm is folded into which convolution. */
static bool find_norm(const char *conv, text *norm)
{
    static const char *const pairs[][2] = {
        {"downsample.0", "downsample.1"}, {"conv1", "bn2"}, {"conv2", "bn3"}};
    const char *dot = strrchr(conv, '.');
    *norm = format("bn1");
    if (strcmp(conv, "conv1") == 0) return true;
    for (int i = 0; dot && i < 3; i++) {
        const size_t tail = strlen(pairs[i][0]);
        if (strlen(conv) < tail || strcmp(conv + strlen(conv) - tail, pairs[i][0]) != 0) continue;
        *norm = format("%.*s%s", (int)(strlen(conv) - tail), conv, pairs[i][1]);
        return true;
    }
    return false;
}

static void expect_folded(const char *key, int rank, const int64_t *dim, const float *values)
{
    const text layer = format("%.*s", (int)(strrchr(key, '.') - key), key);
    text norm;
    if (rank == 4) {
        cr_assert(find_norm(layer.text, &norm));
        for (int64_t k = 0; k < dim[0] * dim[1] * dim[2] * dim[3]; k++)
            cr_assert_float_eq(values[k], folded_weight(layer.text, norm.text, dim, k), 0.0F);
        return;
    }
    /* Norms before a convolution are nodes and stay. */
    const size_t bytes = strlen(layer.text);
    const char *tail = bytes > 3 ? layer.text + bytes - 3 : layer.text;
    const bool is_block_norm = strchr(layer.text, '.') != NULL;
    const bool is_stem = strcmp(layer.text, "bn1") == 0;
    const bool is_folded =
        is_stem || (is_block_norm && (strcmp(tail, "bn2") == 0 || strcmp(tail, "bn3") == 0 ||
                                      strcmp(tail, "e.1") == 0));
    if (!is_folded) {
        expect_golden(key, rank, dim, values);
        return;
    }
    for (int64_t c = 0; c < dim[0]; c++) {
        if (strstr(key, ".running_mean")) cr_assert_float_eq(values[c], 0.0F, 0.0F);
        if (strstr(key, ".running_var")) cr_assert_float_eq(values[c], 1.0F - 1e-5F, 1e-7F);
        if (strstr(key, ".weight")) cr_assert_float_eq(values[c], 1.0F, 0.0F);
        if (strstr(key, ".bias"))
            cr_assert_float_eq(values[c], folded_bias(layer.text, dim[0], c), 0.0F);
    }
}

Test(onnx, a_graph_with_folded_norms_gives_norms_that_add_the_bias)
{
    graph g = {.is_folded = true};
    put_network(&g);
    write_model(&g);
    with_imported(expect_folded);
    cr_expect_eq(import("iresnet"), IDI_OK);
    cr_expect_eq(import("iresnet50"), IDI_ERR_WEIGHTS);
}

static void expect_refused(idi_status status, const char *words)
{
    cr_expect_eq(import(NULL), status, "%s", words);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    cr_expect(strstr(idi_last_error(), "in.onnx: "));
}

Test(onnx, other_graphs_are_refused_with_the_layer_where_they_differ)
{
    static const int64_t dim = 3;
    graph g = {.is_folded = true};
    message input = {NULL, 0};
    put_text(&input, 1, "data");
    put_message(&g.m, 11, &input);
    text x = put_conv(&g, "conv1", "bn1", format("data"), WIDTH, 3, 3, 2);
    x = put_prelu(&g, "prelu", x, WIDTH);
    (void)put_conv(&g, "conv2", "bn2", x, WIDTH, WIDTH, 3, 1);
    write_model(&g);
    expect_refused(IDI_ERR_WEIGHTS, "after prelu there is Conv, want BatchNormalization");

    g = (graph){.is_folded = true};
    put_text(&input, 1, "data");
    put_message(&g.m, 11, &input);
    const text pair[2] = {format("data"), golden(&g, "mean", 1, &dim, 1)};
    (void)node(&g, "Sub", pair, 2, 0);
    write_model(&g);
    expect_refused(IDI_ERR_WEIGHTS, "normalises its own input");
}

Test(onnx, broken_files_are_refused)
{
    graph g = {.is_folded = true};
    put_network(&g);
    write_model(&g);
    FILE *stream = fopen(in_path, "rb");
    unsigned char *bytes = malloc(MAX_BYTES);
    cr_assert(stream && bytes);
    const size_t count = fread(bytes, 1, MAX_BYTES, stream);
    (void)fclose(stream);
    write_file("no protobuf", 11);
    expect_refused(IDI_ERR_FORMAT, "not an ONNX file");
    write_file(bytes, count / 2);
    expect_refused(IDI_ERR_FORMAT, "not an ONNX file: the message is broken");
    /* Whatever a byte becomes, nothing is read that is not there. */
    for (size_t i = 0; i < count; i += 1 + i / 40) {
        const unsigned char was = bytes[i];
        bytes[i] = (unsigned char)(was ^ 0x55);
        write_file(bytes, count);
        const idi_status st = import(NULL);
        cr_expect(st == IDI_OK || st == IDI_ERR_FORMAT || st == IDI_ERR_WEIGHTS ||
                      st == IDI_ERR_ARG,
                  "byte %zu: %s", i, idi_last_error());
        bytes[i] = was;
    }
    free(bytes);
}
