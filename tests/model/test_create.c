/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_create.c - model files written and read again: random weights, imports, and
 * allocations that fail on the way. */
#include "model/create.h"
#include "model/expect.h"
#include "model/network.h"
#include "model/small_model.h"
#include "model/weights.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH(name) IDI_SCRATCH "/create_" name

static idi_memory *memory;
static idi_model_config config;

static void setup(void)
{
    memory = idi_test_memory();
    config = small_model_config();
}

static void teardown(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(create, .init = setup, .fini = teardown);

/* Opens, reads the setting, loads. */
static idi_status load_file(idi_memory *from, const char *path, idi_model_config *config_out,
                            idi_weights **weights_out)
{
    idi_safetensors *file = NULL;
    idi_tensor_table table = {.memory = from};
    idi_status st = IDI_OK;
    *weights_out = NULL;
    IDI_TRY_TO(done, idi_safetensors_open(from, path, &file));
    IDI_TRY_TO(done, idi_config_of_file(file, NULL, config_out));
    IDI_TRY_TO(done, idi_tensor_table_create(file, &table));
    IDI_TRY_TO(done, idi_weights_load(from, config_out, &table, weights_out));
done:
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);
    return st;
}

static void create(const idi_model_config *of, uint64_t seed, const char *path)
{
    cr_assert_eq(idi_model_create_random(memory, of, seed, path), IDI_OK, "%s", idi_last_error());
}

static uint64_t fingerprint_of(const char *path)
{
    idi_weights *weights;
    idi_model_config got;
    cr_assert_eq(load_file(memory, path, &got, &weights), IDI_OK, "%s", idi_last_error());
    const uint64_t fingerprint = idi_weights_fingerprint(weights);
    idi_weights_destroy(&weights);
    return fingerprint;
}

static void expect_same_setting(const idi_model_config *got)
{
    char *a;
    char *b;
    cr_assert_eq(idi_config_format(memory, got, &a), IDI_OK);
    cr_assert_eq(idi_config_format(memory, &config, &b), IDI_OK);
    cr_expect_str_eq(a, b);
    idi_free(memory, a);
    idi_free(memory, b);
}

/* All of the network's parameters are there, and none is constant. */
static void expect_every_parameter(idi_weights *weights)
{
    idi_network network;
    int64_t count = 0;
    int64_t total = 0;
    cr_assert_eq(idi_network_all(memory, &config, &network), IDI_OK);
    for (idi_value v = 0; v < idi_graph_value_count(network.graph); v++) {
        const idi_value_info *info = idi_graph_get_value(network.graph, v);
        if (info->role != IDI_ROLE_PARAMETER) continue;
        const float *values = idi_weights_source(weights, info->name, IDI_REAL);
        cr_assert_not_null(values, "%s", info->name);
        cr_expect(values[0] != values[1], "%s", info->name); /* no parameter here is a scalar */
        total += idi_shape_count(&info->shape);
        count++;
    }
    cr_expect_eq(idi_weights_tensor_count(weights), count);
    cr_expect_eq(idi_weights_parameter_count(weights), total);
    idi_network_destroy(&network);
}

Test(create, random_model_round_trip)
{
    static const char path[] = SCRATCH("random.safetensors");
    static const char again[] = SCRATCH("again.safetensors");
    static const char other[] = SCRATCH("other.safetensors");
    create(&config, 7, path);
    create(&config, 7, again);
    create(&config, 8, other);
    idi_weights *weights;
    idi_model_config got;
    cr_assert_eq(load_file(memory, path, &got, &weights), IDI_OK, "%s", idi_last_error());
    expect_same_setting(&got);
    cr_expect_eq(idi_weights_fingerprint(weights), fingerprint_of(again));
    cr_expect_neq(idi_weights_fingerprint(weights), fingerprint_of(other));
    expect_every_parameter(weights);
    idi_weights_destroy(&weights);
}

Test(create, random_recognisers_round_trip)
{
    static const char path[] = SCRATCH("recogniser.safetensors");
    static const char *const archs[] = {"iresnet18", "mobilefacenet"};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(idi_config_init(archs[i], 0, &config), IDI_OK);
        config.recogniser.width = 4;
        config.recogniser.input_side = 32;
        config.recogniser.embedding_dim = 6;
        create(&config, 1, path);
        idi_weights *weights;
        idi_model_config got;
        cr_assert_eq(load_file(memory, path, &got, &weights), IDI_OK, "%s", idi_last_error());
        expect_same_setting(&got);
        idi_weights_destroy(&weights);
    }
}

/* Writes a random model's tensors again as a trainer would: the generator's behind a prefix, with
 * another network beside it and no metadata. skipped: a tensor to leave out, or NULL. */
