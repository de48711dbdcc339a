/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_weights.c - a file's tensors as a network's parameters: refusals that name the tensor,
 * and layouts. */
#include "model/expect.h"
#include "model/network.h"
#include "model/small_model.h"
#include "model/weights.h"
#include "support/golden.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

TestSuite(weights, .init = setup, .fini = teardown);

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
    d.table = (idi_tensor_table){.memory = memory, .entries = d.entries};
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
    expect_sentence("weights", words);
    const idi_status st = idi_weights_check(memory, &config, &d->table);
    cr_expect_eq(st, is_about_values ? IDI_OK : IDI_ERR_WEIGHTS);
    if (!is_about_values) expect_sentence("weights", words);
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
    expect_sentence("blocks", "blocks[1].channels is 7");
    free_dictionary(&d);
}

/* What is loaded */

/* The graph's element at `at` is the file's at `file_at`. */
static void expect_element(const dictionary *d, idi_weights *weights, const char *name, int64_t at,
                           int64_t file_at)
{
    const float *loaded = idi_weights_source(weights, name, IDI_REAL);
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
    cr_expect_null(idi_weights_source(weights, "nobody.weight", IDI_REAL));
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

static bool is_wide(const idi_weights *weights, const char *name)
{
    const int64_t index = idi_weights_find(weights, name);
    cr_assert_geq(index, 0, "%s is not there", name);
    return idi_weights_at(weights, index).is_wide;
}

/* What the folded form multiplies, and nothing else. */
Test(weights, those_that_are_folded_are_wide)
{
    dictionary d = make_dictionary();
    idi_weights *weights = load(&d);
    cr_expect(is_wide(weights, "cross2.transformer_blocks.0.attn2.to_q.weight"));
    cr_expect(is_wide(weights, "cross2.transformer_blocks.0.ff.net.2.weight"));
    cr_expect(is_wide(weights, "cross2.proj_out.bias"));
    cr_expect_not(is_wide(weights, "cross2.norm.weight"));
    cr_expect_not(is_wide(weights, "res3.in_layers.2.weight"));
    cr_expect_not(is_wide(weights, "encs.encs.0.weight"));
    idi_weights_destroy(&weights);
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

Test(weights, a_row_of_flattened_maps)
{
    const idi_value_info info = {.shape = {4, {1, 3, 5, 4}}, .layout = IDI_LAYOUT_FLATTENED_ROW};
    int rank;
    int64_t dim[IDI_MAX_RANK];
    idi_weights_file_shape(&info, &rank, dim);
    cr_expect(rank == 1 && dim[0] == 60);
    float file[60];
    float placed[60];
    for (int i = 0; i < 60; i++)
        file[i] = (float)i;
    idi_weights_to_graph(&info, file, placed);
    for (int p = 0; p < 15; p++)
        for (int c = 0; c < 4; c++)
            cr_expect_eq(placed[p * 4 + c], file[c * 15 + p]);
}

/* What a checkpoint does on its way out is undone on its way in. */
Test(weights, every_layout_goes_back_to_the_files_order)
{
    static const struct {
        idi_layout layout;
        idi_shape shape;
    } cases[] = {{IDI_LAYOUT_PLAIN, {2, {24, 5}}},
                 {IDI_LAYOUT_TRANSPOSED, {2, {24, 5}}},
                 {IDI_LAYOUT_CONV, {4, {2, 3, 5, 4}}},
                 {IDI_LAYOUT_FLATTENED, {4, {2, 3, 5, 4}}},
                 {IDI_LAYOUT_POINTWISE, {2, {24, 5}}},
                 {IDI_LAYOUT_POINTWISE_1D, {2, {24, 5}}},
                 {IDI_LAYOUT_FLATTENED_ROW, {4, {1, 6, 5, 4}}}};
    float values[120];
    float placed[120];
    float back[120];
    for (int i = 0; i < 120; i++)
        values[i] = (float)i;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const idi_value_info info = {.layout = cases[c].layout, .shape = cases[c].shape};
        idi_weights_to_graph(&info, values, placed);
        idi_weights_to_file(&info, placed, back);
        cr_expect_eq(memcmp(values, back, sizeof back), 0, "layout %d", (int)info.layout);
    }
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
    const float *loaded = idi_weights_source(weights, "cross2.norm.weight", IDI_REAL);
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
