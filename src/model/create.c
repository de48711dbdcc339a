/* SPDX-License-Identifier: Apache-2.0 */
/* model/create.c - see create.h. */
#include "model/create.h"
#include "model/adaface.h"
#include "model/config_internal.h"
#include "model/network.h"
#include "model/onnx.h"
#include "model/onnx_iresnet.h"
#include "model/tensor_table.h"
#include "model/weights.h"

enum { MAX_PAIRS = 5 };

/* Tensors of a graph's parameters; data points into `block`. */
static int64_t describe_parameters(const idi_graph *graph, idi_safetensor *tensors, float *block,
                                   uint64_t seed)
{
    int64_t count = 0;
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role != IDI_ROLE_PARAMETER) continue;
        idi_safetensor *t = &tensors[count++];
        const int64_t elements = idi_shape_count(&info->shape);
        *t = (idi_safetensor){.name = info->name,
                              .dtype = IDI_F32,
                              .data = block,
                              .bytes = (size_t)elements * sizeof *block};
        for (int i = 0; i < IDI_SAFETENSORS_MAX_RANK; i++)
            t->dim[i] = 1;
        idi_weights_file_shape(info, &t->rank, t->dim);
        idi_parameter_fill_random(info, seed, block);
        block += elements;
    }
    return count;
}

static int64_t count_elements(const idi_graph *graph)
{
    int64_t total = 0;
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role == IDI_ROLE_PARAMETER) total += idi_shape_count(&info->shape);
    }
    return total;
}

idi_status idi_model_create_random(idi_memory *memory, const idi_model_config *config,
                                   uint64_t seed, const char *path)
{
    idi_network network = {.graph = NULL};
    idi_safetensor *tensors = NULL;
    float *block = NULL;
    char *json = NULL;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_network_all(memory, config, &network));
    IDI_TRY_TO(done, idi_config_format(memory, config, &json));
    IDI_TRY_TO(done,
               idi_alloc(memory, IDI_TAG_GENERAL,
                         (size_t)idi_graph_value_count(network.graph) * sizeof *tensors, &tensors));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_WEIGHT,
                               (size_t)count_elements(network.graph) * sizeof *block, &block));
    const int64_t count = describe_parameters(network.graph, tensors, block, seed);
    const idi_safetensors_pair pairs[] = {
        {IDI_METADATA_CONFIG, json},
        {IDI_METADATA_LICENCE, "Apache-2.0"},
        {IDI_METADATA_TRAINING_DATA, "none: random weights, for tests and benchmarks"},
    };
    IDI_TRY_TO(done, idi_safetensors_write(memory, path, tensors, count, pairs, 3));
done:
    idi_free(memory, block);
    idi_free(memory, tensors);
    idi_free(memory, json);
    idi_network_destroy(&network);
    return st;
}

static idi_status choose_config(idi_memory *memory, const idi_safetensors *file,
                                const idi_import_options *options, idi_model_config *config)
{
    if (options->config_path)
        return idi_config_read(memory, options->config_path, options->arch, config);
    return idi_config_of_file(file, options->arch, config);
}

/* What the options say, or else what the file already says. */
static void note(const idi_safetensors *file, const char *key, const char *given,
                 idi_safetensors_pair *pairs, int64_t *count)
{
    const char *value = given || !file ? given : idi_safetensors_metadata(file, key);
    if (value) pairs[(*count)++] = (idi_safetensors_pair){key, value};
}

static idi_status write_import(idi_memory *memory, const idi_safetensors *file,
                               const idi_tensor_table *table, const char *json,
                               const idi_import_options *options, const char *out_path)
{
    idi_safetensor *tensors;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)table->count * sizeof *tensors, &tensors));
    for (int64_t i = 0; i < table->count; i++) {
        tensors[i] = *table->entries[i].tensor;
        tensors[i].name = table->entries[i].name;
    }
    idi_safetensors_pair pairs[MAX_PAIRS] = {{IDI_METADATA_CONFIG, json}};
    int64_t count = 1;
    note(file, IDI_METADATA_LICENCE, options->licence, pairs, &count);
    note(file, IDI_METADATA_TRAINING_DATA, options->training_data, pairs, &count);
    note(file, IDI_METADATA_RECOGNISER, options->recogniser, pairs, &count);
    /* A recogniser that is given comes with its fingerprint or with none: the file's is another's.
     */
    if (!options->recogniser || options->recogniser_fingerprint)
        note(file, IDI_METADATA_FINGERPRINT, options->recogniser_fingerprint, pairs, &count);
    const idi_status st =
        idi_safetensors_write(memory, out_path, tensors, table->count, pairs, count);
    idi_free(memory, tensors);
    return st;
}

/* The graph says what it is; options may not contradict. */
static idi_status read_onnx(idi_memory *memory, const char *path, const idi_import_options *options,
                            idi_tensor_table *table, idi_model_config *config)
{
    IDI_REQUIRE(!options->config_path, IDI_ERR_ARG,
                "%s: an ONNX file has its configuration in its graph, and takes none", path);
    IDI_TRY(idi_onnx_iresnet(memory, path, table, config));
    if (!options->arch) return IDI_OK;
    const idi_status st = idi_config_require_arch(config, options->arch);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}

/* AdaFace's names, brought to IResNet's. */
static idi_status read_adaface(const idi_safetensors *file, idi_adaface_colours colours,
                               idi_tensor_table *table, idi_model_config *config)
{
    idi_tensor_table own;
    IDI_TRY(idi_tensor_table_create(file, &own));
    idi_status st = IDI_OK;
    if (!idi_adaface_is(&own))
        st = idi_fail(IDI_ERR_WEIGHTS, "the tensors' names are not AdaFace's");
    if (st == IDI_OK) st = idi_adaface_to_iresnet(&own, colours, table);
    if (st == IDI_OK) st = idi_config_infer_table(table, "iresnet", config);
    idi_tensor_table_destroy(&own);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", idi_safetensors_path(file));
}

static idi_status read_dictionary(idi_memory *memory, const idi_safetensors *file,
                                  const idi_import_options *options, idi_tensor_table *table,
                                  idi_model_config *config)
{
    idi_adaface_colours colours;
    if (idi_adaface_parse(options->arch, &colours))
        return read_adaface(file, colours, table, config);
    IDI_TRY(choose_config(memory, file, options, config));
    return idi_tensor_table_create(file, table);
}

idi_status idi_model_import(idi_memory *memory, const char *in_path,
                            const idi_import_options *options, const char *out_path)
{
    idi_safetensors *file = NULL;
    idi_tensor_table table = {.memory = memory};
    idi_model_config config;
    char *json = NULL;
    idi_status st = IDI_OK;
    if (idi_onnx_is_named(in_path)) {
        IDI_TRY_TO(done, read_onnx(memory, in_path, options, &table, &config));
    } else {
        IDI_TRY_TO(done, idi_safetensors_open(memory, in_path, &file));
        IDI_TRY_TO(done, read_dictionary(memory, file, options, &table, &config));
    }
    st = idi_weights_check(memory, &config, &table);
    if (st != IDI_OK) {
        st = idi_fail_prefix(st, "%s: ", in_path);
        goto done;
    }
    IDI_TRY_TO(done, idi_config_format(memory, &config, &json));
    IDI_TRY_TO(done, write_import(memory, file, &table, json, options, out_path));
done:
    idi_free(memory, json);
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);
    return st;
}
