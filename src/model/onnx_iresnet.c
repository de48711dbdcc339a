/* SPDX-License-Identifier: Apache-2.0 */
/* model/onnx_iresnet.c - see onnx_iresnet.h. */
#include "model/onnx_iresnet.h"
#include "model/onnx.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 64, TENSORS_OF_NODE = 5 };

/* What a batch norm has that leaves its input as it is: variance + eps = 1. */
static const double norm_eps = 1e-5;

typedef struct name {
    char text[NAME_BYTES];
} name;

/* A place in the graph, and what was found on the way. */
typedef struct walk {
    const idi_onnx *onnx;
    idi_tensor_table *table;
    idi_recogniser_config *config;
    int64_t most;     /* tensors, of a graph without circles */
    idi_onnx_span at; /* the value that has been reached */
    name last;        /* the layer that made it */
} walk;

static name join(const char *format, ...) IDI_PRINTF(1, 2);
static name join(const char *format, ...)
{
    name out;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out.text, sizeof out.text, format, arguments);
    va_end(arguments);
    return out;
}

/* The first node that reads the value; op NULL: any. */
static const idi_onnx_node *reader(const walk *w, idi_onnx_span value, const char *op)
{
    for (int64_t i = 0; i < w->onnx->node_count; i++) {
        const idi_onnx_node *node = &w->onnx->nodes[i];
        if (op && !idi_onnx_is(node, op)) continue;
        for (int k = 0; k < node->input_count && k < IDI_ONNX_INPUTS; k++)
            if (idi_onnx_same(node->inputs[k], value)) return node;
    }
    return NULL;
}

static idi_status need_reader(const walk *w, const char *op, const idi_onnx_node **node_out)
{
    *node_out = reader(w, w->at, op);
    if (*node_out) return IDI_OK;
    const idi_onnx_node *other = reader(w, w->at, NULL);
    const int shown = other && other->op.bytes < 30 ? (int)other->op.bytes : 0;
    return idi_fail(IDI_ERR_WEIGHTS,
                    "the ONNX graph is no IResNet, and others are not read in this form: after %s "
                    "there is %.*s, want %s",
                    w->last.text, shown ? shown : 7, shown ? (const char *)other->op.at : "nothing",
                    op);
}

/* --- tensors -----------------------------------------------------------------------------------
 */

/* A tensor of the table, to be filled. Name, header and numbers are one block. */
static idi_status add(walk *w, const char *text, int rank, const int64_t *dim, float **values_out)
{
    idi_tensor_table *table = w->table;
    idi_safetensor shape = {.dtype = IDI_F32, .rank = rank, .dim = {1, 1, 1, 1, 1, 1, 1, 1}};
    char *block;
    IDI_REQUIRE(table->count < w->most, IDI_ERR_WEIGHTS, "the ONNX graph goes round in circles");
    memcpy(shape.dim, dim, (size_t)rank * sizeof *dim);
    shape.bytes = (size_t)idi_safetensor_count(&shape) * sizeof(float);
    IDI_TRY(idi_alloc(table->memory, IDI_TAG_WEIGHT, sizeof shape + shape.bytes + strlen(text) + 1,
                      &block));
    idi_safetensor *tensor = (idi_safetensor *)block;
    char *copy = block + sizeof shape + shape.bytes;
    table->owned[table->owned_count++] = block;
    memcpy(copy, text, strlen(text) + 1);
    *tensor = shape;
    tensor->name = copy;
    tensor->data = block + sizeof shape;
    table->entries[table->count++] = (idi_tensor_entry){copy, tensor};
    *values_out = (float *)(block + sizeof shape);
    return IDI_OK;
}

static idi_status need_constant(const walk *w, const idi_onnx_node *node, int input,
                                const idi_onnx_tensor **tensor_out)
{
    *tensor_out = input < node->input_count && input < IDI_ONNX_INPUTS
                      ? idi_onnx_find_tensor(w->onnx, node->inputs[input])
                      : NULL;
    IDI_REQUIRE(*tensor_out, IDI_ERR_WEIGHTS,
                "the layer after %s has no constant of floats as its input %d", w->last.text,
                input);
    return IDI_OK;
}

/* An input of the node under a name; as a vector if is_vector. */
static idi_status copy(walk *w, const idi_onnx_node *node, int input, const char *text,
                       bool is_vector)
{
    const idi_onnx_tensor *tensor;
    float *values;
    IDI_TRY(need_constant(w, node, input, &tensor));
    const int64_t count = idi_onnx_count(tensor);
    IDI_TRY(add(w, text, is_vector ? 1 : tensor->rank, is_vector ? &count : tensor->dim, &values));
    memcpy(values, tensor->data.at, tensor->data.bytes);
    return IDI_OK;
}

