/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cudnn/plans.c - whether cuDNN has an engine for every convolution and attention that the
 * library gives to it, asked without a GPU: plans for a described device, over the shipped
 * architectures.
 *
 * usage: plans DEVICE.json [all | some]    prints a line a problem; fails if one has no engine.
 * Without either, of CA2-SIS's and the trained recognisers' convolutions f32 and bf16 at batch 1,
 * bf16's gradients at batch 8, and what a generator is trained against in f32 at batch 8; `some`:
 * one generator at batch 1, which is enough to walk through our code. */
#include "cuda/runtime/conv.h"
#include "cuda/runtime/sdpa.h"
#include "model/network.h"
#include "nets/discriminator.h"
#include "nets/vgg19.h"
#include "ops/attention.h"
#include "ops/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PROBLEMS = 4096 };

static idi_cuda_conv_problem problems[MAX_PROBLEMS];
static int problem_count;
static idi_cuda_sdpa_problem attentions[MAX_PROBLEMS];
static int attention_count;
static bool wants_all;

/* Nothing runs here. */
idi_status idi_cuda_conv_epilogue(const idi_cuda_conv_problem *problem,
                                  const idi_cuda_conv_data *data, cudaStream_t stream)
{
    (void)problem, (void)data, (void)stream;
    return idi_fail(IDI_ERR_INTERNAL, "plans: nothing runs here");
}

static void require(idi_status st)
{
    if (st == IDI_OK) return;
    (void)fprintf(stderr, "plans: %s\n", idi_last_error());
    exit(1);
}

static void add_problem(const idi_cuda_conv_problem *p)
{
    if (idi_cuda_conv_choose(p) != IDI_CUDA_CONV_LIBRARY) return;
    for (int i = 0; i < problem_count; i++)
        if (memcmp(&problems[i], p, sizeof *p) == 0) return;
    if (problem_count == MAX_PROBLEMS) exit(1);
    problems[problem_count++] = *p;
}

/* One precision of a node, cleared first so that memcmp compares. */
static void add_node(const idi_graph *graph, const idi_node *node, idi_cuda_conv_kind kind,
                     idi_dtype storage, bool allows_tf32)
{
    const idi_conv2d_attr *attr = node->attr;
    const idi_shape x = idi_graph_shape(graph, node->in[0]);
    const idi_shape weight = idi_graph_shape(graph, node->in[1]);
    const idi_shape y = idi_graph_shape(graph, node->out[0]);
    static idi_cuda_conv_problem p;
    const idi_cuda_conv_problem shapes = idi_cuda_conv_problem_of(kind, &x, &weight, &y, attr);
    memset(&p, 0, sizeof p);
    memcpy(&p, &shapes, sizeof p);
    p.storage = storage;
    p.allows_tf32 = allows_tf32;
    if (kind == IDI_CUDA_CONV_FORWARD) {
        p.has_bias = node->in[2] != IDI_NONE;
        p.has_residual = node->in[3] != IDI_NONE;
        p.act = attr->act;
    }
    add_problem(&p);
}

/* SEAN's transposed convolution: a gradient that is run forward. */
static void add_transposed(const idi_graph *graph, const idi_node *node)
{
    const idi_shape y = idi_graph_shape(graph, node->in[0]);
    const idi_shape weight = idi_graph_shape(graph, node->in[1]);
    const idi_shape x = idi_graph_shape(graph, node->out[0]);
    static const idi_dtype storages[] = {IDI_F32, IDI_BF16};
    for (int i = 0; i < 2; i++) {
        idi_cuda_conv_problem p;
        const idi_cuda_conv_problem shapes =
            idi_cuda_conv_problem_of(IDI_CUDA_CONV_GRAD_INPUT, &x, &weight, &y, node->attr);
        memset(&p, 0, sizeof p);
        memcpy(&p, &shapes, sizeof p);
        p.storage = storages[i];
        add_problem(&p);
    }
}

/* All precisions of a node at this batch; gradients at batch 8, which is what training runs. */
static void add_precisions(const idi_graph *graph, const idi_node *node, int64_t batch)
{
    static const struct {
        idi_dtype storage;
        bool allows_tf32;
        bool is_extra, has_gradients, has_extra_gradients;
    } precisions[] = {{IDI_F32, false, false, false, true},
                      {IDI_F32, true, true, false, false},
                      {IDI_BF16, false, false, true, true},
                      {IDI_F16, false, true, false, false}};
    for (int i = 0; i < 4; i++) {
        const idi_dtype storage = precisions[i].storage;
        if (wants_all || (batch == 1 && !precisions[i].is_extra))
            add_node(graph, node, IDI_CUDA_CONV_FORWARD, storage, precisions[i].allows_tf32);
        const bool has_gradients =
            wants_all ? precisions[i].has_extra_gradients : precisions[i].has_gradients;
        if (batch == 1 || !has_gradients) continue;
        add_node(graph, node, IDI_CUDA_CONV_GRAD_INPUT, storage, false);
        add_node(graph, node, IDI_CUDA_CONV_GRAD_WEIGHT, storage, false);
    }
}

