/* SPDX-License-Identifier: Apache-2.0 */
/* bench/gpu/generator.c - see bench.h. */
#include "bench.h"
#include "core/half.h"
#include "core/rng.h"
#include "model/tensor_table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2.0;
}

static idi_status backend_options(const char *precision, idi_cuda_backend_options *options)
{
    static const struct {
        const char *name;
        idi_cuda_backend_options options;
    } all[] = {
        {"f32", {.storage = IDI_F32}},
        {"tf32", {.storage = IDI_F32, .allows_tf32 = true}},
        {"bf16", {.storage = IDI_BF16}},
        {"f16", {.storage = IDI_F16}},
        {"bf16+wgmma", {.storage = IDI_BF16, .prefers_wgmma = true}},
        {"f16+wgmma", {.storage = IDI_F16, .prefers_wgmma = true}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(precision, all[i].name) == 0) {
            *options = all[i].options;
            return IDI_OK;
        }
    return idi_fail(IDI_ERR_ARG,
                    "bench: precision %s, want f32, tf32, bf16, f16, bf16+wgmma or "
                    "f16+wgmma",
                    precision);
}

static idi_status load_weights(bench_generator *b, const char *path)
{
    idi_safetensors *file;
    IDI_TRY(idi_safetensors_open(b->memory, path, &file));
    idi_tensor_table table = {.memory = NULL};
    idi_status st = idi_config_of_file(file, NULL, &b->config);
    if (st == IDI_OK) st = idi_tensor_table_create(file, &table);
    if (st == IDI_OK) st = idi_weights_load(b->memory, &b->config, &table, &b->weights);
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);
    return st;
}

static idi_status upload_parameter(bench_generator *b, idi_value value)
{
    const idi_value_info *info = idi_graph_get_value(b->network.graph, value);
    const int64_t count = idi_shape_count(&info->shape);
    const idi_dtype type = idi_backend_dtype(b->backend, info->dtype);
    const size_t bytes = (size_t)count * idi_dtype_bytes(type);
    const float *floats = idi_weights_source(b->weights, info->name, info->dtype);
    void *converted;
    IDI_TRY(idi_alloc(b->memory, IDI_TAG_GENERAL, bytes, &converted));
    idi_floats_to(type, floats, count, converted);
    idi_status st = b->backend->alloc(b->backend, IDI_TAG_WEIGHT, bytes, &b->parameters[value]);
    if (st == IDI_OK) st = b->backend->upload(b->backend, b->parameters[value], converted, bytes);
    idi_free(b->memory, converted);
    return st;
}

/* Where a parameter of that name and type lies; NULL: nowhere. */
static void *find_uploaded(const bench_generator *b, const char *name, idi_dtype type)
{
    for (idi_value v = 0; v < idi_graph_value_count(b->network.graph); v++) {
        const idi_value_info *info = idi_graph_get_value(b->network.graph, v);
        if (b->parameters[v] && idi_backend_dtype(b->backend, info->dtype) == type &&
            strcmp(info->name, name) == 0)
            return b->parameters[v];
    }
    return NULL;
}

static idi_status upload_parameters(bench_generator *b)
{
    const int32_t count = idi_graph_value_count(b->network.graph);
    IDI_TRY(idi_alloc_zeroed(b->memory, IDI_TAG_GENERAL, (size_t)count, sizeof *b->parameters,
                             &b->parameters));
    for (idi_value v = 0; v < count; v++) {
        const idi_value_info *info = idi_graph_get_value(b->network.graph, v);
        if (info->role == IDI_ROLE_PARAMETER &&
            !find_uploaded(b, info->name, idi_backend_dtype(b->backend, info->dtype)))
            IDI_TRY(upload_parameter(b, v));
    }
    return IDI_OK;
}

static const void *find_parameter(void *user, const char *name, idi_dtype kind)
{
    const bench_generator *b = user;
    return find_uploaded(b, name, idi_backend_dtype(b->backend, kind));
}

/* Random numbers in -1..1. */
static idi_status set_random(bench_generator *b, idi_value input, uint64_t stream)
{
    if (input == IDI_NONE) return IDI_OK;
    const idi_shape shape = idi_graph_shape(b->network.graph, input);
    const int64_t count = idi_shape_count(&shape);
    float *floats = malloc((size_t)count * sizeof *floats);
    IDI_REQUIRE(floats, IDI_ERR_NOMEM, "bench: no memory");
    for (int64_t i = 0; i < count; i++)
        floats[i] = (float)(2.0 * idi_uniform(1, stream, (uint64_t)i) - 1.0);
    const idi_status st = idi_graph_session_set_floats(b->session, input, floats, count);
    free(floats);
    return st;
}

