/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_checkpoints.c - SPADE's, SEAN's and FaceNet's checkpoints: how many parameters there
 * are, what spectral normalisation becomes, and what is left out. */
#include "model/create.h"
#include "model/network.h"
#include "model/tensor_table.h"
#include "model/weights.h"
#include "support/golden.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH(name) IDI_SCRATCH "/checkpoint_" name

enum { MAX_TENSORS = 2000, MAX_NAME = 120 };

static idi_memory *memory;

static void setup(void)
{
    memory = idi_test_memory();
}

static void teardown(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(checkpoints, .init = setup, .fini = teardown);

static idi_model_config config_of(const char *text)
{
    idi_model_config config;
    cr_assert_eq(idi_config_parse(text, strlen(text), &config), IDI_OK, "%s", idi_last_error());
    return config;
}

/* What training learns, as papers count it: without running statistics. */
static int64_t count_learned(const char *arch)
{
    idi_model_config config;
    idi_network network;
    int64_t count = 0;
    cr_assert_eq(idi_config_init(arch, 0, &config), IDI_OK);
    cr_assert_eq(idi_network_all(memory, &config, &network), IDI_OK, "%s", idi_last_error());
    for (idi_value v = 0; v < idi_graph_value_count(network.graph); v++) {
        const idi_value_info *info = idi_graph_get_value(network.graph, v);
        if (info->role == IDI_ROLE_PARAMETER && !strstr(info->name, ".running_"))
            count += idi_shape_count(&info->shape);
    }
    idi_network_destroy(&network);
    return count;
}

Test(checkpoints, published_networks_have_the_published_number_of_parameters)
{
    cr_expect_eq(count_learned("spade"), 92538819);
    cr_expect_eq(count_learned("facenet"), 23482624);
    /* Less a bias of 256 and six blendings that reach no image. */
    cr_expect_eq(count_learned("sean"), 266907367 - 256 - 6);
}

/* A file in the making; names and numbers are freed by write_dictionary(). */
typedef struct dictionary {
    idi_safetensor tensors[MAX_TENSORS];
    int64_t count;
} dictionary;

static float *add(dictionary *d, const char *name, int rank, const int64_t *dim)
{
    idi_safetensor *t = &d->tensors[d->count++];
    char *copy = malloc(strlen(name) + 1);
    cr_assert(copy && d->count <= MAX_TENSORS);
    strcpy(copy, name);
    *t = (idi_safetensor){
        .name = copy, .dtype = IDI_F32, .rank = rank, .dim = {1, 1, 1, 1, 1, 1, 1, 1}};
    memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    t->bytes = (size_t)idi_safetensor_count(t) * sizeof(float);
    float *values = malloc(t->bytes);
    cr_assert_not_null(values);
    idi_golden_fill(name, rank, dim, values);
    t->data = values;
    return values;
}

static void add_part(dictionary *d, const char *prefix, const char *member, int rank,
                     const int64_t *dim)
{
    char name[2 * MAX_NAME];
    (void)snprintf(name, sizeof name, "%s%s", prefix, member);
    (void)add(d, name, rank, dim);
}

static void write_dictionary(dictionary *d, const char *path)
{
    cr_assert_eq(idi_safetensors_write(memory, path, d->tensors, d->count, NULL, 0), IDI_OK, "%s",
                 idi_last_error());
    for (int64_t i = 0; i < d->count; i++) {
        free((void *)(uintptr_t)d->tensors[i].name);
        free((void *)(uintptr_t)d->tensors[i].data);
    }
    d->count = 0;
}

/* weight_orig over u'(M v) of golden numbers, in double, rounded once. */
static float folded(const char *layer, const int64_t dim[4], int64_t k)
{
    char name[3][MAX_NAME];
    const int64_t columns = dim[1] * dim[2] * dim[3];
    double norm = 0.0;
    (void)snprintf(name[0], MAX_NAME, "%s.weight_orig", layer);
    (void)snprintf(name[1], MAX_NAME, "%s.weight_u", layer);
    (void)snprintf(name[2], MAX_NAME, "%s.weight_v", layer);
    for (int64_t i = 0; i < dim[0] * columns; i++) {
        const int64_t r = i / columns;
        norm += (double)idi_golden_value(name[1], 1, dim, r) *
                (double)idi_golden_value(name[0], 4, dim, i) *
                (double)idi_golden_value(name[2], 1, &columns, i % columns);
    }
    return (float)((double)idi_golden_value(name[0], 4, dim, k) / norm);
}

static void add_spectral(dictionary *d, const char *layer, const int64_t dim[4], bool is_old)
{
    const int64_t columns = dim[1] * dim[2] * dim[3];
    add_part(d, layer, ".weight_orig", 4, dim);
    add_part(d, layer, ".weight_u", 1, dim);
    if (is_old)
        add_part(d, layer, ".weight", 4, dim);
    else
        add_part(d, layer, ".weight_v", 1, &columns);
}

static void open_table(const char *path, idi_safetensors **file, idi_tensor_table *table)
{
    cr_assert_eq(idi_safetensors_open(memory, path, file), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_tensor_table_create(*file, table), IDI_OK, "%s", idi_last_error());
}

static void close_table(idi_safetensors **file, idi_tensor_table *table)
{
    idi_tensor_table_destroy(table);
    idi_safetensors_close(file);
}

Test(checkpoints, spectral_layers_become_plain_ones)
{
    static const int64_t dim[4] = {5, 3, 2, 4};
    static dictionary d;
    const char *path = SCRATCH("layers.safetensors");
    idi_safetensors *file;
    idi_tensor_table table;
    add_spectral(&d, "netG.up_0.conv_0", dim, false);
    add_spectral(&d, "netG.a.conv_1", dim, true);
    add_part(&d, "netG.up_0.conv_0", ".bias", 1, dim);
    write_dictionary(&d, path);
    open_table(path, &file, &table);
    cr_assert_eq(table.count, 3);
    const idi_safetensor *made = idi_tensor_table_find(&table, "up_0.conv_0.weight");
    const idi_safetensor *kept = idi_tensor_table_find(&table, "a.conv_1.weight");
    cr_assert(made && kept && idi_tensor_table_find(&table, "up_0.conv_0.bias"));
    cr_assert(made->rank == 4 && made->dim[3] == 4 && made->bytes == 120 * sizeof(float));
    for (int64_t k = 0; k < 120; k++) {
        float numbers[2];
        memcpy(&numbers[0], (const float *)made->data + k, sizeof numbers[0]);
        memcpy(&numbers[1], (const float *)kept->data + k, sizeof numbers[1]);
        const float want = folded("netG.up_0.conv_0", dim, k);
        cr_expect_float_eq(numbers[0], want, 1e-7F * fabsf(want), "[%d] %.9g", (int)k,
                           (double)want);
        const float old = idi_golden_value("netG.a.conv_1.weight", 4, dim, k);
        cr_expect_float_eq(numbers[1], old, 0.0F);
    }
    close_table(&file, &table);
    (void)remove(path);
}

static void expect_refused(const char *path, const char *words)
{
    idi_safetensors *file;
    idi_tensor_table table;
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK);
    cr_expect_eq(idi_tensor_table_create(file, &table), IDI_ERR_WEIGHTS);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    idi_safetensors_close(&file);
    (void)remove(path);
}