static bool is_same_attention(const idi_cuda_sdpa_problem *a, const idi_cuda_sdpa_problem *b)
{
    return a->n == b->n && a->heads == b->heads && a->queries == b->queries && a->keys == b->keys &&
           a->size == b->size && a->storage == b->storage;
}

static void add_attention(const idi_graph *graph, const idi_node *node, idi_dtype storage)
{
    const idi_shape q = idi_graph_shape(graph, node->in[0]);
    const idi_shape k = idi_graph_shape(graph, node->in[1]);
    const int64_t heads = ((const idi_attention_attr *)node->attr)->heads;
    const idi_cuda_sdpa_problem p = {q.dim[0],         heads,  q.dim[1], k.dim[1],
                                     q.dim[2] / heads, storage};
    if (!idi_cuda_sdpa_is_library(&p)) return;
    for (int i = 0; i < attention_count; i++)
        if (is_same_attention(&attentions[i], &p)) return;
    if (attention_count == MAX_PROBLEMS) exit(1);
    attentions[attention_count++] = p;
}

static void add_network(idi_network *network, int64_t batch)
{
    for (int32_t i = 0; i < idi_graph_node_count(network->graph); i++) {
        const idi_node *node = idi_graph_get_node(network->graph, i);
        if (node->op->id == idi_op_conv2d) add_precisions(network->graph, node, batch);
        if (node->op->id == idi_op_conv2d_grad_input) add_transposed(network->graph, node);
        if (node->op->id != idi_op_attention) continue;
        add_attention(network->graph, node, IDI_BF16);
        add_attention(network->graph, node, IDI_F16);
    }
    idi_network_destroy(network);
}

static void add_generator(idi_memory *memory, idi_modulation modulation, int64_t batch)
{
    idi_ca2sis_config config;
    idi_network network;
    idi_ca2sis_config_init(&config, 256, 512);
    config.modulation = modulation;
    require(idi_network_generate(memory, &config, IDI_FORM_FOLDED, batch, &network));
    add_network(&network, batch);
    require(idi_network_encode_style(memory, &config, batch, &network));
    add_network(&network, batch);
}

/* SPADE's convolutions are among SEAN's. */
static void add_sean(idi_memory *memory)
{
    idi_model_config config;
    idi_network network;
    const idi_network_options options = {.batch = 1};
    require(idi_config_init("sean", 0, &config));
    require(idi_network_generator(memory, &config, &options, &network));
    add_network(&network, 1);
    require(idi_network_style(memory, &config, 1, &network));
    add_network(&network, 1);
}

static void add_recogniser(idi_memory *memory, const char *arch, int64_t batch)
{
    idi_model_config config;
    idi_network network;
    require(idi_config_init(arch, 0, &config));
    require(idi_network_embed(memory, &config.recogniser, batch, 256, &network));
    add_network(&network, batch);
}

/* A network that exists in trainings alone, which store floats: forwards and both ways back. */
static void add_trained(idi_graph *graph)
{
    require(idi_graph_status(graph));
    for (int32_t i = 0; i < idi_graph_node_count(graph); i++) {
        const idi_node *node = idi_graph_get_node(graph, i);
        if (node->op->id != idi_op_conv2d) continue;
        for (int is_tf32 = 0; is_tf32 < (wants_all ? 2 : 1); is_tf32++) {
            add_node(graph, node, IDI_CUDA_CONV_FORWARD, IDI_F32, is_tf32);
            add_node(graph, node, IDI_CUDA_CONV_GRAD_INPUT, IDI_F32, is_tf32);
            add_node(graph, node, IDI_CUDA_CONV_GRAD_WEIGHT, IDI_F32, is_tf32);
        }
    }
    idi_graph_destroy(&graph);
}

/* What a generator is trained against. */
static void add_adversaries(idi_memory *memory, int64_t batch)
{
    idi_graph *graph;
    idi_discriminator_config config;
    idi_value features[IDI_VGG19_FEATURES];
    idi_discriminator_config_init(&config, 19);
    for (config.layers = 3; config.layers <= 4; config.layers++) {
        require(idi_graph_create(memory, &graph));
        const idi_value labels =
            idi_graph_input(graph, "labels", IDI_U8, idi_shape3(batch, 256, 256), IDI_RATE_IMAGE);
        const idi_value image = idi_graph_input(graph, "image", IDI_REAL,
                                                idi_shape4(batch, 256, 256, 3), IDI_RATE_IMAGE);
        const idi_discriminator d = idi_discriminator_open(graph, &config, IDI_MODE_TRAINING);
        (void)idi_discriminator_judge(graph, &d, labels, image);
        if (config.layers == 4) idi_vgg19(graph, 64, image, features);
        add_trained(graph);
    }
}