/* Blocks of labels, shifted by `turn`, so that a run does not find the last one's in a cache. */
static idi_status set_labels(bench_generator *b, int64_t turn)
{
    const idi_shape shape = idi_graph_shape(b->network.graph, b->network.labels);
    const int64_t classes = b->config.generator.classes;
    const int64_t side = shape.dim[2];
    const int64_t count = idi_shape_count(&shape);
    uint8_t *labels = malloc((size_t)count);
    IDI_REQUIRE(labels, IDI_ERR_NOMEM, "bench: no memory");
    for (int64_t i = 0; i < count; i++) {
        const int64_t row = i / side % side / 16;
        const int64_t column = i % side / 16;
        labels[i] = (uint8_t)((7 * row + 3 * column + turn + i / (side * side)) % classes);
    }
    const idi_status st =
        idi_graph_session_set(b->session, b->network.labels, labels, (size_t)count);
    free(labels);
    return st;
}

idi_status bench_open(const char *model_path, const char *precision, int64_t batch,
                      bench_generator *b)
{
    *b = (bench_generator){.batch = batch};
    idi_cuda_backend_options options;
    IDI_TRY(backend_options(precision, &options));
    IDI_TRY(idi_memory_create(NULL, 0, &b->memory));
    IDI_TRY(idi_cuda_device_open(b->memory, 0, &b->device));
    IDI_TRY(idi_cuda_backend_create(b->device, &options, &b->backend));
    IDI_TRY(load_weights(b, model_path));
    IDI_REQUIRE(idi_arch_is_generator(b->config.arch), IDI_ERR_ARG, "%s: want a generator",
                model_path);
    IDI_TRY(
        idi_network_generate(b->memory, &b->config.generator, IDI_FORM_FOLDED, batch, &b->network));
    IDI_TRY(upload_parameters(b));
    IDI_TRY(idi_graph_session_create(b->network.graph, b->backend, find_parameter, b, &b->session));
    IDI_TRY(set_random(b, b->network.styles, 1));
    IDI_TRY(set_random(b, b->network.identity, 2));
    double unused;
    for (int i = 0; i < 3; i++) /* caches, folded weights, the recording */
        IDI_TRY(bench_run(b, 1, &unused));
    return IDI_OK;
}

void bench_close(bench_generator *b)
{
    idi_graph_session_destroy(&b->session);
    if (b->parameters)
        for (idi_value v = 0; v < idi_graph_value_count(b->network.graph); v++)
            b->backend->free(b->backend, b->parameters[v]);
    if (b->memory) idi_free(b->memory, b->parameters);
    idi_network_destroy(&b->network);
    idi_weights_destroy(&b->weights);
    idi_cuda_backend_destroy(&b->backend);
    idi_cuda_device_close(&b->device);
    idi_memory_destroy(&b->memory);
}

idi_status bench_run(bench_generator *b, int64_t repeat, double *seconds_out)
{
    static int64_t turn;
    IDI_TRY(set_labels(b, turn++));
    IDI_TRY_CUDA(cudaDeviceSynchronize());
    const double start = bench_now();
    for (int64_t i = 0; i < repeat; i++)
        IDI_TRY(idi_graph_session_run(b->session, NULL, NULL));
    IDI_TRY_CUDA(cudaDeviceSynchronize());
    *seconds_out = (bench_now() - start) / (double)repeat;
    return IDI_OK;
}

double bench_device_mib(const bench_generator *b)
{
    idi_graph_plan plan;
    double bytes = 0.0;
    for (idi_value v = 0; v < idi_graph_value_count(b->network.graph); v++) {
        const idi_value_info *info = idi_graph_get_value(b->network.graph, v);
        if (b->parameters[v])
            bytes += (double)idi_shape_count(&info->shape) *
                     (double)idi_dtype_bytes(idi_backend_dtype(b->backend, info->dtype));
    }
    if (idi_graph_plan_bytes(b->network.graph, b->backend, &plan) != IDI_OK) return 0.0;
    return (bytes + (double)plan.slab_bytes + (double)plan.workspace_bytes) / 1048576.0;
}
