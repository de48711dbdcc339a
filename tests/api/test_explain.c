/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_explain.c - explanations from outside: shares are shares, regions their means, the image
 * is the session's; refusals. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(explain);

static void (*const open_world)(void) = idi_test_open_people;

static idi_explanation *explain_first(idi_explanation_info *info)
{
    idi_explanation *e;
    OK(idi_explain(world.generator, &world.labels[0], world.style[0], world.identity[1], &e));
    *info = (idi_explanation_info){.struct_size = sizeof *info};
    OK(idi_explanation_get_info(e, info));
    return e;
}

IDI_TEST(explain, shares_of_a_pixel_add_up_to_one)
{
    idi_explanation_info info;
    idi_explanation *e = explain_first(&info);
    cr_assert_eq(info.size, IDI_TEST_SIZE);
    cr_assert_eq(info.tokens, info.classes + 1);
    int64_t last = 0;
    for (int64_t block = 0; block < info.blocks; block++) {
        int64_t side;
        const float *map = idi_explanation_map(e, block, &side);
        cr_assert(side > last);
        last = side;
        for (int64_t p = 0; p < side * side; p++) {
            double sum = 0.0;
            for (int64_t t = 0; t < info.tokens; t++) {
                cr_assert_geq(map[p * info.tokens + t], 0.0F);
                sum += (double)map[p * info.tokens + t];
            }
            cr_assert_float_eq(sum, 1.0, 1e-5);
        }
    }
    cr_assert_eq(last, IDI_TEST_SIZE);
    cr_assert_null(idi_explanation_map(e, info.blocks, NULL));
    cr_assert_null(idi_explanation_map(e, -1, NULL));
    idi_explanation_destroy(&e);
    cr_assert_null(e);
}

/* The finest block sees the label map as it is. */
IDI_TEST(explain, regions_are_means_over_a_classes_pixels)
{
    idi_explanation_info info;
    idi_explanation *e = explain_first(&info);
    const float *map = idi_explanation_map(e, info.blocks - 1, NULL);
    const float *regions = idi_explanation_regions(e, info.blocks - 1);
    int missing = 0;
    for (int64_t c = 0; c < info.classes; c++)
        for (int64_t t = 0; t < info.tokens; t++) {
            double sum = 0.0;
            int64_t pixels = 0;
            for (int64_t p = 0; p < IDI_TEST_PIXELS; p++) {
                if (world.labels[0].data[p] != c) continue;
                sum += (double)map[p * info.tokens + t];
                pixels++;
            }
            missing += pixels == 0;
            if (pixels == 0)
                cr_assert(isnan(regions[c * info.tokens + t]));
            else
                cr_assert_float_eq(regions[c * info.tokens + t], sum / (double)pixels, 1e-6);
        }
    cr_assert_gt(missing, 0, "the map has every class: nothing is absent");
    idi_explanation_destroy(&e);
}

IDI_TEST(explain, the_image_is_the_one_that_a_session_makes)
{
    idi_explanation_info info;
    idi_explanation *e = explain_first(&info);
    const idi_bitmap *made = idi_explanation_image(e);
    float *wanted = malloc(IDI_TEST_VALUES * sizeof *wanted);
    idi_session *session = idi_test_session(world.generator, 1);
    OK(idi_test_generate(session, 0, 0, 1, wanted));
    for (int64_t i = 0; i < IDI_TEST_VALUES; i++) {
        const double value = fmin(fmax((double)wanted[i], -1.0), 1.0);
        cr_assert_float_eq((double)made->data[i], 127.5 * (value + 1.0), 1.01);
    }
    free(wanted);
    idi_session_destroy(&session);
    idi_explanation_destroy(&e);
}

/* Another identity draws other shares to itself, another style too. */
IDI_TEST(explain, follows_who_and_how)
{
    idi_explanation_info info;
    idi_explanation *first = explain_first(&info);
    idi_explanation *other[2];
    OK(idi_explain(world.generator, &world.labels[0], world.style[0], world.identity[2],
                   &other[0]));
    OK(idi_explain(world.generator, &world.labels[0], world.style[2], world.identity[1],
                   &other[1]));
    const float *before = idi_explanation_map(first, 0, NULL);
    for (int i = 0; i < 2; i++) {
        const float *after = idi_explanation_map(other[i], 0, NULL);
        bool is_other = false;
        for (int64_t j = 0; j < info.tokens; j++)
            if (fabsf(before[j] - after[j]) > 1e-7F) is_other = true;
        cr_assert(is_other, "input %d changes nothing", i);
        idi_explanation_destroy(&other[i]);
    }
    idi_explanation_destroy(&first);
}

IDI_TEST(explain, refuses)
{
    idi_explanation *e;
    idi_style *narrow;
    const float codes[2] = {0.0F, 0.0F};
    const idi_bitmap *labels = &world.labels[0];
    OK(idi_style_from_array(world.context, codes, 1, 2, &narrow));
    IDI_REFUSED(idi_explain(NULL, labels, world.style[0], world.identity[0], &e), IDI_ERR_ARG,
                "NULL");
    IDI_REFUSED(idi_explain(world.generator, labels, world.style[0], NULL, &e), IDI_ERR_ARG,
                "no identity");
    IDI_REFUSED(idi_explain(world.generator, labels, narrow, world.identity[0], &e), IDI_ERR_SHAPE,
                "[1, 2]");
    IDI_REFUSED(idi_explain(world.recogniser, labels, world.style[0], NULL, &e),
                IDI_ERR_UNSUPPORTED, "attends to nothing");
    cr_assert_null(e);
    idi_style_destroy(&narrow);
    idi_explanation_info info = {.struct_size = 1};
    OK(idi_explain(world.generator, labels, world.style[0], world.identity[0], &e));
    IDI_REFUSED(idi_explanation_get_info(e, &info), IDI_ERR_ARG, "struct_size");
    idi_explanation_destroy(&e);
    idi_explanation_destroy(&e);
}