Test(checkpoints, broken_spectral_layers_are_refused)
{
    static const int64_t dim[4] = {5, 3, 2, 4};
    static const int64_t six = 6;
    static dictionary d;
    const char *path = SCRATCH("broken.safetensors");
    add_part(&d, "x", ".weight_orig", 4, dim);
    add_part(&d, "x", ".weight_u", 1, dim);
    write_dictionary(&d, path);
    expect_refused(path, "'x.weight_v' is missing, want 24 numbers");
    add_part(&d, "x", ".weight_orig", 4, dim);
    add_part(&d, "x", ".weight_u", 1, &six);
    add_part(&d, "x", ".weight_v", 1, &six);
    write_dictionary(&d, path);
    expect_refused(path, "'x.weight_u' has another shape, want 5 numbers");
    add_spectral(&d, "x", dim, false);
    memset((void *)(uintptr_t)d.tensors[1].data, 0, d.tensors[1].bytes);
    write_dictionary(&d, path);
    expect_refused(path, "'x.weight_orig': its spectral norm by weight_u and weight_v is 0");
}

static bool is_spectral(const idi_value_info *info)
{
    return strstr(info->name, ".conv_0.weight") || strstr(info->name, ".conv_1.weight") ||
           strstr(info->name, ".conv_s.weight");
}