static idi_status fill(walk *w, const char *text, int64_t count, double value)
{
    float *values;
    IDI_TRY(add(w, text, 1, &count, &values));
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)value;
    return IDI_OK;
}

/* --- layers ------------------------------------------------------------------------------------
 */

static idi_status take_norm(walk *w, const char *text)
{
    static const char *const members[] = {"weight", "bias", "running_mean", "running_var"};
    const idi_onnx_node *node;
    IDI_TRY(need_reader(w, "BatchNormalization", &node));
    const double eps = idi_onnx_float(node, "epsilon", norm_eps);
    IDI_REQUIRE(fabs(eps - norm_eps) < 1e-9, IDI_ERR_WEIGHTS,
                "the batch norm after %s has epsilon %g, want %g", w->last.text, eps, norm_eps);
    for (int i = 0; i < 4; i++)
        IDI_TRY(copy(w, node, i + 1, join("%s.%s", text, members[i]).text, true));
    w->at = node->out;
    w->last = join("%s", text);
    return IDI_OK;
}

/* The norm that a folded convolution leaves: its bias. */
static idi_status take_bias(walk *w, const idi_onnx_node *conv, const char *norm)
{
    const idi_onnx_tensor *bias;
    IDI_TRY(need_constant(w, conv, 2, &bias));
    const int64_t count = idi_onnx_count(bias);
    IDI_TRY(fill(w, join("%s.weight", norm).text, count, 1.0));
    IDI_TRY(copy(w, conv, 2, join("%s.bias", norm).text, true));
    IDI_TRY(fill(w, join("%s.running_mean", norm).text, count, 0.0));
    return fill(w, join("%s.running_var", norm).text, count, 1.0 - norm_eps);
}

/* The convolution that reads the value, with its norm. */
static idi_status take_conv(walk *w, const char *text, const char *norm,
                            const idi_onnx_node **node_out)
{
    const idi_onnx_node *node;
    IDI_TRY(need_reader(w, "Conv", &node));
    IDI_TRY(copy(w, node, 1, join("%s.weight", text).text, false));
    *node_out = node;
    w->at = node->out;
    w->last = join("%s", text);
    if (node->input_count < 3) return take_norm(w, norm);
    return take_bias(w, node, norm);
}

static idi_status take_prelu(walk *w, const char *text)
{
    const idi_onnx_node *node;
    IDI_TRY(need_reader(w, "PRelu", &node));
    IDI_TRY(copy(w, node, 1, join("%s.weight", text).text, true));
    w->at = node->out;
    w->last = join("%s", text);
    return IDI_OK;
}

/* A strided block begins a stage. Returns the block's name. */
static idi_status begin_block(const walk *w, int *stage, name *block_out)
{
    /* norm, convolution, PReLU and then the strided one: looked at before anything is named. */
    walk ahead = *w;
    const idi_onnx_node *node;
    static const char *const ops[] = {"BatchNormalization", "Conv", "PRelu", "Conv"};
    for (int i = 0; i < 4; i++) {
        if (i == 2 && reader(&ahead, ahead.at, "BatchNormalization"))
            ahead.at = reader(&ahead, ahead.at, "BatchNormalization")->out;
        IDI_TRY(need_reader(&ahead, ops[i], &node));
        ahead.at = node->out;
    }
    if (idi_onnx_int(node, "strides", 0, 1) == 2) ++*stage;
    IDI_REQUIRE(*stage >= 1 && *stage <= 4, IDI_ERR_WEIGHTS,
                "the ONNX graph is no IResNet: it has %s, want four stages",
                *stage < 1 ? "a block before the first that halves" : "a fifth stage");
    *block_out = join("layer%d.%lld", *stage, (long long)w->config->blocks[*stage - 1]);
    w->config->blocks[*stage - 1]++;
    return IDI_OK;
}

static idi_status take_block(walk *w, int *stage)
{
    const idi_onnx_span in = w->at;
    const idi_onnx_node *node;
    name block;
    IDI_TRY(begin_block(w, stage, &block));
    if (reader(w, in, "Conv")) {
        IDI_TRY(take_conv(w, join("%s.downsample.0", block.text).text,
                          join("%s.downsample.1", block.text).text, &node));
        w->at = in;
    }
    IDI_TRY(take_norm(w, join("%s.bn1", block.text).text));
    IDI_TRY(
        take_conv(w, join("%s.conv1", block.text).text, join("%s.bn2", block.text).text, &node));
    IDI_TRY(take_prelu(w, join("%s.prelu", block.text).text));
    IDI_TRY(
        take_conv(w, join("%s.conv2", block.text).text, join("%s.bn3", block.text).text, &node));
    IDI_TRY(need_reader(w, "Add", &node));
    w->at = node->out;
    w->last = block;
    return IDI_OK;
}

