/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_config.c - settings: defaults, checks and JSON. */
#include "model/expect.h"
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

TestSuite(config, .init = setup, .fini = teardown);

/* Defaults */

Test(config, the_published_setting)
{
    static const idi_ca2sis_block blocks[5] = {{256, 8, 64, true},
                                               {128, 8, 64, true},
                                               {64, 8, 64, true},
                                               {32, 8, 64, false},
                                               {32, 4, 32, false}};
    idi_ca2sis_config config;
    idi_ca2sis_config want = {.size = 256,
                              .classes = 19,
                              .code_side = 16,
                              .code_channels = 512,
                              .style_dim = 256,
                              .style_width = 4,
                              .style_downs = 6,
                              .norm_groups = 32,
                              .noise_dim = 16,
                              .noise_hidden = 512,
                              .identity_dim = 512,
                              .spade_hidden = 128,
                              .modulation = IDI_MODULATION_GROUP,
                              .has_tanh = true,
                              .block_count = 5};
    memcpy(want.blocks, blocks, sizeof blocks);
    idi_ca2sis_config_init(&config, 256, 512);
    expect_same_generator(&config, &want);
    cr_expect_eq(idi_ca2sis_token_width(&config), 1280);
}

Test(config, other_sizes_follow_the_rule)
{
    for (int64_t size = 64, count = 3; size <= 1024; size *= 2, count++) {
        idi_ca2sis_config config;
        idi_ca2sis_config_init(&config, size, 0);
        cr_expect_eq(idi_ca2sis_config_check(&config), IDI_OK, "%s", idi_last_error());
        cr_expect_eq(config.block_count, count);
        cr_expect_eq(config.style_downs, 6);
        for (int i = 0; i < count; i++) {
            const idi_ca2sis_block *block = &config.blocks[i];
            cr_expect_eq(block->channels, i < 3 ? 256 >> i : 32);
            cr_expect_eq(block->has_self_attention, i < 3);
            cr_expect_eq(block->heads, i + 1 < count ? 8 : 4);
            cr_expect_eq(block->head_dim, i + 1 < count ? 64 : 32);
        }
    }
}

Test(config, recognisers)
{
    static const struct {
        const char *name;
        int64_t blocks[4];
    } known[] = {{"iresnet18", {2, 2, 2, 2}},    {"iresnet34", {3, 4, 6, 3}},
                 {"iresnet50", {3, 4, 14, 3}},   {"iresnet", {3, 4, 14, 3}},
                 {"iresnet100", {3, 13, 30, 3}}, {"mobilefacenet", {4, 6, 2, 0}}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        idi_model_config config;
        cr_assert_eq(idi_config_init(known[i].name, 0, &config), IDI_OK, "%s", idi_last_error());
        cr_expect_arr_eq(config.recogniser.blocks, known[i].blocks, sizeof known[i].blocks);
        cr_expect_eq(config.recogniser.input_side, 112);
        cr_expect_eq(config.recogniser.embedding_dim, 512);
        cr_expect_eq(config.recogniser.width, 64);
        cr_expect_eq(idi_config_check(&config), IDI_OK);
    }
    idi_recogniser_config recogniser;
    cr_expect_eq(idi_iresnet_config_init(&recogniser, 51), IDI_ERR_ARG);
    expect_sentence("depth", "depth is 51, want 18, 34, 50 or 100");
    idi_model_config config;
    cr_expect_eq(idi_config_init("resnet", 0, &config), IDI_ERR_ARG);
    expect_sentence("name", "unknown architecture 'resnet', want ca2sis");
}

/* Checks */