/* What a public checkpoint of the configuration has, as netG saves it: no prefix. */
static void add_checkpoint(dictionary *d, const idi_model_config *config)
{
    static const int64_t one = 1;
    idi_network network;
    cr_assert_eq(idi_network_all(memory, config, &network), IDI_OK, "%s", idi_last_error());
    for (idi_value v = 0; v < idi_graph_value_count(network.graph); v++) {
        const idi_value_info *info = idi_graph_get_value(network.graph, v);
        if (info->role != IDI_ROLE_PARAMETER) continue;
        int rank;
        int64_t dim[IDI_MAX_RANK];
        char name[MAX_NAME];
        idi_weights_file_shape(info, &rank, dim);
        (void)snprintf(name, sizeof name, "%s", info->name);
        if (is_spectral(info)) {
            *strrchr(name, '.') = '\0';
            add_spectral(d, name, dim, false);
        } else {
            (void)add(d, name, rank, dim);
        }
        char *mean = strstr(name, "running_mean");
        if (!mean) continue;
        *mean = '\0';
        add_part(d, name, "num_batches_tracked", 0, &one);
        if (config->arch != IDI_ARCH_SEAN) continue;
        *strstr(name, "param_free_norm.") = '\0';
        add_part(d, name, "Spade.param_free_norm.running_mean", 1, dim);
        add_part(d, name, "Spade.param_free_norm.running_var", 1, dim);
        add_part(d, name, "Spade.param_free_norm.num_batches_tracked", 0, &one);
        if (strncmp(name, "up_3", 4) != 0) continue;
        add_part(d, name, "blending_gamma", 1, &one);
        add_part(d, name, "blending_beta", 1, &one);
    }
    static const int64_t channels = 256;
    static const int64_t people[2] = {10, 512};
    if (config->arch == IDI_ARCH_FACENET) {
        add_part(d, "logits.", "weight", 2, people);
        add_part(d, "logits.", "bias", 1, people);
    }
    if (config->arch == IDI_ARCH_SEAN) add_part(d, "", "Zencoder.model.10.bias", 1, &channels);
    idi_network_destroy(&network);
}

