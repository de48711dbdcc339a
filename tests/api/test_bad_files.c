/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_bad_files.c - pictures, label maps and arrays that are not what they should be. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(bad_files);

static void (*const open_world)(void) = idi_test_open_models;

/* celebamask's number of a class to bisenet's, by the classes' names */
static const uint8_t to_bisenet[19] = {0,  1,  10, 6,  4,  5, 2,  3,  7, 8,
                                       11, 12, 13, 17, 18, 9, 15, 14, 16};

static void expect_empty(const idi_bitmap *bitmap)
{
    cr_expect(!bitmap->data && bitmap->width == 0 && bitmap->height == 0, "is not empty");
}

/* A good portrait's PNG, and the file's bytes. */
static const char *photo_file(idi_bitmap *labels_out)
{
    const char *path = idi_test_path("photo.png");
    idi_bitmap photo;
    OK(idi_portrait_draw(world.context, 4, 2, 128, &photo, labels_out, NULL));
    OK(idi_bitmap_save(world.context, path, &photo, IDI_SAVE_DRAWN));
    idi_bitmap_free(world.context, &photo);
    return path;
}

IDI_TEST(bad_files, pictures_come_back_as_saved)
{
    idi_bitmap photo, labels, again, labels_again;
    OK(idi_portrait_draw(world.context, 4, 2, 64, &photo, &labels, NULL));
    OK(idi_bitmap_save(world.context, idi_test_path("p.png"), &photo, IDI_SAVE_DRAWN));
    OK(idi_bitmap_save(world.context, idi_test_path("l.png"), &labels, IDI_SAVE_DEFAULT));
    OK(idi_bitmap_load(world.context, idi_test_path("p.png"), &again));
    OK(idi_bitmap_load_labels(world.context, idi_test_path("l.png"), NULL, &labels_again));
    cr_assert(again.width == 64 && again.height == 64 && again.channels == 3);
    cr_assert(labels_again.width == 64 && labels_again.height == 64 && labels_again.channels == 1);
    cr_expect_arr_eq(again.data, photo.data, IDI_TEST_VALUES);
    cr_expect_arr_eq(labels_again.data, labels.data, IDI_TEST_PIXELS);
    idi_bitmap_free(world.context, &labels_again);
    idi_bitmap_free(world.context, &again);
    idi_bitmap_free(world.context, &labels);
    idi_bitmap_free(world.context, &photo);
    expect_empty(&photo);
}

IDI_TEST(bad_files, a_missing_picture)
{
    const char *path = idi_test_path("nobody.png");
    idi_bitmap bitmap;
    IDI_REFUSED(idi_bitmap_load(world.context, path, &bitmap), IDI_ERR_IO, path, "No such file");
    expect_empty(&bitmap);
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, NULL, &bitmap), IDI_ERR_IO, path);
    expect_empty(&bitmap);
}

IDI_TEST(bad_files, a_folder_is_no_picture)
{
    idi_bitmap bitmap;
    IDI_REFUSED(idi_bitmap_load(world.context, IDI_SCRATCH, &bitmap), IDI_ERR_IO, IDI_SCRATCH);
}

IDI_TEST(bad_files, a_text_is_no_picture)
{
    const char *path = idi_test_path("photo.png");
    idi_bitmap bitmap;
    idi_test_write(path, "I am a photograph\n", 18);
    IDI_REFUSED(idi_bitmap_load(world.context, path, &bitmap), IDI_ERR_FORMAT, path, "PNG", "JPEG");
    expect_empty(&bitmap);
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, NULL, &bitmap), IDI_ERR_FORMAT, path,
                "PNG");
    idi_test_write(path, "", 0);
    IDI_REFUSED(idi_bitmap_load(world.context, path, &bitmap), IDI_ERR_FORMAT, path, "empty");
}