static void write_state_dict(const char *model, const char *path, const char *skipped)
{
    enum { NAME = 160 };
    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_open(memory, model, &file), IDI_OK, "%s", idi_last_error());
    const int64_t count = idi_safetensors_count(file);
    idi_safetensor *tensors = calloc((size_t)count + 1, sizeof *tensors);
    char(*names)[NAME] = calloc((size_t)count + 1, NAME);
    cr_assert(tensors && names);
    int64_t written = 0;
    for (int64_t i = 0; i < count; i++) {
        const idi_safetensor *t = idi_safetensors_get(file, i);
        if (skipped && strcmp(t->name, skipped) == 0) continue;
        (void)snprintf(names[written], NAME, "netG.%s", t->name);
        tensors[written] = *t;
        tensors[written].name = names[written];
        written++;
    }
    tensors[written] = tensors[0];
    tensors[written++].name = "netD.model.0.weight";
    cr_assert_eq(idi_safetensors_write(memory, path, tensors, written, NULL, 0), IDI_OK, "%s",
                 idi_last_error());
    free(tensors);
    free(names);
    idi_safetensors_close(&file);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert(fputs(text, file) >= 0);
    cr_assert_eq(fclose(file), 0);
}

Test(create, import_of_a_state_dict)
{
    static const char model[] = SCRATCH("import_model.safetensors");
    static const char dict[] = SCRATCH("import_dict.safetensors");
    static const char json[] = SCRATCH("import.json");
    static const char out[] = SCRATCH("import_out.safetensors");
    const idi_import_options inferred = {.licence = "of the weights' own"};
    const idi_import_options given = {.config_path = json};
    create(&config, 3, model);
    write_state_dict(model, dict, NULL);
    write_text(json, SMALL_MODEL);
    cr_assert_eq(idi_model_import(memory, dict, &inferred, out), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(fingerprint_of(out), fingerprint_of(model));
    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_open(memory, out, &file), IDI_OK);
    cr_expect_str_eq(idi_safetensors_metadata(file, IDI_METADATA_LICENCE), "of the weights' own");
    cr_expect_null(idi_safetensors_metadata(file, IDI_METADATA_RECOGNISER));
    cr_expect_null(idi_safetensors_find(file, "netD.model.0.weight"));
    cr_expect_not_null(idi_safetensors_find(file, "out_conv.bias"));
    idi_safetensors_close(&file);
    cr_assert_eq(idi_model_import(memory, dict, &given, out), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(fingerprint_of(out), fingerprint_of(model));
}

static void expect_notes(const char *path, const char *recogniser, const char *fingerprint)
{
    const char *const keys[2] = {IDI_METADATA_RECOGNISER, IDI_METADATA_FINGERPRINT};
    const char *const wanted[2] = {recogniser, fingerprint};
    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK, "%s", idi_last_error());
    for (int i = 0; i < 2; i++) {
        const char *noted = idi_safetensors_metadata(file, keys[i]);
        cr_expect_str_eq(noted ? noted : "none", wanted[i]);
    }
    idi_safetensors_close(&file);
}

/* A second import keeps what the first noted, but not the fingerprint of another recogniser. */
Test(create, import_notes_the_recogniser)
{
    static const char model[] = SCRATCH("noted_model.safetensors");
    static const char first[] = SCRATCH("noted_first.safetensors");
    static const char second[] = SCRATCH("noted_second.safetensors");
    const idi_import_options both = {.recogniser = "r", .recogniser_fingerprint = "0123"};
    const idi_import_options name = {.recogniser = "s"};
    const idi_import_options none = {.arch = NULL};
    create(&config, 3, model);
    cr_assert_eq(idi_model_import(memory, model, &both, first), IDI_OK, "%s", idi_last_error());
    expect_notes(first, "r", "0123");
    cr_assert_eq(idi_model_import(memory, first, &none, second), IDI_OK, "%s", idi_last_error());
    expect_notes(second, "r", "0123");
    cr_assert_eq(idi_model_import(memory, first, &name, second), IDI_OK, "%s", idi_last_error());
    expect_notes(second, "s", "none");
}

Test(create, import_refuses_what_would_not_load)
{
    static const char model[] = SCRATCH("refused_model.safetensors");
    static const char dict[] = SCRATCH("refused_dict.safetensors");
    static const char json[] = SCRATCH("refused.json");
    static const char out[] = SCRATCH("refused_out.safetensors");
    const idi_import_options options = {.config_path = json};
    create(&config, 3, model);
    write_text(json, SMALL_MODEL);
    write_state_dict(model, dict, "cross3.proj_out.bias");
    (void)unlink(out);
    cr_expect_eq(idi_model_import(memory, dict, &options, out), IDI_ERR_WEIGHTS);
    expect_sentence("import",
                    "refused_dict.safetensors: tensor cross3.proj_out.bias [8] is missing");
    cr_expect_neq(access(out, F_OK), 0, "a refused import left a file");
    write_text(json, "{\"arch\": \"ca2sis-id\", \"size\": 64, \"identity_dim\": 7}");
    cr_expect_eq(idi_model_import(memory, model, &options, out), IDI_ERR_WEIGHTS);
    expect_sentence("import", "tensor ");
    cr_expect_neq(access(out, F_OK), 0, "a refused import left a file");
}