/* A small checkpoint under the public names is recognised, imported and read again. */
static void expect_imported(const char *text, int64_t tensor_count)
{
    static dictionary d;
    const idi_model_config config = config_of(text);
    const char *in = SCRATCH("in.safetensors");
    const char *out = SCRATCH("out.safetensors");
    const idi_import_options options = {.arch = NULL};
    add_checkpoint(&d, &config);
    cr_expect_eq(d.count, tensor_count);
    write_dictionary(&d, in);
    cr_assert_eq(idi_model_import(memory, in, &options, out), IDI_OK, "%s", idi_last_error());
    idi_safetensors *file;
    idi_tensor_table table;
    idi_weights *weights;
    idi_model_config got;
    open_table(out, &file, &table);
    cr_assert_eq(table.owned_count, 0);
    cr_assert_eq(idi_config_of_file(file, NULL, &got), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(got.arch, config.arch);
    if (idi_arch_is_generator(got.arch))
        cr_expect(memcmp(&got.spade, &config.spade, sizeof got.spade) == 0);
    else
        cr_expect(memcmp(&got.recogniser, &config.recogniser, sizeof got.recogniser) == 0);
    cr_assert_eq(idi_weights_load(memory, &got, &table, &weights), IDI_OK, "%s", idi_last_error());
    idi_weights_destroy(&weights);
    close_table(&file, &table);
    (void)remove(in);
    (void)remove(out);
}

Test(checkpoints, checkpoints_under_the_public_names_are_imported)
{
    expect_imported("{\"arch\": \"spade\", \"classes\": 7, \"width\": 2, \"spade_hidden\": 5}",
                    234);
    expect_imported("{\"arch\": \"sean\", \"width\": 2, \"spade_hidden\": 5, \"style_dim\": 6}",
                    982);
    expect_imported("{\"arch\": \"facenet\", \"width\": 2}", 716);
}

/* An AdaFace checkpoint of a tiny network: blocks 1, 2, 1, 1, width 4. */
static void add_adaface(dictionary *d)
{
    static const int channels[5] = {4, 8, 8, 16, 32};
    static const int64_t stem[4] = {4, 3, 3, 3}, fc[2] = {6, 32}, dim = 6, head[2] = {6, 10};
    const char *const norm[4] = {"weight", "bias", "running_mean", "running_var"};
    char name[MAX_NAME];
    int64_t in = 4;
    (void)add(d, "model.input_layer.0.weight", 4, stem);
    for (int i = 0; i < 4; i++)
        add_part(d, "model.input_layer.1.", norm[i], 1, &stem[0]);
    (void)add(d, "model.input_layer.2.weight", 1, &stem[0]);
    for (int b = 0; b < 5; b++) {
        const int64_t out = channels[b];
        const int64_t first[4] = {out, in, 3, 3}, second[4] = {out, out, 3, 3};
        const int64_t skip[4] = {out, in, 1, 1};
        (void)snprintf(name, sizeof name, "model.body.%d.res_layer.", b);
        add_part(d, name, "1.weight", 4, first);
        add_part(d, name, "3.weight", 1, &out);
        add_part(d, name, "4.weight", 4, second);
        for (int i = 0; i < 12; i++) {
            char member[32];
            (void)snprintf(member, sizeof member, "%c.%s", "025"[i / 4], norm[i % 4]);
            add_part(d, name, member, 1, i < 4 ? &in : &out);
        }
        (void)snprintf(name, sizeof name, "model.body.%d.shortcut_layer.", b);
        if (in != out) {
            add_part(d, name, "0.weight", 4, skip);
            for (int i = 0; i < 4; i++) {
                char member[32];
                (void)snprintf(member, sizeof member, "1.%s", norm[i]);
                add_part(d, name, member, 1, &out);
            }
        }
        in = out;
    }
    for (int i = 0; i < 4; i++)
        add_part(d, "model.output_layer.0.", norm[i], 1, &in);
    (void)add(d, "model.output_layer.3.weight", 2, fc);
    (void)add(d, "model.output_layer.3.bias", 1, &dim);
    (void)add(d, "model.output_layer.4.running_mean", 1, &dim);
    (void)add(d, "model.output_layer.4.running_var", 1, &dim);
    (void)add(d, "head.kernel", 2, head);
}

static void expect_adaface(const char *arch, bool is_bgr)
{
    static dictionary d;
    static const int64_t stem[4] = {4, 3, 3, 3};
    const char *in = SCRATCH("ada.safetensors");
    const char *out = SCRATCH("ada_out.safetensors");
    const idi_import_options options = {.arch = arch};
    idi_safetensors *file;
    idi_tensor_table table;
    idi_model_config config;
    add_adaface(&d);
    write_dictionary(&d, in);
    cr_assert_eq(idi_model_import(memory, in, &options, out), IDI_OK, "%s", idi_last_error());
    open_table(out, &file, &table);
    cr_assert_eq(idi_config_of_file(file, "iresnet", &config), IDI_OK, "%s", idi_last_error());
    cr_expect(config.recogniser.width == 4 && config.recogniser.input_side == 16 &&
              config.recogniser.blocks[1] == 2);
    const float *first = idi_tensor_table_find(&table, "conv1.weight")->data;
    const float *identity = idi_tensor_table_find(&table, "layer1.0.downsample.0.weight")->data;
    for (int64_t k = 0; k < 108; k++) {
        const int64_t c = k / 9 % 3;
        const int64_t from = is_bgr ? k + (2 - 2 * c) * 9 : k;
        float value;
        memcpy(&value, first + k, sizeof value);
        cr_expect_float_eq(value, idi_golden_value("model.input_layer.0.weight", 4, stem, from),
                           0.0F);
    }
    for (int64_t k = 0; k < 16; k++) {
        float value;
        memcpy(&value, identity + k, sizeof value);
        cr_expect_float_eq(value, k % 5 == 0 ? 1.0F : 0.0F, 0.0F);
    }
    close_table(&file, &table);
    (void)remove(out);
    (void)remove(in);
}

Test(checkpoints, adaface_becomes_iresnet_with_the_colours_that_are_said)
{
    static dictionary d;
    const char *in = SCRATCH("ada_unsaid.safetensors");
    const idi_import_options unsaid = {.arch = NULL};
    expect_adaface("adaface", true);
    expect_adaface("cvlface", false);
    add_adaface(&d);
    write_dictionary(&d, in);
    cr_expect_eq(idi_model_import(memory, in, &unsaid, SCRATCH("no.safetensors")), IDI_ERR_WEIGHTS);
    cr_expect(strstr(idi_last_error(), "say adaface"), "%s", idi_last_error());
    (void)remove(in);
}

Test(checkpoints, settings_out_of_range_are_refused)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{\"arch\": \"spade\", \"size\": 100}", "size is 100, want a multiple of 32"},
        {"{\"arch\": \"spade\", \"style_dim\": 5}", "arch spade has no styles"},
        {"{\"arch\": \"sean\", \"style_dim\": 0}", "arch sean has styles"},
        {"{\"arch\": \"sean\", \"classes\": 25}", "classes is 25, want 1 to 24"},
        {"{\"arch\": \"spade\", \"blocks\": []}", "unknown key 'blocks'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        idi_model_config config;
        cr_expect_neq(idi_config_parse(cases[i].text, strlen(cases[i].text), &config), IDI_OK);
        cr_expect(strstr(idi_last_error(), cases[i].words), "'%s' lacks '%s'", idi_last_error(),
                  cases[i].words);
    }
}