/* Whether the value's norm is the last one, before the maps are flattened. */
static bool is_tail(const walk *w)
{
    const idi_onnx_node *norm = reader(w, w->at, "BatchNormalization");
    return norm && !reader(w, norm->out, "Conv");
}

static idi_status take_tail(walk *w)
{
    const idi_onnx_node *node;
    IDI_TRY(take_norm(w, "bn2"));
    if (reader(w, w->at, "Dropout")) w->at = reader(w, w->at, "Dropout")->out;
    const bool is_reshaped = reader(w, w->at, "Reshape") != NULL;
    IDI_TRY(need_reader(w, is_reshaped ? "Reshape" : "Flatten", &node));
    w->at = node->out;
    IDI_TRY(need_reader(w, "Gemm", &node));
    IDI_REQUIRE(idi_onnx_int(node, "transB", 0, 0) == 1, IDI_ERR_WEIGHTS,
                "the ONNX graph's Gemm has a weight by columns, want transB = 1");
    IDI_TRY(copy(w, node, 1, "fc.weight", false));
    IDI_TRY(copy(w, node, 2, "fc.bias", true));
    w->at = node->out;
    w->last = join("fc");
    return take_norm(w, "features");
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const idi_tensor_entry *)a)->name, ((const idi_tensor_entry *)b)->name);
}

static idi_status read_sizes(walk *w)
{
    const idi_safetensor *stem = idi_tensor_table_find(w->table, "conv1.weight");
    const idi_safetensor *fc = idi_tensor_table_find(w->table, "fc.weight");
    idi_recogniser_config *config = w->config;
    IDI_REQUIRE(stem && fc && stem->rank == 4 && fc->rank == 2 && stem->dim[0] > 0, IDI_ERR_WEIGHTS,
                "the ONNX graph's first or last layer has another rank than an IResNet's");
    config->kind = IDI_IRESNET;
    config->width = stem->dim[0];
    config->embedding_dim = fc->dim[0];
    const double area = (double)fc->dim[1] / (8.0 * (double)config->width);
    config->input_side = 16 * (int64_t)lround(sqrt(area));
    return IDI_OK;
}

static idi_status take_all(walk *w)
{
    const idi_onnx_node *node;
    int stage = 0;
    IDI_REQUIRE(!reader(w, w->at, "Sub"), IDI_ERR_WEIGHTS,
                "the ONNX graph normalises its own input (Sub): an old MXNet export, which is not "
                "read");
    IDI_TRY(take_conv(w, "conv1", "bn1", &node));
    IDI_TRY(take_prelu(w, "prelu"));
    while (!is_tail(w))
        IDI_TRY(take_block(w, &stage));
    IDI_TRY(take_tail(w));
    qsort(w->table->entries, (size_t)w->table->count, sizeof *w->table->entries, by_name);
    return read_sizes(w);
}

static idi_status allocate(idi_memory *memory, int64_t most, idi_tensor_table *table)
{
    *table = (idi_tensor_table){.memory = memory};
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)most, sizeof *table->entries,
                             &table->entries));
    return idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)most, sizeof *table->owned,
                            &table->owned);
}

idi_status idi_onnx_iresnet(idi_memory *memory, const char *path, idi_tensor_table *table_out,
                            idi_model_config *config_out)
{
    idi_onnx onnx;
    idi_model_config config;
    *table_out = (idi_tensor_table){.memory = memory};
    IDI_TRY(idi_onnx_open(memory, path, &onnx));
    memset(&config, 0, sizeof config);
    config.arch = IDI_ARCH_IRESNET;
    walk w = {.onnx = &onnx,
              .table = table_out,
              .config = &config.recogniser,
              .most = onnx.node_count * TENSORS_OF_NODE + 1,
              .at = onnx.input,
              .last = join("the input")};
    idi_status st = allocate(memory, w.most, table_out);
    if (st == IDI_OK) st = take_all(&w);
    if (st == IDI_OK) st = idi_config_check(&config);
    idi_onnx_close(&onnx);
    if (st != IDI_OK) {
        idi_tensor_table_destroy(table_out);
        return idi_fail_prefix(st, "%s: ", path);
    }
    *config_out = config;
    return IDI_OK;
}
