/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_weights.c - a file's tensors as a network's parameters: refusals that name the tensor,
 * layouts, round trips through files, imports, and allocations that fail. */
#include "model/create.h"
#include "model/network.h"
#include "model/weights.h"
#include "support/golden.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH(name) IDI_SCRATCH "/weights_" name

/* Small, and with every layout that a generator's parameters have. */
static const char setting[] =
    "{\"arch\": \"ca2sis-id\", \"size\": 64, \"classes\": 3, \"code_side\": 16, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 2, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 3, \"noise_hidden\": 6, \"identity_dim\": 7, "
    "\"spade_hidden\": 9, \"modulation\": \"spade\", \"has_tanh\": true, \"block_count\": 3, "
    "\"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": true}, "
    "{\"channels\": 8, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": false}, "
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}]}";

static idi_memory *memory;
static idi_model_config config;

static void setup(void)
{
    memory = idi_test_memory();
    cr_assert_eq(idi_config_parse(setting, strlen(setting), &config), IDI_OK, "%s",
                 idi_last_error());
}

static void teardown(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(weights, .init = setup, .fini = teardown, .timeout = 300);

static void expect_sentence(const char *words)
{
    cr_expect_not_null(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
}

/* A state dictionary in memory, golden, as a file would hold it. One tensor more may be added. */
typedef struct dictionary {
    idi_network network; /* for the names */
    idi_safetensor *tensors;
    idi_tensor_entry *entries;
    idi_tensor_table table;
} dictionary;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const idi_tensor_entry *)a)->name, ((const idi_tensor_entry *)b)->name);
}

static idi_safetensor golden_tensor(const idi_value_info *info)
{
    idi_safetensor t = {.name = info->name, .dtype = IDI_F32, .dim = {1, 1, 1, 1, 1, 1, 1, 1}};
    idi_weights_file_shape(info, &t.rank, t.dim);
    t.bytes = (size_t)idi_safetensor_count(&t) * sizeof(float);
    float *values = malloc(t.bytes);
    cr_assert_not_null(values);
    idi_golden_fill(t.name, t.rank, t.dim, values);
    t.data = values;
    return t;
}

static void sort_table(dictionary *d)
{
    qsort(d->entries, (size_t)d->table.count, sizeof *d->entries, by_name);
}

static dictionary make_dictionary(void)
{
    dictionary d;
    cr_assert_eq(idi_network_all(memory, &config, &d.network), IDI_OK, "%s", idi_last_error());
    const int32_t values = idi_graph_value_count(d.network.graph);
    d.tensors = calloc((size_t)values + 1, sizeof *d.tensors);
    d.entries = calloc((size_t)values + 1, sizeof *d.entries);
    cr_assert(d.tensors && d.entries);
    d.table = (idi_tensor_table){memory, d.entries, 0};
    for (idi_value v = 0; v < values; v++) {
        const idi_value_info *info = idi_graph_get_value(d.network.graph, v);
        if (info->role != IDI_ROLE_PARAMETER) continue;
        d.tensors[d.table.count] = golden_tensor(info);
        d.entries[d.table.count] = (idi_tensor_entry){info->name, &d.tensors[d.table.count]};
        d.table.count++;
    }
    sort_table(&d);
    return d;
}

static void free_dictionary(dictionary *d)
{
    for (int64_t i = 0; d->tensors[i].name; i++) {
        void *values;
        memcpy(&values, &d->tensors[i].data, sizeof values);
        free(values);
    }
    free(d->tensors);
    free(d->entries);
    idi_network_destroy(&d->network);
}

static int64_t find_entry(const dictionary *d, const char *name)
{
    for (int64_t i = 0; i < d->table.count; i++)
        if (strcmp(d->entries[i].name, name) == 0) return i;
    cr_assert_fail("the network has no %s", name);
    return -1;
}

static idi_safetensor *find_tensor(const dictionary *d, const char *name)
{
    return &d->tensors[d->entries[find_entry(d, name)].tensor - d->tensors];
}

static void remove_entry(dictionary *d, const char *name)
{
    const int64_t at = find_entry(d, name);
    memmove(&d->entries[at], &d->entries[at + 1],
            (size_t)(d->table.count - at - 1) * sizeof *d->entries);
    d->table.count--;
}