Test(config, refuses_a_generator_that_cannot_be)
{
#define REFUSE(change, words)                                                                      \
    do {                                                                                           \
        idi_ca2sis_config config;                                                                  \
        idi_ca2sis_config_init(&config, 256, 512);                                                 \
        config.change;                                                                             \
        cr_expect_eq(idi_ca2sis_config_check(&config), IDI_ERR_ARG, #change);                      \
        expect_sentence(#change, words);                                                           \
    } while (0)
    REFUSE(size = 32, "size is 32, want 64 to 1024");
    REFUSE(size = 2048, "size is 2048, want 64 to 1024");
    REFUSE(size = 200, "size is 200, want a power of two");
    REFUSE(code_side = 12, "code_side is 12, want a power of two");
    REFUSE(code_side = 0, "code_side is 0, want 1 to 256");
    REFUSE(code_side = 512, "code_side is 512, want 1 to 256");
    REFUSE(code_side = 1, "more than 8 blocks");
    REFUSE(block_count = 4, "block_count is 4, but from code_side 16 to size 256 it must be 5");
    REFUSE(block_count = 900, "block_count is 900");
    REFUSE(classes = 1, "classes is 1, want 2 to 256");
    REFUSE(classes = 257, "classes is 257");
    REFUSE(code_channels = 500, "code_channels is 500, want a multiple of norm_groups 32");
    REFUSE(code_channels = 0, "code_channels is 0");
    REFUSE(style_dim = 0, "style_dim is 0");
    REFUSE(style_width = -4, "style_width is -4");
    REFUSE(style_downs = 1, "style_downs is 1, want 2 to 10");
    REFUSE(style_downs = 9, "style_downs is 9, which halves size 256 below one pixel");
    REFUSE(norm_groups = 0, "norm_groups is 0");
    REFUSE(norm_groups = 64, "blocks[3].channels is 32, want a multiple of norm_groups 64");
    REFUSE(noise_dim = -1, "noise_dim is -1");
    REFUSE(noise_hidden = 0, "noise_hidden is 0");
    REFUSE(identity_dim = -1, "identity_dim is -1");
    REFUSE(modulation = (idi_modulation)7, "modulation is 7");
    REFUSE(blocks[1].channels = 0, "blocks[1].channels is 0");
    REFUSE(blocks[2].heads = 0, "blocks[2] has 0 heads of 64");
    REFUSE(blocks[2].head_dim = INT64_MAX, "blocks[2] has 8 heads");
    REFUSE(blocks[4].heads = INT64_MAX, "blocks[4] has");
#undef REFUSE
    idi_ca2sis_config config;
    idi_ca2sis_config_init(&config, 256, 0);
    config.noise_dim = 0;
    config.noise_hidden = 0; /* not looked at */
    config.spade_hidden = 0; /* the same */
    cr_expect_eq(idi_ca2sis_config_check(&config), IDI_OK);
    config.modulation = IDI_MODULATION_SPADE;
    cr_expect_eq(idi_ca2sis_config_check(&config), IDI_ERR_ARG);
    expect_sentence("spade", "spade_hidden is 0");
}

Test(config, refuses_a_recogniser_that_cannot_be)
{
#define REFUSE(arch, change, words)                                                                \
    do {                                                                                           \
        idi_model_config config;                                                                   \
        cr_assert_eq(idi_config_init(arch, 0, &config), IDI_OK);                                   \
        config.recogniser.change;                                                                  \
        cr_expect_eq(idi_config_check(&config), IDI_ERR_ARG, #change);                             \
        expect_sentence(#change, words);                                                           \
    } while (0)
    REFUSE("iresnet18", input_side = 0, "input_side is 0, want 16 to 512");
    REFUSE("iresnet18", input_side = 100, "input_side is 100, want a multiple of 16");
    REFUSE("iresnet18", embedding_dim = 0, "embedding_dim is 0");
    REFUSE("iresnet18", width = 100000, "width is 100000");
    REFUSE("iresnet18", blocks[2] = 0, "blocks[2] is 0, want 1 to 1024 for an IResNet");
    REFUSE("mobilefacenet", blocks[3] = 1, "blocks[3] is 1, want 0 to 0 for a MobileFaceNet");
    REFUSE("mobilefacenet", blocks[0] = -1, "blocks[0] is -1");
    REFUSE("facenet", input_side = 80, "input_side is 80, want 96 to 512");
    REFUSE("facenet", width = 33, "width is 33, want an even number for a FaceNet");
    REFUSE("facenet", blocks[3] = 1, "blocks[3] is 1, want 0 to 0 for a FaceNet");
    REFUSE("mobilefacenet", kind = IDI_IRESNET, "arch is mobilefacenet, but");
#undef REFUSE
}

Test(config, refuses_an_arch_that_its_network_is_not)
{
    idi_model_config config;
    cr_assert_eq(idi_config_init("ca2sis", 0, &config), IDI_OK);
    cr_expect_eq(idi_config_check(&config), IDI_OK);
    config.generator.identity_dim = 512;
    cr_expect_eq(idi_config_check(&config), IDI_ERR_ARG);
    expect_sentence("plain", "identity_dim is 512, but arch ca2sis has no identity");
    cr_assert_eq(idi_config_init("ca2sis-id", 0, &config), IDI_OK);
    config.generator.identity_dim = 0;
    cr_expect_eq(idi_config_check(&config), IDI_ERR_ARG);
    expect_sentence("id", "identity_dim is 0, but arch ca2sis-id has an identity");
    config.arch = IDI_ARCH_COUNT;
    cr_expect_eq(idi_config_check(&config), IDI_ERR_ARG);
}

/* JSON */

static idi_status parse(const char *text, idi_model_config *config_out)
{
    return idi_config_parse(text, strlen(text), config_out);
}

static void expect_round_trip(const idi_model_config *config)
{
    char *text;
    idi_model_config back;
    memset(&back, 0xee, sizeof back);
    cr_assert_eq(idi_config_format(memory, config, &text), IDI_OK, "%s", idi_last_error());
    cr_expect_null(strchr(text, '\n'));
    cr_expect_eq(parse(text, &back), IDI_OK, "%s: %s", text, idi_last_error());
    expect_same_config(&back, config);
    idi_free(memory, text);
}

Test(config, json_round_trip)
{
    static const char *const names[] = {"ca2sis",    "ca2sis-id",  "iresnet18",    "iresnet34",
                                        "iresnet50", "iresnet100", "mobilefacenet"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        idi_model_config config;
        cr_assert_eq(idi_config_init(names[i], 512, &config), IDI_OK);
        expect_round_trip(&config);
    }
    const idi_model_config odd = odd_generator();
    expect_round_trip(&odd);
    idi_model_config tiny = {.arch = IDI_ARCH_IRESNET,
                             .recogniser = {IDI_IRESNET, 32, 17, 8, {1, 2, 3, 4}}};
    expect_round_trip(&tiny);
}

Test(config, json_is_not_written_for_a_wrong_setting)
{
    idi_model_config config = odd_generator();
    char *text;
    config.generator.classes = 0;
    cr_expect_eq(idi_config_format(memory, &config, &text), IDI_ERR_ARG);
    cr_expect_null(text);
}

Test(config, json_members_left_out_have_defaults)
{
    idi_model_config config;
    idi_model_config want;
    cr_assert_eq(parse("{\"arch\": \"ca2sis\"}", &config), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_config_init("ca2sis", 256, &want), IDI_OK);
    expect_same_config(&config, &want);

    cr_assert_eq(
        parse("{\"modulation\": \"spade\", \"size\": 128, \"arch\": \"ca2sis-id\"}", &config),
        IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_config_init("ca2sis-id", 128, &want), IDI_OK);
    want.generator.modulation = IDI_MODULATION_SPADE;
    expect_same_config(&config, &want);

    /* The number of blocks follows from the sides, and self-attention from each block's. */
    cr_assert_eq(parse("{\"arch\": \"ca2sis\", \"size\": 64, \"code_side\": 8, \"has_tanh\": false,"
                       " \"blocks\": [{}, {\"heads\": 2}, {}, {\"channels\": 96}]}",
                       &config),
                 IDI_OK, "%s", idi_last_error());
    cr_expect_eq(config.generator.block_count, 4);
    cr_expect_eq(config.generator.has_tanh, false);
    cr_expect_eq(config.generator.blocks[1].heads, 2);
    cr_expect_eq(config.generator.blocks[1].head_dim, 64);
    cr_expect_eq(config.generator.blocks[2].channels, 64);
    cr_expect_eq(config.generator.blocks[3].channels, 96);
    cr_expect_eq(config.generator.blocks[3].has_self_attention, true);

    cr_assert_eq(parse("{\"arch\": \"iresnet34\", \"width\": 8}", &config), IDI_OK);
    cr_assert_eq(idi_config_init("iresnet34", 0, &want), IDI_OK);
    want.recogniser.width = 8;
    expect_same_config(&config, &want);
}

static void expect_json_refused(const char *text, idi_status status, const char *words)
{
    idi_model_config config;
    memset(&config, 0x5a, sizeof config);
    const idi_model_config before = config;
    cr_expect_eq(parse(text, &config), status, "%s", text);
    expect_sentence(text, words);
    expect_sentence(text, "config: ");
    cr_expect_eq(memcmp(&config, &before, sizeof config), 0, "%s: written to", text);
}

Test(config, refuses_wrong_json)
{
    expect_json_refused("", IDI_ERR_FORMAT, "not valid JSON at line 1");
    expect_json_refused("{\n\"arch\": ", IDI_ERR_FORMAT, "not valid JSON at line 2");
    expect_json_refused("[1]", IDI_ERR_FORMAT, "not a JSON object");
    expect_json_refused("{}", IDI_ERR_FORMAT, "arch is missing");
    expect_json_refused("{\"arch\": 3}", IDI_ERR_FORMAT, "arch is missing or not a text");
    expect_json_refused("{\"arch\": \"vgg\"}", IDI_ERR_ARG, "unknown architecture 'vgg'");
    expect_json_refused("{\"arch\": \"ca2sis\", \"arch\": \"ca2sis\"}", IDI_ERR_FORMAT,
                        "duplicate");
    expect_json_refused("{\"arch\": \"ca2sis\", \"colour\": 1}", IDI_ERR_FORMAT,
                        "unknown key 'colour'");
    expect_json_refused("{\"arch\": \"ca2sis\", \"width\": 1}", IDI_ERR_FORMAT,
                        "unknown key 'width'");
    expect_json_refused("{\"arch\": \"iresnet\", \"size\": 256}", IDI_ERR_FORMAT,
                        "unknown key 'size'");
    expect_json_refused("{\"arch\": \"ca2sis\", \"size\": \"256\"}", IDI_ERR_FORMAT,
                        "size is not a whole number");
    expect_json_refused("{\"arch\": \"ca2sis\", \"classes\": 19.0}", IDI_ERR_FORMAT,
                        "classes is not a whole number");
    expect_json_refused("{\"arch\": \"ca2sis\", \"has_tanh\": 1}", IDI_ERR_FORMAT,
                        "has_tanh is not true or false");
    expect_json_refused("{\"arch\": \"ca2sis\", \"modulation\": \"sean\"}", IDI_ERR_FORMAT,
                        "modulation is 'sean', want group or spade");
    expect_json_refused("{\"arch\": \"ca2sis\", \"modulation\": 1}", IDI_ERR_FORMAT,
                        "want group or spade");
    expect_json_refused("{\"arch\": \"ca2sis\", \"size\": 100}", IDI_ERR_ARG,
                        "size is 100, want a power of two");
    expect_json_refused("{\"arch\": \"ca2sis\", \"size\": -9223372036854775808}", IDI_ERR_ARG,
                        "size is -9223372036854775808, want 64 to 1024");
    expect_json_refused("{\"arch\": \"ca2sis\", \"code_side\": 9223372036854775807}", IDI_ERR_ARG,
                        "code_side is 9223372036854775807");
    expect_json_refused("{\"arch\": \"ca2sis\", \"identity_dim\": 512}", IDI_ERR_ARG,
                        "arch ca2sis has no identity");
    expect_json_refused("{\"arch\": \"ca2sis\", \"block_count\": 4}", IDI_ERR_ARG,
                        "block_count is 4, but from code_side 16 to size 256 it must be 5");
    expect_json_refused("{\"arch\": \"ca2sis\", \"blocks\": 5}", IDI_ERR_FORMAT,
                        "blocks is not an array");
    expect_json_refused("{\"arch\": \"ca2sis\", \"blocks\": [1]}", IDI_ERR_FORMAT,
                        "blocks[0] is not an object");
    expect_json_refused("{\"arch\": \"ca2sis\", \"blocks\": [{}, {}]}", IDI_ERR_ARG,
                        "block_count is 2");
    expect_json_refused("{\"arch\": \"ca2sis\", \"block_count\": 5, \"blocks\": [{}]}", IDI_ERR_ARG,
                        "block_count is 5, but blocks has 1 entries");
    expect_json_refused("{\"arch\": \"ca2sis\", \"blocks\": [{},{},{},{},{},{},{},{},{}]}",
                        IDI_ERR_FORMAT, "blocks has 9 entries, want at most 8");
    expect_json_refused("{\"arch\": \"ca2sis\", \"blocks\": [{\"arch\": 1}]}", IDI_ERR_FORMAT,
                        "unknown key 'blocks[0].arch'");
    expect_json_refused("{\"arch\": \"ca2sis\", \"blocks\": [{}, {\"heads\": true}]}",
                        IDI_ERR_FORMAT, "blocks[1].heads is not a whole number");
    expect_json_refused("{\"arch\": \"iresnet\", \"blocks\": [1, 2, 3]}", IDI_ERR_FORMAT,
                        "blocks is not an array of 4");
    expect_json_refused("{\"arch\": \"iresnet\", \"blocks\": [1, 2, 3, \"4\"]}", IDI_ERR_FORMAT,
                        "blocks[3] is not a whole number");
    expect_json_refused("{\"arch\": \"iresnet\", \"blocks\": [1, 2, 3, 0]}", IDI_ERR_ARG,
                        "blocks[3] is 0");
}

static void write_text(const char *path, const char *text, size_t bytes)
{
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream);
    cr_assert_eq(fwrite(text, 1, bytes, stream), bytes);
    cr_assert_eq(fclose(stream), 0);
}

Test(config, reads_a_users_file)
{
    static const char good[] = "{\n  \"arch\": \"ca2sis-id\",\n  \"size\": 512\n}\n";
    static char large[(1 << 20) + 1];
    const char *path = SCRATCH("config.json");
    idi_model_config config;
    write_text(path, good, sizeof good - 1);
    cr_assert_eq(idi_config_read(memory, path, NULL, &config), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(config.generator.block_count, 6);

    write_text(path, "{\"arch\": \"ca2sis\", \"x\": 1}", 26);
    cr_expect_eq(idi_config_read(memory, path, NULL, &config), IDI_ERR_FORMAT);
    expect_sentence("file", "config.json: config: unknown key 'x'");
    write_text(path, "{\"width\": 8}", 12);
    cr_expect_eq(idi_config_read(memory, path, "iresnet34", &config), IDI_OK, "%s",
                 idi_last_error());
    cr_expect(config.recogniser.width == 8 && config.recogniser.blocks[2] == 6);
    cr_expect_eq(idi_config_read(memory, path, NULL, &config), IDI_ERR_FORMAT);
    expect_sentence("no arch", "arch is missing");
    write_text(path, "{\"arch\": \"ca2sis\"}", 18);
    cr_expect_eq(idi_config_read(memory, path, "ca2sis", &config), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(idi_config_read(memory, path, "iresnet", &config), IDI_ERR_ARG);
    expect_sentence("other arch", "arch is ca2sis, but iresnet was asked for");
    memset(large, ' ', sizeof large);
    write_text(path, large, sizeof large);
    cr_expect_eq(idi_config_read(memory, path, NULL, &config), IDI_ERR_FORMAT);
    expect_sentence("large", "1048577 bytes, want at most 1048576");
    cr_expect_eq(idi_config_read(memory, SCRATCH("absent.json"), NULL, &config), IDI_ERR_IO);
    expect_sentence("absent", "absent.json: cannot be opened");
    cr_expect_eq(idi_config_read(memory, IDI_SCRATCH, NULL, &config), IDI_ERR_IO);
}
