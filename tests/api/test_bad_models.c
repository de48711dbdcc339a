/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_bad_models.c - model files that are cut, lie or hold the wrong thing. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(bad_models);

static void (*const open_world)(void) = idi_test_open_models;

static idi_status load(const char *path)
{
    idi_model *model = world.generator;
    const idi_status st = idi_model_load(world.context, path, &model);
    if (st == IDI_OK)
        idi_model_destroy(&model);
    else
        cr_expect_null(model);
    return st;
}

static uint64_t header_bytes(const unsigned char *file)
{
    uint64_t length = 0;
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)file[i] << (8 * i);
    return length;
}

/* Puts `to` where `from` stands in the header; both of one length. */
static void replace(unsigned char *file, size_t size, const char *from, const char *to)
{
    const size_t length = strlen(from);
    cr_assert_eq(strlen(to), length);
    for (size_t i = 8; i + length <= size; i++) {
        if (memcmp(file + i, from, length) != 0) continue;
        memcpy(file + i, to, length);
        return;
    }
    cr_assert_fail("the header has no %s", from);
}

IDI_TEST(bad_models, a_missing_file)
{
    const char *path = idi_test_path("nothing.safetensors");
    IDI_REFUSED(load(path), IDI_ERR_IO, path, "No such file");
}

IDI_TEST(bad_models, a_file_that_is_none)
{
    const char *path = idi_test_path("text.safetensors");
    idi_test_write(path, "dear reader, I am a model", 25);
    IDI_REFUSED(load(path), IDI_ERR_FORMAT, path);
    idi_test_write(path, "", 0);
    IDI_REFUSED(load(path), IDI_ERR_FORMAT, path);
}

IDI_TEST(bad_models, a_cut_file)
{
    size_t size;
    const char *path = idi_test_path("cut.safetensors");
    unsigned char *file = idi_test_read(idi_test_path("recogniser.safetensors"), &size);
    const size_t header = 8 + (size_t)header_bytes(file);
    const size_t kept[] = {1, 7, 8, 9, header - 1, header, header + 1, size / 2, size - 1};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        idi_test_write(path, file, kept[i]);
        IDI_REFUSED(load(path), IDI_ERR_FORMAT, path);
    }
    free(file);
}

IDI_TEST(bad_models, a_header_that_lies)
{
    size_t size;
    const char *path = idi_test_path("lies.safetensors");
    unsigned char *file = idi_test_read(idi_test_path("recogniser.safetensors"), &size);
    unsigned char *lie = malloc(size);
    memcpy(lie, file, size);
    memset(lie, 0xFF, 8);
    idi_test_write(path, lie, size);
    IDI_REFUSED(load(path), IDI_ERR_FORMAT, path);
    memcpy(lie, file, size);
    replace(lie, size, "\"F32\"", "\"F64\"");
    idi_test_write(path, lie, size);
    IDI_REFUSED(load(path), IDI_ERR_FORMAT, path);
    memcpy(lie, file, size);
    replace(lie, size, "mobilefacenet", "mobilefacenot");
    idi_test_write(path, lie, size);
    IDI_REFUSED(load(path), IDI_ERR_ARG, path, "mobilefacenot");
    memcpy(lie, file, size);
    replace(lie, size, "\\\"embedding_dim\\\": 32", "\\\"embedding_dim\\\": 33");
    idi_test_write(path, lie, size);
    IDI_REFUSED(load(path), IDI_ERR_WEIGHTS, path, "32", "33");
    free(lie);
    free(file);
}

/* Any byte of the header changed, one at a time: an error or a model, nothing else. */
IDI_TEST(bad_models, a_damaged_header)
{
    size_t size;
    const char *path = idi_test_path("damaged.safetensors");
    unsigned char *file = idi_test_read(idi_test_path("recogniser.safetensors"), &size);
    const size_t header = 8 + (size_t)header_bytes(file);
    int refusals = 0;
    for (size_t at = 0; at < header; at += 1 + header / 150) {
        const unsigned char good = file[at];
        file[at] = (unsigned char)(good ^ (1u << at % 8));
        idi_test_write(path, file, size);
        if (load(path) != IDI_OK) {
            refusals++;
            cr_expect_not_null(strstr(idi_last_error(), path), "byte %zu: %s", at,
                               idi_last_error());
        }
        file[at] = good;
    }
    cr_expect_gt(refusals, 50);
    free(file);
}

IDI_TEST(bad_models, weights_that_are_not_numbers)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    size_t size;
    const char *path = idi_test_path("nan.safetensors");
    unsigned char *file = idi_test_read(idi_test_path("generator.safetensors"), &size);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(file + size - sizeof bad[i], &bad[i], sizeof bad[i]);
        idi_test_write(path, file, size);
        IDI_REFUSED(load(path), IDI_ERR_WEIGHTS, path, "tensor ", "element", "not finite");
    }
    free(file);
}