/* The load is refused with words that name the tensor and leave nothing behind; the check of an
 * import says the same unless it is about values. */
static void expect_refused(const dictionary *d, const char *words, bool is_about_values)
{
    idi_weights *weights = NULL;
    cr_expect_eq(idi_weights_load(memory, &config, &d->table, &weights), IDI_ERR_WEIGHTS);
    cr_expect_null(weights);
    expect_sentence(words);
    const idi_status st = idi_weights_check(memory, &config, &d->table);
    cr_expect_eq(st, is_about_values ? IDI_OK : IDI_ERR_WEIGHTS);
    if (!is_about_values) expect_sentence(words);
}

/* Refusals */

Test(weights, a_missing_tensor_is_named)
{
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"cross2.norm.weight", "tensor cross2.norm.weight [12] is missing"},
        {"id_proj.weight", "tensor id_proj.weight [10, 7] is missing"},
        {"encs.encs.0.weight", "tensor encs.encs.0.weight [256, 1024] is missing"},
        {"reshape_conv.weight", "tensor reshape_conv.weight [12, 2, 1, 1] is missing"},
        {"res3.in_layers.2.weight", "tensor res3.in_layers.2.weight [8, 12, 3, 3] is missing"},
        {"style_encoder.out.out_1.0.weight",
         "tensor style_encoder.out.out_1.0.weight [15, 4, 1] is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dictionary d = make_dictionary();
        remove_entry(&d, cases[i].name);
        expect_refused(&d, cases[i].words, false);
        free_dictionary(&d);
    }
}

Test(weights, an_empty_table_is_refused)
{
    dictionary d = make_dictionary();
    d.table.count = 0;
    expect_refused(&d, "is missing", false);
    free_dictionary(&d);
}

Test(weights, a_wrong_shape_is_named_with_both_shapes)
{
    dictionary d = make_dictionary();
    idi_safetensor *t = find_tensor(&d, "res3.in_layers.2.weight"); /* [8, 12, 3, 3] */
    t->dim[0] = 12;
    t->dim[1] = 8; /* as many elements, in the wrong places */
    expect_refused(&d, "tensor res3.in_layers.2.weight is [12, 8, 3, 3], want [8, 12, 3, 3]",
                   false);
    t->dim[0] = 8;
    t->dim[1] = 12;
    t = find_tensor(&d, "cross2.proj_in.bias");
    t->rank = 2;
    t->dim[0] = 1;
    t->dim[1] = 16;
    expect_refused(&d, "tensor cross2.proj_in.bias is [1, 16], want [16]", false);
    t->rank = 5; /* a leading one that no trailing ones make up for */
    expect_refused(&d, "tensor cross2.proj_in.bias is [1, 16, 1, 1], want [16]", false);
    t->rank = 0;
    t->dim[1] = 1;
    expect_refused(&d, "tensor cross2.proj_in.bias is ", false);
    free_dictionary(&d);
}

Test(weights, a_weight_that_is_not_finite_is_named)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    dictionary d = make_dictionary();
    const idi_safetensor *t = find_tensor(&d, "cross3.transformer_blocks.0.attn2.to_v.weight");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        void *values;
        memcpy(&values, &t->data, sizeof values);
        memcpy((float *)values + 13, &bad[i], sizeof bad[i]);
        expect_refused(
            &d, "tensor cross3.transformer_blocks.0.attn2.to_v.weight: element 13 is not finite",
            true);
    }
    free_dictionary(&d);
}

Test(weights, a_tensor_left_over_is_named)
{
    static const char *const names[] = {"a.first", "res2.skip_connection.weigh", "zz.weight"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        dictionary d = make_dictionary();
        const idi_safetensor scalar = {
            .name = NULL, .dtype = IDI_F32, .dim = {1, 1, 1, 1, 1, 1, 1, 1}, .bytes = 4};
        d.tensors[d.table.count] = scalar;
        d.entries[d.table.count] = (idi_tensor_entry){names[i], &d.tensors[d.table.count]};
        d.table.count++;
        sort_table(&d);
        char words[80];
        (void)snprintf(words, sizeof words, "tensor %s is left over", names[i]);
        expect_refused(&d, words, false);
        free_dictionary(&d);
    }
}