/* Allocations that fail: the n-th and all later ones, for every n until one run needs fewer. */

enum { MAX_ALLOCATIONS = 2000 };

typedef idi_status (*attempt)(idi_memory *from);

static const char scarce_model[] = SCRATCH("scarce.safetensors");
static const char scarce_dict[] = SCRATCH("scarce_dict.safetensors");
static const char scarce_out[] = SCRATCH("scarce_out.safetensors");

static idi_status try_load(idi_memory *from)
{
    idi_weights *weights;
    idi_model_config got;
    const idi_status st = load_file(from, scarce_model, &got, &weights);
    cr_expect_eq(weights == NULL, st != IDI_OK);
    idi_weights_destroy(&weights);
    return st;
}

static idi_status try_create(idi_memory *from)
{
    return idi_model_create_random(from, &config, 5, scarce_out);
}

static idi_status try_import(idi_memory *from)
{
    const idi_import_options options = {.arch = NULL};
    return idi_model_import(from, scarce_dict, &options, scarce_out);
}

static void starve(const char *what, attempt try_it)
{
    for (int64_t n = 0; n < MAX_ALLOCATIONS; n++) {
        idi_memory *scarce = idi_test_failing_memory(n);
        const idi_status st = try_it(scarce);
        cr_expect(st == IDI_OK || st == IDI_ERR_NOMEM, "%s, allocation %lld: %s, %s", what,
                  (long long)n, idi_status_name(st), idi_last_error());
        cr_expect(st == IDI_OK || access(scarce_out, F_OK) != 0,
                  "%s, allocation %lld: failed, but left a file", what, (long long)n);
        idi_test_memory_close(&scarce);
        if (st != IDI_OK) continue;
        cr_expect_gt(n, 5, "%s: only %lld allocations", what, (long long)n);
        (void)unlink(scarce_out);
        return;
    }
    cr_expect_fail("%s: still failing after %d allocations", what, (int)MAX_ALLOCATIONS);
}

Test(create, failing_allocations_leak_nothing)
{
    create(&config, 5, scarce_model);
    write_state_dict(scarce_model, scarce_dict, NULL);
    (void)unlink(scarce_out);
    starve("load", try_load);
    starve("create", try_create);
    starve("import", try_import);
}

/* First values of a parameter of that name, and their mean and deviation. */
typedef struct first_values {
    float values[4096];
    double mean, deviation, largest;
} first_values;

static void fill(const char *name, idi_layout layout, idi_shape shape, first_values *out)
{
    const idi_value_info info = {.name = name, .layout = layout, .shape = shape};
    const int64_t count = idi_shape_count(&shape);
    double squares = 0.0;
    cr_assert_leq(count, 4096);
    *out = (first_values){.mean = 0.0};
    idi_parameter_fill_random(&info, 7, out->values);
    for (int64_t i = 0; i < count; i++) {
        const double x = (double)out->values[i];
        out->mean += x / (double)count;
        squares += x * x / (double)count;
        out->largest = fmax(out->largest, fabs(x));
    }
    out->deviation = sqrt(squares - out->mean * out->mean);
}

Test(create, spectral_vectors_have_unit_length)
{
    static first_values u;
    static first_values v;
    fill("a.model1.0.0.weight_u", IDI_LAYOUT_PLAIN, idi_shape1(512), &u);
    fill("a.model1.0.0.weight_v", IDI_LAYOUT_FLATTENED_ROW, idi_shape4(1, 4, 4, 64), &v);
    cr_expect_float_eq(512.0 * (u.deviation * u.deviation + u.mean * u.mean), 1.0, 1e-6);
    cr_expect_float_eq(1024.0 * (v.deviation * v.deviation + v.mean * v.mean), 1.0, 1e-6);
    cr_expect_lt(fabs(u.mean), 0.2 * u.deviation);
}

Test(create, spectral_weights_are_even_between_bounds)
{
    static first_values w;
    fill("discriminator_0.model1.0.0.weight_orig", IDI_LAYOUT_CONV, idi_shape4(16, 4, 4, 16), &w);
    const double reach = 1.0 / 16.0; /* a fan of 256 */
    cr_expect(w.largest <= reach && w.largest > 0.99 * reach);
    cr_expect_float_eq(w.deviation, reach / sqrt(3.0), 0.03 * reach);
}

Test(create, a_discriminator_begins_small_and_without_biases)
{
    static first_values w;
    static first_values bias;
    fill("scope.discriminator_1.model0.0.weight", IDI_LAYOUT_CONV, idi_shape4(16, 4, 4, 16), &w);
    fill("scope.discriminator_1.model0.0.bias", IDI_LAYOUT_PLAIN, idi_shape1(16), &bias);
    const double xavier = 0.02 * sqrt(2.0 / (256.0 + 256.0));
    cr_expect_float_eq(w.deviation, xavier, 0.05 * xavier);
    cr_expect_eq(bias.largest, 0.0);
}