/* One weight is enough to make another recogniser. */
IDI_TEST(bad_models, another_weight_is_another_recogniser)
{
    size_t size;
    double cosine;
    float weight;
    const char *path = idi_test_path("other.safetensors");
    unsigned char *file = idi_test_read(idi_test_path("recogniser.safetensors"), &size);
    memcpy(&weight, file + size - sizeof weight, sizeof weight);
    weight += 0.5f;
    memcpy(file + size - sizeof weight, &weight, sizeof weight);
    idi_test_write(path, file, size);
    free(file);
    idi_model *other;
    idi_bitmap photo;
    idi_identity *a, *b;
    OK(idi_model_load(world.context, path, &other));
    OK(idi_portrait_draw(world.context, 1, 1, 64, &photo, NULL, NULL));
    OK(idi_identity_from_image(world.recogniser, &photo, &a));
    OK(idi_identity_from_image(other, &photo, &b));
    IDI_REFUSED(idi_identity_similarity(a, b, &cosine), IDI_ERR_ENCODER,
                idi_identity_fingerprint(a), idi_identity_fingerprint(b));
    cr_expect_str_neq(idi_identity_fingerprint(a), idi_identity_fingerprint(b));
    idi_identity_destroy(&b);
    idi_identity_destroy(&a);
    idi_bitmap_free(world.context, &photo);
    idi_model_destroy(&other);
}

IDI_TEST(bad_models, each_in_the_others_place)
{
    idi_bitmap photo, labels;
    idi_identity *identity;
    idi_style *style;
    idi_session *session;
    idi_plan_report plan = {.struct_size = sizeof plan};
    OK(idi_portrait_draw(world.context, 1, 1, 64, &photo, &labels, NULL));
    IDI_REFUSED(idi_identity_from_image(world.generator, &photo, &identity), IDI_ERR_ARG,
                "generator.safetensors", "is a generator", "want a recogniser");
    IDI_REFUSED(idi_style_from_image(world.recogniser, &photo, &labels, &style), IDI_ERR_ARG,
                "recogniser.safetensors", "is a recogniser", "want a generator");
    IDI_REFUSED(idi_session_create(world.recogniser, NULL, &session), IDI_ERR_ARG,
                "recogniser.safetensors", "is a recogniser", "want a generator");
    IDI_REFUSED(idi_session_plan(world.recogniser, NULL, &plan), IDI_ERR_ARG, "want a generator");
    cr_expect(!identity && !style && !session);
    idi_bitmap_free(world.context, &labels);
    idi_bitmap_free(world.context, &photo);
}

IDI_TEST(bad_models, a_setting_that_is_none)
{
    static const struct {
        const char *json;
        idi_status want;
        const char *word;
    } settings[] = {
        {"{\"width\": 8,", IDI_ERR_FORMAT, "JSON"},
        {"[1]", IDI_ERR_FORMAT, "object"},
        {"{\"widht\": 8}", IDI_ERR_FORMAT, "widht"},
        {"{\"width\": \"8\"}", IDI_ERR_FORMAT, "width"},
        {"{\"width\": 0}", IDI_ERR_ARG, "width"},
        {"{\"arch\": \"iresnet\"}", IDI_ERR_ARG, "iresnet"},
        {"{\"arch\": \"ca2sis\"}", IDI_ERR_ARG, "ca2sis"},
    };
    const char *path = idi_test_path("setting.json");
    const char *out = idi_test_path("out.safetensors");
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        idi_test_write(path, settings[i].json, strlen(settings[i].json));
        IDI_REFUSED(idi_model_file_init(world.context, "mobilefacenet", path, 1, out),
                    settings[i].want, path, settings[i].word);
        cr_expect(!idi_test_exists(out), "%s left a file", settings[i].json);
    }
    IDI_REFUSED(idi_model_file_init(world.context, "mobilefacenet", idi_test_path("none"), 1, out),
                IDI_ERR_IO, "none");
}

/* A model file is a state dictionary with a setting, so it can be imported again. */
IDI_TEST(bad_models, an_import_keeps_the_weights_and_the_notes)
{
    const char *path = idi_test_path("imported.safetensors");
    idi_model_info first = {.struct_size = sizeof first}, second = first;
    idi_model *imported;
    idi_convert_options options;
    idi_convert_options_init(&options);
    options.licence = "CC0-1.0";
    options.training_data = "none";
    options.recogniser = "recogniser.safetensors";
    OK(idi_model_file_convert(world.context, idi_test_path("generator.safetensors"), &options,
                              path));
    OK(idi_model_load(world.context, path, &imported));
    OK(idi_model_get_info(world.generator, &first));
    OK(idi_model_get_info(imported, &second));
    cr_expect_str_eq(second.fingerprint, first.fingerprint);
    cr_expect_str_eq(second.config, first.config);
    cr_expect_str_eq(second.licence, "CC0-1.0");
    cr_expect_str_eq(second.training_data, "none");
    cr_expect_str_eq(second.recogniser, "recogniser.safetensors");
    idi_model_destroy(&imported);
    options.arch = "iresnet50";
    IDI_REFUSED(idi_model_file_convert(world.context, idi_test_path("generator.safetensors"),
                                       &options, idi_test_path("wrong")),
                IDI_ERR_WEIGHTS, "ca2sis-id", "iresnet50");
    cr_expect(!idi_test_exists(idi_test_path("wrong")));
}