Test(weights, a_setting_that_fits_no_network_is_refused)
{
    dictionary d = make_dictionary();
    idi_weights *weights = NULL;
    config.generator.blocks[1].channels = 7;
    cr_expect_eq(idi_weights_load(memory, &config, &d.table, &weights), IDI_ERR_ARG);
    cr_expect_null(weights);
    expect_sentence("blocks[1].channels is 7");
    free_dictionary(&d);
}

/* What is loaded */

/* The graph's element at `at` is the file's at `file_at`. */
static void expect_element(const dictionary *d, idi_weights *weights, const char *name, int64_t at,
                           int64_t file_at)
{
    const float *loaded = idi_weights_source(weights, name);
    const idi_safetensor *t = find_tensor(d, name);
    cr_assert_not_null(loaded, "%s was not loaded", name);
    float want;
    memcpy(&want, (const char *)t->data + file_at * (int64_t)sizeof want, sizeof want);
    cr_expect_eq(loaded[at], want, "%s: element %lld is %.9g, want the file's %lld: %.9g", name,
                 (long long)at, (double)loaded[at], (long long)file_at, (double)want);
}

static idi_weights *load(const dictionary *d)
{
    idi_weights *weights;
    cr_assert_eq(idi_weights_load(memory, &config, &d->table, &weights), IDI_OK, "%s",
                 idi_last_error());
    return weights;
}

Test(weights, layouts)
{
    dictionary d = make_dictionary();
    idi_weights *weights = load(&d);
    cr_expect_eq(idi_weights_tensor_count(weights), d.table.count);
    cr_expect_null(idi_weights_source(weights, "nobody.weight"));
    for (int o = 0; o < 8; o++) /* [8, 12, 3, 3] to [8, 3, 3, 12] */
        for (int i = 0; i < 12; i++)
            for (int k = 0; k < 9; k++)
                expect_element(&d, weights, "res3.in_layers.2.weight", (o * 9 + k) * 12 + i,
                               (o * 12 + i) * 9 + k);
    for (int a = 0; a < 256; a += 5) /* [256, 1024] to [1024, 256] */
        for (int b = 0; b < 1024; b += 7)
            expect_element(&d, weights, "encs.encs.0.weight", b * 256 + a, a * 1024 + b);
    for (int i = 0; i < 24; i++) /* [12, 2, 1, 1] */
        expect_element(&d, weights, "reshape_conv.weight", i, i);
    for (int i = 0; i < 60; i++) /* [15, 4, 1] */
        expect_element(&d, weights, "style_encoder.out.out_1.0.weight", i, i);
    for (int i = 0; i < 70; i++) /* [10, 7] */
        expect_element(&d, weights, "id_proj.weight", i, i);
    idi_weights_destroy(&weights);
    cr_expect_null(weights);
    idi_weights_destroy(&weights);
    idi_weights_destroy(NULL);
    free_dictionary(&d);
}

Test(weights, flattened_maps)
{
    const idi_value_info info = {.shape = {4, {2, 3, 5, 4}}, .layout = IDI_LAYOUT_FLATTENED};
    int rank;
    int64_t dim[IDI_MAX_RANK];
    idi_weights_file_shape(&info, &rank, dim);
    cr_expect(rank == 2 && dim[0] == 2 && dim[1] == 60);
    float file[120];
    float placed[120];
    for (int i = 0; i < 120; i++)
        file[i] = (float)i;
    idi_weights_to_graph(&info, file, placed);
    for (int o = 0; o < 2; o++)
        for (int p = 0; p < 15; p++)
            for (int c = 0; c < 4; c++)
                cr_expect_eq(placed[(o * 15 + p) * 4 + c], file[(o * 4 + c) * 15 + p]);
}