static const char *precision_name(const idi_cuda_conv_problem *p)
{
    if (p->storage == IDI_F32) return p->allows_tf32 ? "tf32" : "f32";
    return p->storage == IDI_F16 ? "f16" : "bf16";
}

static void print_problem(const idi_cuda_conv_problem *p)
{
    static const char *const kinds[] = {"forward", "grad_input", "grad_weight"};
    (void)printf("%-11s %-4s %lldx%lldx%lldx%lld -> %lld, %lldx%lld/%lld pad %lld groups %lld%s%s",
                 kinds[p->kind], precision_name(p), (long long)p->n, (long long)p->h,
                 (long long)p->w, (long long)p->c, (long long)p->o, (long long)p->kh,
                 (long long)p->kw, (long long)p->stride, (long long)p->pad, (long long)p->groups,
                 p->has_bias ? " +bias" : "", p->has_residual ? " +residual" : "");
}

/* Whether there is an engine. */
static bool check_problem(idi_cuda_plan_cache *cache, const idi_cuda_conv_problem *p)
{
    const idi_cuda_conv *conv;
    print_problem(p);
    require(idi_cuda_conv_find(cache, p, &conv));
    if (!conv) {
        (void)printf(": NO ENGINE\n");
        return false;
    }
    const idi_cuda_plan_search s = idi_cuda_conv_search_of(conv);
    const bool has_epilogue = p->has_bias || p->has_residual || p->act != IDI_ACT_NONE;
    (void)printf(": %d engines, tried %d, %d unwanted; %.1f MB%s\n", s.candidates, s.tried,
                 s.unwanted, (double)idi_cuda_conv_workspace_bytes(conv) / 1e6,
                 !has_epilogue                  ? ""
                 : idi_cuda_conv_is_fused(conv) ? "; fused"
                                                : "; epilogue apart");
    return true;
}

static bool check_attention(idi_cuda_plan_cache *cache, const idi_cuda_sdpa_problem *p)
{
    const idi_cuda_sdpa *sdpa;
    (void)printf("attention   %-4s %lld x %lld heads of %lld, %lld queries, %lld keys",
                 p->storage == IDI_F16 ? "f16" : "bf16", (long long)p->n, (long long)p->heads,
                 (long long)p->size, (long long)p->queries, (long long)p->keys);
    require(idi_cuda_sdpa_find(cache, p, &sdpa));
    if (!sdpa) {
        (void)printf(": NO ENGINE\n");
        return false;
    }
    const idi_cuda_plan_search s = idi_cuda_sdpa_search_of(sdpa);
    (void)printf(": %d engines, tried %d, %d unwanted; %.1f MB\n", s.candidates, s.tried,
                 s.unwanted, (double)idi_cuda_sdpa_workspace_bytes(sdpa) / 1e6);
    return true;
}

static char *read_file(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *file = fopen(path, "rb");
    if (!text || !file || fread(text, 1, 65535, file) == 0) exit(1);
    (void)fclose(file);
    return text;
}

int main(int count, char **arguments)
{
    if (count < 2) return 2;
    wants_all = count > 2 && strcmp(arguments[2], "all") == 0;
    const bool wants_some = count > 2 && strcmp(arguments[2], "some") == 0;
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    char *json = read_file(arguments[1]);
    idi_memory *memory;
    idi_cuda_plan_cache *cache;
    require(idi_memory_create(NULL, 0, &memory));
    require(idi_cuda_plan_cache_create(memory, json, &cache));
    static const char *const recognisers[] = {"iresnet18", "iresnet50", "mobilefacenet"};
    add_generator(memory, IDI_MODULATION_GROUP, 1);
    if (wants_all) {
        add_sean(memory);
        add_recogniser(memory, "facenet", 1);
    }
    for (int64_t batch = 1; batch <= 8 && !wants_some; batch += 7) {
        add_generator(memory, IDI_MODULATION_GROUP, batch);
        add_generator(memory, IDI_MODULATION_SPADE, batch);
        for (int i = 0; i < 3; i++)
            add_recogniser(memory, recognisers[i], batch);
    }
    if (!wants_some) add_adversaries(memory, 8);
    int missing = 0;
    for (int i = 0; i < attention_count; i++)
        missing += !check_attention(cache, &attentions[i]);
    for (int i = 0; i < problem_count; i++)
        missing += !check_problem(cache, &problems[i]);
    (void)printf("%d attentions and %d convolutions for cuDNN, %d without an engine\n",
                 attention_count, problem_count, missing);
    if (attention_count == 0 || problem_count == 0) missing++; /* then this test tests nothing */
    idi_cuda_plan_cache_destroy(&cache);
    idi_memory_destroy(&memory);
    free(json);
    return missing != 0;
}
