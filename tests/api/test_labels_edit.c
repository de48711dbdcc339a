/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_labels_edit.c - parts of one person's label map in another's. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(labels_edit);

static void (*const open_world)(void) = idi_test_open_people;

enum { SKIN = 1, NOSE = 2, GLASSES = 3, HAIR = 13, HAT = 14, CLASSES = 19 };

/* base with parts of other, to be held against rows of characters. */
static void expect_taken(const char *base, const char *other, const char *classes, const char *want)
{
    enum { SIDE = 6 };
    uint8_t a[SIDE * SIDE], b[SIDE * SIDE];
    int64_t numbers[8];
    const int64_t count = (int64_t)strlen(classes);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = classes[i] - '0';
    for (int i = 0; i < SIDE * SIDE; i++) {
        a[i] = (uint8_t)(base[i] - '0');
        b[i] = (uint8_t)(other[i] - '0');
    }
    const idi_bitmap from = {a, SIDE, SIDE, 1}, parts = {b, SIDE, SIDE, 1};
    idi_bitmap got;
    OK(idi_labels_take(world.context, &from, &parts, numbers, count, &got));
    cr_assert(got.width == SIDE && got.height == SIDE && got.channels == 1);
    for (int i = 0; i < SIDE * SIDE; i++)
        cr_expect_eq(got.data[i], want[i] - '0', "row %d, column %d: %d", i / SIDE, i % SIDE,
                     got.data[i]);
    idi_bitmap_free(world.context, &got);
}

/* The hair (3) leaves a hole between background (0), skin (1) and neck (2). */
IDI_TEST(labels_edit, holes_are_filled_from_the_nearest_pixel)
{
    expect_taken("000000"
                 "033330"
                 "031130"
                 "031130"
                 "022220"
                 "000000",
                 "000000"
                 "000000"
                 "003300"
                 "000000"
                 "000000"
                 "000000",
                 "3",
                 "000000"
                 "000000"
                 "003310"
                 "001110"
                 "022220"
                 "000000");
}

IDI_TEST(labels_edit, parts_are_painted_over_what_is_there)
{
    expect_taken("000000"
                 "011110"
                 "012210"
                 "011110"
                 "011110"
                 "000000",
                 "555555"
                 "555555"
                 "555555"
                 "552255"
                 "522225"
                 "444444",
                 "24",
                 "000000"
                 "011110"
                 "011110"
                 "012210"
                 "022220"
                 "444444");
}

IDI_TEST(labels_edit, a_map_of_taken_classes_alone_becomes_the_other)
{
    static const char base[] = "111111111111111111111111111111111111";
    static const char other[] = "000000022220010010000000333333000000";
    expect_taken(base, other, "1", other);
}

static idi_bitmap take(int base, int other, const int64_t *classes, int64_t count)
{
    idi_bitmap got;
    OK(idi_labels_take(world.context, &world.labels[base], &world.labels[other], classes, count,
                       &got));
    return got;
}

IDI_TEST(labels_edit, all_parts_are_the_other_map_and_none_the_own)
{
    int64_t all[CLASSES];
    for (int c = 0; c < CLASSES; c++)
        all[c] = c;
    idi_bitmap got = take(0, 1, all, CLASSES);
    cr_expect_arr_eq(got.data, world.labels[1].data, IDI_TEST_PIXELS);
    idi_bitmap_free(world.context, &got);
    got = take(0, 1, NULL, 0);
    cr_expect_arr_eq(got.data, world.labels[0].data, IDI_TEST_PIXELS);
    idi_bitmap_free(world.context, &got);
    for (int c = 0; c < CLASSES; c++) {
        got = take(2, 2, &all[c], 1);
        cr_expect_arr_eq(got.data, world.labels[2].data, IDI_TEST_PIXELS, "class %d", c);
        idi_bitmap_free(world.context, &got);
    }
}

/* Of portraits: the nose is where the other's is, and nothing else has changed but holes. */
IDI_TEST(labels_edit, the_part_is_where_the_other_has_it)
{
    static const int64_t nose[1] = {NOSE};
    idi_bitmap got = take(0, 1, nose, 1);
    for (int i = 0; i < IDI_TEST_PIXELS; i++) {
        const int base = world.labels[0].data[i], other = world.labels[1].data[i];
        cr_expect_eq(got.data[i] == NOSE, other == NOSE, "pixel %d", i);
        if (base != NOSE && other != NOSE) cr_expect_eq(got.data[i], base, "pixel %d", i);
    }
    idi_bitmap_free(world.context, &got);
}

IDI_TEST(labels_edit, classes_that_nobody_has_change_nothing)
{
    static const int64_t none[2] = {200, HAT};
    cr_assert(!memchr(world.labels[0].data, HAT, IDI_TEST_PIXELS) &&
              !memchr(world.labels[1].data, HAT, IDI_TEST_PIXELS));
    idi_bitmap got = take(0, 1, none, 2);
    cr_expect_arr_eq(got.data, world.labels[0].data, IDI_TEST_PIXELS);
    idi_bitmap_free(world.context, &got);
}

IDI_TEST(labels_edit, what_is_refused)
{
    static const int64_t classes[2] = {NOSE, 256};
    const idi_bitmap *a = &world.labels[0], *rgb = &world.photo[0];
    idi_bitmap half = {a->data, IDI_TEST_SIZE, IDI_TEST_SIZE / 2, 1}, got;
    IDI_REFUSED(idi_labels_take(world.context, a, &half, classes, 1, &got), IDI_ERR_SHAPE,
                "64 x 64", "64 x 32");
    IDI_REFUSED(idi_labels_take(world.context, a, rgb, classes, 1, &got), IDI_ERR_ARG,
                "3 channels");
    IDI_REFUSED(idi_labels_take(world.context, a, a, classes, 2, &got), IDI_ERR_ARG, "class 256");
    half.data = NULL;
    IDI_REFUSED(idi_labels_take(world.context, &half, a, classes, 1, &got), IDI_ERR_ARG, "missing");
    cr_expect_null(got.data);
}

IDI_TEST(labels_edit, classes_have_names)
{
    cr_expect_eq(idi_class_index("hair"), HAIR);
    cr_expect_eq(idi_class_index("eye_g"), GLASSES);
    cr_expect_eq(idi_class_index("Hair"), -1);
    cr_expect_eq(idi_class_index(NULL), -1);
    for (int c = 0; c < CLASSES; c++)
        cr_expect_eq(idi_class_index(idi_class_name(c)), c);
    cr_expect_null(idi_class_name(-1));
    cr_expect_null(idi_class_name(CLASSES));
    const uint8_t *const skin = idi_class_colour(SKIN);
    cr_assert(skin && skin[0] == 204 && skin[1] == 0 && skin[2] == 0, "CelebAMask-HQ's colour");
    cr_expect_null(idi_class_colour(-1));
    cr_expect_null(idi_class_colour(CLASSES));
}