IDI_TEST(bad_files, a_truncated_picture)
{
    size_t size;
    idi_bitmap bitmap;
    unsigned char *bytes = idi_test_read(photo_file(NULL), &size);
    const char *path = idi_test_path("cut.png");
    for (size_t kept = 1; kept < size; kept += 1 + size / 40) {
        idi_test_write(path, bytes, kept);
        IDI_REFUSED(idi_bitmap_load(world.context, path, &bitmap), IDI_ERR_FORMAT, path);
        expect_empty(&bitmap);
    }
    idi_test_write(path, bytes, size);
    OK(idi_bitmap_load(world.context, path, &bitmap));
    idi_bitmap_free(world.context, &bitmap);
    free(bytes);
}

IDI_TEST(bad_files, a_label_that_no_class_has)
{
    const char *path = idi_test_path("labels.png");
    unsigned char values[16 * 8] = {0};
    idi_bitmap bitmap;
    values[3 * 16 + 9] = 19;
    values[5 * 16 + 1] = 77;
    idi_test_write_gray(path, values, 16, 8);
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, NULL, &bitmap), IDI_ERR_LABELS, path,
                "label 19", "(9, 3)", "celebamask", "0..18");
    expect_empty(&bitmap);
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, "bisenet", &bitmap), IDI_ERR_LABELS,
                "label 19", "(9, 3)", "bisenet");
}

IDI_TEST(bad_files, an_unknown_scheme)
{
    idi_bitmap bitmap;
    IDI_REFUSED(idi_bitmap_load_labels(world.context, "x.png", "cityscapes", &bitmap), IDI_ERR_ARG,
                "cityscapes", "celebamask", "bisenet");
    expect_empty(&bitmap);
}

IDI_TEST(bad_files, a_photograph_is_no_label_map)
{
    const char *path = photo_file(NULL);
    idi_bitmap bitmap;
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, NULL, &bitmap), IDI_ERR_LABELS, path,
                "colour", "(");
    expect_empty(&bitmap);
}

IDI_TEST(bad_files, the_wrong_class_order_is_recognised)
{
    const char *path = idi_test_path("bisenet.png");
    idi_bitmap labels, loaded;
    unsigned char values[128 * 128];
    (void)photo_file(&labels);
    for (int i = 0; i < 128 * 128; i++)
        values[i] = to_bisenet[labels.data[i]];
    idi_test_write_gray(path, values, 128, 128);
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, NULL, &loaded), IDI_ERR_LABELS, path,
                "bisenet order", "not celebamask");
    expect_empty(&loaded);
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, "celebamask", &loaded), IDI_ERR_LABELS,
                "bisenet");
    OK(idi_bitmap_load_labels(world.context, path, "bisenet", &loaded));
    cr_expect_arr_eq(loaded.data, labels.data, 128 * 128);
    idi_bitmap_free(world.context, &loaded);
    OK(idi_bitmap_save(world.context, path, &labels, IDI_SAVE_DEFAULT));
    IDI_REFUSED(idi_bitmap_load_labels(world.context, path, "bisenet", &loaded), IDI_ERR_LABELS,
                "celebamask order", "not bisenet");
    idi_bitmap_free(world.context, &labels);
}

IDI_TEST(bad_files, labels_of_no_class_are_not_saved)
{
    const char *path = idi_test_path("labels.png");
    uint8_t values[4] = {0, 1, 2, 19};
    const idi_bitmap labels = {values, 2, 2, 1};
    IDI_REFUSED(idi_bitmap_save(world.context, path, &labels, 0), IDI_ERR_LABELS, "19", "(1, 1)");
    cr_expect(!idi_test_exists(path));
}