/* Exporters differ in three harmless ways. */
Test(weights, squeezed_kernels_and_half_precision_are_accepted)
{
    dictionary d = make_dictionary();
    static const uint16_t halves[12] = {0x3c00, 0xc000, 0x3800}; /* 1, -2, 0.5, 0 ... */
    find_tensor(&d, "reshape_conv.weight")->rank = 2;
    find_tensor(&d, "style_encoder.out.out_1.0.weight")->rank = 2;
    idi_safetensor *t = find_tensor(&d, "cross2.norm.weight");
    const void *kept = t->data;
    t->dtype = IDI_F16;
    t->data = halves;
    t->bytes = sizeof halves;
    idi_weights *weights = load(&d);
    const float *loaded = idi_weights_source(weights, "cross2.norm.weight");
    cr_expect(loaded[0] == 1.0f && loaded[1] == -2.0f && loaded[2] == 0.5f && loaded[3] == 0.0f);
    expect_element(&d, weights, "reshape_conv.weight", 23, 23);
    t->data = kept;
    idi_weights_destroy(&weights);
    free_dictionary(&d);
}

Test(weights, the_fingerprint_is_of_names_and_values)
{
    dictionary d = make_dictionary();
    idi_weights *first = load(&d);
    idi_weights *second = load(&d);
    cr_expect_eq(idi_weights_fingerprint(first), idi_weights_fingerprint(second));
    idi_weights_destroy(&second);
    void *values;
    const idi_safetensor *t = find_tensor(&d, "out_conv.bias");
    memcpy(&values, &t->data, sizeof values);
    ((float *)values)[2] += 0.25f;
    second = load(&d);
    cr_expect_neq(idi_weights_fingerprint(first), idi_weights_fingerprint(second));
    idi_weights_destroy(&second);
    idi_weights_destroy(&first);
    free_dictionary(&d);
}

/* Files */

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

Test(weights, random_model_round_trip)
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
    dictionary d = make_dictionary(); /* for the names: all are there, none is constant */
    cr_expect_eq(idi_weights_tensor_count(weights), d.table.count);
    int64_t total = 0;
    for (int64_t i = 0; i < d.table.count; i++) {
        const float *values = idi_weights_source(weights, d.entries[i].name);
        const int64_t count = idi_safetensor_count(d.entries[i].tensor);
        cr_assert_not_null(values, "%s", d.entries[i].name);
        cr_expect(count == 1 || values[0] != values[1], "%s", d.entries[i].name);
        total += count;
    }
    cr_expect_eq(idi_weights_parameter_count(weights), total);
    free_dictionary(&d);
    idi_weights_destroy(&weights);
}

Test(weights, random_recognisers_round_trip)
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

Test(weights, import_of_a_state_dict)
{
    static const char model[] = SCRATCH("import_model.safetensors");
    static const char dict[] = SCRATCH("import_dict.safetensors");
    static const char json[] = SCRATCH("import.json");
    static const char out[] = SCRATCH("import_out.safetensors");
    const idi_import_options inferred = {.licence = "of the weights' own"};
    const idi_import_options given = {.config_path = json};
    create(&config, 3, model);
    write_state_dict(model, dict, NULL);
    write_text(json, setting);
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

Test(weights, import_refuses_what_would_not_load)
{
    static const char model[] = SCRATCH("refused_model.safetensors");
    static const char dict[] = SCRATCH("refused_dict.safetensors");
    static const char json[] = SCRATCH("refused.json");
    static const char out[] = SCRATCH("refused_out.safetensors");
    const idi_import_options options = {.config_path = json};
    create(&config, 3, model);
    write_text(json, setting);
    write_state_dict(model, dict, "cross3.proj_out.bias");
    (void)unlink(out);
    cr_expect_eq(idi_model_import(memory, dict, &options, out), IDI_ERR_WEIGHTS);
    expect_sentence("refused_dict.safetensors: tensor cross3.proj_out.bias [8] is missing");
    cr_expect_neq(access(out, F_OK), 0, "a refused import left a file");
    write_text(json, "{\"arch\": \"ca2sis-id\", \"size\": 64, \"identity_dim\": 7}");
    cr_expect_eq(idi_model_import(memory, model, &options, out), IDI_ERR_WEIGHTS);
    expect_sentence("tensor ");
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

Test(weights, failing_allocations_leak_nothing)
{
    create(&config, 5, scarce_model);
    write_state_dict(scarce_model, scarce_dict, NULL);
    (void)unlink(scarce_out);
    starve("load", try_load);
    starve("create", try_create);
    starve("import", try_import);
}
