/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_infer.c - state dictionaries: their names, and the setting read off their shapes. */
#include "model/expect.h"
#include "model/state_dict.h"
#include "model/tensor_table.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SCRATCH(name) IDI_SCRATCH "/" name

static idi_memory *memory;

static void setup(void)
{
    memory = idi_test_memory();
}

static void teardown(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(infer, .init = setup, .fini = teardown);

/* Names */

Test(infer, renames_state_dictionaries)
{
    static const struct {
        const char *name;
        const char *renamed; /* NULL: ignored */
    } cases[] = {{"out_conv.bias", "out_conv.bias"},
                 {"module.out_conv.bias", "out_conv.bias"},
                 {"netG.out_conv.bias", "out_conv.bias"},
                 {"online_model.netG.out_conv.bias", "out_conv.bias"},
                 {"ema_model.netG.out_conv.bias", "out_conv.bias"},
                 {"model.net.out_conv.bias", "out_conv.bias"},
                 {"module.module.out_conv.bias", "out_conv.bias"},
                 {"conv_3.model.0.conv.conv.weight", "conv_3.model.0.conv.conv.weight"},
                 {"network.weight", "network.weight"},
                 {"ema_model.netD.x", "ema_model.netD.x"},
                 {"bn1.num_batches_tracked", NULL},
                 {"module.bn1.num_batches_tracked", NULL},
                 {"num_batches_tracked", NULL},
                 {"my_num_batches_tracked", "my_num_batches_tracked"},
                 {"average.out_conv.bias", "out_conv.bias"},
                 {"train.head.weight", NULL},
                 {"train.m.out_conv.bias", NULL},
                 {"trained.weight", "trained.weight"},
                 {"module.", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        idi_state_dict_name out;
        const bool is_named = idi_state_dict_rename(cases[i].name, &out);
        cr_expect_eq(is_named, cases[i].renamed != NULL, "%s", cases[i].name);
        cr_expect_str_eq(out.text, cases[i].renamed ? cases[i].renamed : "");
    }
}

static idi_status open_table(const char *path, idi_safetensors **file, idi_tensor_table *table)
{
    cr_assert_eq(idi_safetensors_open(memory, path, file), IDI_OK, "%s", idi_last_error());
    return idi_tensor_table_create(*file, table);
}

Test(infer, a_table_prefers_the_average_and_leaves_other_networks_out)
{
    const char *path = SCRATCH("average.safetensors");
    idi_safetensors *file;
    idi_tensor_table table;
    state_dict dict = state_dict_begin("");
    state_dict_add(&dict, "online_model.netG.a", 1, 2, 1, 1, 1);
    state_dict_add(&dict, "ema_model.netG.a", 1, 3, 1, 1, 1);
    state_dict_add(&dict, "online_model.netG.b", 1, 4, 1, 1, 1);
    state_dict_add(&dict, "ema_model.netD.c", 1, 5, 1, 1, 1);
    state_dict_add(&dict, "step", 0, 1, 1, 1, 1);
    state_dict_end(&dict, path);
    cr_assert_eq(open_table(path, &file, &table), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(table.count, 2);
    cr_expect_str_eq(table.entries[0].name, "a");
    cr_expect_eq(idi_tensor_table_find(&table, "a")->dim[0], 3);
    cr_expect_eq(idi_tensor_table_find(&table, "b")->dim[0], 4);
    cr_expect_null(idi_tensor_table_find(&table, "step"));
    idi_tensor_table_destroy(&table);
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);

    dict = state_dict_begin("");
    state_dict_add(&dict, "module.a", 1, 2, 1, 1, 1);
    state_dict_add(&dict, "a", 1, 2, 1, 1, 1);
    state_dict_end(&dict, path);
    cr_expect_eq(open_table(path, &file, &table), IDI_ERR_WEIGHTS);
    expect_sentence("twice", "'module.a'");
    expect_sentence("twice", "'a'");
    expect_sentence("twice", "are one parameter");
    idi_safetensors_close(&file);
}

/* Inference */

static idi_status infer(const char *path, const char *arch_name, idi_model_config *config_out)
{
    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK, "%s", idi_last_error());
    const idi_status st = idi_config_infer(file, arch_name, config_out);
    idi_safetensors_close(&file);
    return st;
}

static void expect_inferred(const char *path, const char *arch_name, const idi_model_config *want)
{
    idi_model_config config;
    cr_assert_eq(infer(path, arch_name, &config), IDI_OK, "%s", idi_last_error());
    expect_same_config(&config, want);
}

/* Revision A: 228 tensors, no noise encoder, no tanh. */
Test(infer, infers_the_published_generator)
{
    const char *path = SCRATCH("rev_a.safetensors");
    idi_model_config want;
    cr_assert_eq(idi_config_init("ca2sis", 256, &want), IDI_OK);
    want.generator.noise_dim = 0;
    want.generator.has_tanh = false;
    state_dict dict = state_dict_begin("");
    state_dict_add_ca2sis(&dict, &want.generator);
    cr_expect_eq(dict.tensor_count, 228);
    cr_expect_eq(dict.element_count, 48985019);
    state_dict_end(&dict, path);
    expect_inferred(path, NULL, &want);
    expect_inferred(path, "ca2sis", &want);
    (void)remove(path);
}

/* Revisions B and C: 388 tensors, the noise encoder's input 256 or 16 long. */
Test(infer, infers_the_later_revisions)
{
    static const char *const prefixes[] = {"", "module.", "online_model.netG.", "ema_model.netG."};
    const char *path = SCRATCH("rev_c.safetensors");
    for (size_t i = 0; i < 4; i++) {
        idi_model_config want;
        cr_assert_eq(idi_config_init("ca2sis", 256, &want), IDI_OK);
        if (i == 1) want.generator.noise_dim = 256;
        state_dict dict = state_dict_begin(prefixes[i]);
        state_dict_add_ca2sis(&dict, &want.generator);
        cr_expect_eq(dict.tensor_count, 388);
        if (i != 1) cr_expect_eq(dict.element_count, 48985019 + 28244224);
        state_dict_end(&dict, path);
        expect_inferred(path, NULL, &want);
    }
    (void)remove(path);
}

Test(infer, infers_identity_and_spade_at_any_width)
{
    const char *path = SCRATCH("odd.safetensors");
    for (int variant = 0; variant < 4; variant++) {
        idi_model_config want = odd_generator();
        if (variant & 1) {
            want.arch = IDI_ARCH_CA2SIS;
            want.generator.identity_dim = 0;
        }
        if (variant & 2) {
            want.generator.modulation = IDI_MODULATION_GROUP;
            want.generator.spade_hidden = 128;
        }
        state_dict dict = state_dict_begin("module.");
        state_dict_add_ca2sis(&dict, &want.generator);
        state_dict_end(&dict, path);
        expect_inferred(path, NULL, &want);
        expect_inferred(path, idi_arch_name(want.arch), &want);
    }
    idi_model_config config;
    cr_expect_eq(infer(path, "ca2sis-id", &config), IDI_ERR_WEIGHTS);
    expect_sentence("arch", "odd.safetensors: holds ca2sis, but ca2sis-id was asked for");
    (void)remove(path);
}

Test(infer, infers_head_widths)
{
    static const struct {
        int64_t inner, heads, head_dim;
    } cases[] = {{512, 8, 64}, {256, 4, 64}, {288, 9, 32}, {128, 4, 32},
                 {32, 1, 32},  {24, 3, 8},   {8, 1, 8},    {5, 1, 5}};
    const char *path = SCRATCH("heads.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        idi_model_config want = odd_generator();
        want.generator.blocks[0].heads = cases[i].heads;
        want.generator.blocks[0].head_dim = cases[i].head_dim;
        state_dict dict = state_dict_begin("");
        state_dict_add_ca2sis(&dict, &want.generator);
        state_dict_end(&dict, path);
        expect_inferred(path, NULL, &want);
    }
    (void)remove(path);
}

Test(infer, infers_recognisers)
{
    static const struct {
        const char *name;
        int64_t tensor_count, buffer_count, parameter_count;
    } cases[] = {{"iresnet18", 187, 14720, 24025600},
                 {"iresnet34", 331, 25856, 34139328},
                 {"iresnet50", 475, 38144, 43590848},
                 {"iresnet100", 925, 69632, 65156160},
                 {"mobilefacenet", 333, -1, 1200512}};
    const char *path = SCRATCH("recogniser.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        idi_model_config want;
        cr_assert_eq(idi_config_init(cases[i].name, 0, &want), IDI_OK);
        state_dict dict = state_dict_begin(i % 2 ? "module." : "");
        if (want.arch == IDI_ARCH_IRESNET)
            state_dict_add_iresnet(&dict, &want.recogniser);
        else
            state_dict_add_mobilefacenet(&dict, &want.recogniser);
        cr_expect_eq(dict.tensor_count, cases[i].tensor_count);
        if (cases[i].buffer_count >= 0)
            cr_expect_eq(dict.element_count, cases[i].parameter_count + cases[i].buffer_count);
        state_dict_end(&dict, path);
        expect_inferred(path, NULL, &want);
        expect_inferred(path, cases[i].name, &want);
    }
    idi_model_config want = {.arch = IDI_ARCH_IRESNET,
                             .recogniser = {IDI_IRESNET, 48, 30, 6, {1, 2, 1, 3}}};
    state_dict dict = state_dict_begin("model.");
    state_dict_add_iresnet(&dict, &want.recogniser);
    state_dict_end(&dict, path);
    expect_inferred(path, NULL, &want);
    expect_inferred(path, "iresnet", &want);
    idi_model_config config;
    cr_expect_eq(infer(path, "iresnet50", &config), IDI_ERR_WEIGHTS);
    expect_sentence("depth", "an IResNet of 1, 2, 1, 3 blocks, but iresnet50, with 3, 4, 14, 3");
    cr_expect_eq(infer(path, "ca2sis", &config), IDI_ERR_WEIGHTS);
    expect_sentence("arch", "holds iresnet, but ca2sis was asked for");
    cr_expect_eq(infer(path, "iresnet51", &config), IDI_ERR_ARG);
    (void)remove(path);
}

/* A file of these tensors, all [a, b, c, d] cut to their rank, holds no network. */
static void expect_not_inferred(const char *const names[], int rank, const int64_t dim[4],
                                const char *words)
{
    const char *path = SCRATCH("broken.safetensors");
    idi_model_config config;
    state_dict dict = state_dict_begin("");
    for (int i = 0; names[i]; i++)
        state_dict_add(&dict, names[i], rank, dim[0], dim[1], dim[2], dim[3]);
    state_dict_end(&dict, path);
    cr_expect_eq(infer(path, NULL, &config), IDI_ERR_WEIGHTS, "%s", words);
    expect_sentence(words, words);
    expect_sentence(words, "broken.safetensors: ");
}

Test(infer, refuses_what_it_cannot_infer)
{
    static const int64_t dim[4] = {16, 16, 3, 3};
    static const int64_t odd[4] = {15, 16, 1, 1};
    static const int64_t empty[4] = {0, 16, 1, 1};
    expect_not_inferred((const char *[]){NULL}, 0, dim, "no architecture that is known here");
    expect_not_inferred((const char *[]){"weight", NULL}, 1, dim, "want ca2sis, ca2sis-id");
    expect_not_inferred((const char *[]){"input_layer.0.weight", NULL}, 4, dim, "TreB1eN");
    expect_not_inferred((const char *[]){"head_0.conv_0.weight_orig", NULL}, 4, dim,
                        "tensor 'head_0.conv_0.weight_u' is missing");
    expect_not_inferred((const char *[]){"encs.encs.0.weight", NULL}, 1, dim,
                        "'encs.encs.0.weight' has 1 dimensions, want 2");
    expect_not_inferred((const char *[]){"encs.encs.0.weight", NULL}, 2, odd,
                        "is [15, 16], want two squares");
    expect_not_inferred((const char *[]){"encs.encs.0.weight", NULL}, 2, empty, "is empty");
    expect_not_inferred((const char *[]){"encs.encs.0.weight", NULL}, 2, dim,
                        "'reshape_conv.weight' is missing");
    expect_not_inferred((const char *[]){"layer1.0.bn1.weight", NULL}, 1, dim,
                        "'conv1.weight' is missing");
    expect_not_inferred((const char *[]){"conv_6_dw.conv.weight", "conv1.conv.weight", NULL}, 4,
                        dim, "'linear.weight' is missing");
}

/* A network with one tensor missing, or of another shape. */
Test(infer, names_the_tensor_that_is_wrong)
{
    const char *path = SCRATCH("wrong.safetensors");
    idi_model_config config;
    idi_model_config wrong = odd_generator();
    state_dict dict = state_dict_begin("");
    state_dict_add_ca2sis(&dict, &wrong.generator);
    state_dict_add(&dict, "res5.out_layers.3.weight", 4, 8, 8, 3, 3);
    state_dict_end(&dict, path);
    cr_expect_eq(infer(path, NULL, &config), IDI_ERR_WEIGHTS);
    expect_sentence("block", "'cross5.proj_in.weight' is missing");

    wrong.generator.identity_dim = 0;
    dict = state_dict_begin("");
    state_dict_add_ca2sis(&dict, &wrong.generator);
    state_dict_add(&dict, "id_proj.weight", 2, 35, 10, 1, 1);
    state_dict_end(&dict, path);
    cr_expect_eq(infer(path, NULL, &config), IDI_ERR_WEIGHTS);
    expect_sentence("identity", "'id_proj.weight' has 35 rows, want 36");

    wrong = odd_generator();
    wrong.generator.blocks[2] = (idi_ca2sis_block){0};
    wrong.generator.block_count = 2; /* one block too few for the sides */
    dict = state_dict_begin("");
    state_dict_add_ca2sis(&dict, &wrong.generator);
    state_dict_end(&dict, path);
    cr_expect_eq(infer(path, NULL, &config), IDI_ERR_ARG);
    expect_sentence("blocks", "block_count is 2, but from code_side 16 to size 64 it must be 3");
    (void)remove(path);
}

Test(infer, a_files_metadata_come_first)
{
    const char *path = SCRATCH("metadata.safetensors");
    const idi_model_config want = odd_generator();
    idi_model_config config;
    idi_safetensors *file;
    char *text;
    cr_assert_eq(idi_config_format(memory, &want, &text), IDI_OK);
    idi_safetensors_pair pair = {IDI_METADATA_CONFIG, text};
    cr_assert_eq(idi_safetensors_write(memory, path, NULL, 0, &pair, 1), IDI_OK);
    idi_free(memory, text);
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK);
    cr_expect_eq(idi_config_of_file(file, NULL, &config), IDI_OK, "%s", idi_last_error());
    expect_same_config(&config, &want);
    cr_expect_eq(idi_config_of_file(file, "ca2sis-id", &config), IDI_OK);
    cr_expect_eq(idi_config_of_file(file, "mobilefacenet", &config), IDI_ERR_WEIGHTS);
    expect_sentence("arch", "metadata.safetensors: holds ca2sis-id, but mobilefacenet was");
    idi_safetensors_close(&file);

    pair.value = "{\"arch\": \"ca2sis\", \"depth\": 3}";
    cr_assert_eq(idi_safetensors_write(memory, path, NULL, 0, &pair, 1), IDI_OK);
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK);
    cr_expect_eq(idi_config_of_file(file, NULL, &config), IDI_ERR_FORMAT);
    expect_sentence("metadata", "metadata.safetensors: config: unknown key 'depth'");
    idi_safetensors_close(&file);

    cr_assert_eq(idi_safetensors_write(memory, path, NULL, 0, NULL, 0), IDI_OK);
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK);
    cr_expect_eq(idi_config_of_file(file, NULL, &config), IDI_ERR_WEIGHTS);
    idi_safetensors_close(&file);
}