IDI_TEST(bad_files, a_place_that_cannot_be_written)
{
    const char *path = idi_test_path("no/such/folder.png");
    uint8_t values[12] = {0};
    const int64_t shape[1] = {1};
    const float one[1] = {1.0f};
    const idi_bitmap photo = {values, 2, 2, 3};
    IDI_REFUSED(idi_bitmap_save(world.context, path, &photo, 0), IDI_ERR_IO, path);
    IDI_REFUSED(idi_array_save(world.context, path, one, shape, 1), IDI_ERR_IO, path);
    IDI_REFUSED(idi_model_file_init(world.context, "mobilefacenet", NULL, 1, path), IDI_ERR_IO,
                path);
}

/* Faces must be square; label maps of styles too. */
IDI_TEST(bad_files, pictures_that_are_not_square)
{
    static uint8_t rgb[64 * 32 * 3], gray[64 * 32];
    const idi_bitmap wide = {rgb, 64, 32, 3}, square = {rgb, 32, 32, 3};
    const idi_bitmap wide_labels = {gray, 64, 32, 1}, labels = {gray, 32, 32, 1};
    idi_identity *identity;
    idi_style *style;
    IDI_REFUSED(idi_identity_from_image(world.recogniser, &wide, &identity), IDI_ERR_SHAPE,
                "64 x 32", "square");
    cr_expect_null(identity);
    IDI_REFUSED(idi_style_from_image(world.generator, &wide, &labels, &style), IDI_ERR_SHAPE,
                "photograph", "64 x 32", "square");
    IDI_REFUSED(idi_style_from_image(world.generator, &square, &wide_labels, &style), IDI_ERR_SHAPE,
                "label map", "64 x 32", "square");
    cr_expect_null(style);
    IDI_REFUSED(idi_identity_from_image(world.recogniser, &labels, &identity), IDI_ERR_ARG, "RGB");
    IDI_REFUSED(idi_style_from_image(world.generator, &labels, &labels, &style), IDI_ERR_ARG,
                "RGB");
    IDI_REFUSED(idi_style_from_image(world.generator, &square, &square, &style), IDI_ERR_ARG,
                "label map", "3 channels");
    gray[5 * 32 + 7] = 19;
    IDI_REFUSED(idi_style_from_image(world.generator, &square, &labels, &style), IDI_ERR_LABELS,
                "19", "(7, 5)", "0..18");
}

IDI_TEST(bad_files, arrays_come_back_as_saved)
{
    const char *path = idi_test_path("a.npy");
    const float values[6] = {1.5f, -2.0f, 3.25f, 0.0f, -0.5f, 1e-30f};
    const int64_t shape[2] = {2, 3};
    float *data;
    int64_t got[4];
    int rank;
    OK(idi_array_save(world.context, path, values, shape, 2));
    OK(idi_array_load(world.context, path, &data, got, &rank));
    cr_expect(rank == 2 && got[0] == 2 && got[1] == 3 && got[2] == 1 && got[3] == 1);
    cr_expect_arr_eq(data, values, sizeof values);
    idi_array_free(world.context, &data);
    cr_expect_null(data);
}

IDI_TEST(bad_files, arrays_that_are_none)
{
    const char *path = idi_test_path("a.npy");
    const float values[6] = {0};
    const int64_t shape[1] = {6};
    const int64_t negative[1] = {-6};
    float *data;
    int64_t got[4];
    int rank;
    size_t size;
    OK(idi_array_save(world.context, path, values, shape, 1));
    unsigned char *bytes = idi_test_read(path, &size);
    idi_test_write(path, bytes, size - 1);
    IDI_REFUSED(idi_array_load(world.context, path, &data, got, &rank), IDI_ERR_FORMAT, path);
    cr_expect_null(data);
    idi_test_write(path, "not an array", 12);
    IDI_REFUSED(idi_array_load(world.context, path, &data, got, &rank), IDI_ERR_FORMAT, path);
    IDI_REFUSED(idi_array_load(world.context, idi_test_path("none.npy"), &data, got, &rank),
                IDI_ERR_IO, "none.npy");
    IDI_REFUSED(idi_array_save(world.context, path, values, negative, 1), IDI_ERR_SHAPE, "-6");
    free(bytes);
}
