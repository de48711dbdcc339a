/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_degrade.c - degradations by name: each is what its numbers say, names, refusals. */
#include "api/world.h"
#include "core/memory.h"
#include "eval/degrade.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(degrade);

static void (*const open_world)(void) = idi_test_open_people;

enum { WIDTH = 48, HEIGHT = 32, SEED = 5 };

/* What eval/degrade.h makes with the header's numbers; the shorter side is half of 64. */
static idi_status wanted(idi_memory *memory, int how, const idi_image *picture, idi_image *out)
{
    switch (how) {
    case IDI_DEGRADE_JPEG_90:
        return idi_degrade_jpeg(memory, picture, 90, out);
    case IDI_DEGRADE_JPEG_70:
        return idi_degrade_jpeg(memory, picture, 70, out);
    case IDI_DEGRADE_JPEG_50:
        return idi_degrade_jpeg(memory, picture, 50, out);
    case IDI_DEGRADE_HALF:
        return idi_degrade_half(memory, picture, out);
    case IDI_DEGRADE_BLUR:
        return idi_degrade_blur(memory, picture, 0.5, out);
    default:
        return idi_degrade_noise(memory, picture, 5.0, SEED, out);
    }
}

IDI_TEST(degrade, each_by_its_numbers)
{
    idi_memory *memory = idi_test_memory();
    idi_bitmap drawn, photo, out;
    OK(idi_portrait_draw(world.context, 3, 1, 64, &drawn, NULL, NULL));
    OK(idi_bitmap_resize(world.context, &drawn, WIDTH, HEIGHT, &photo));
    const idi_image picture = {photo.data, WIDTH, HEIGHT, 3};
    OK(idi_bitmap_degrade(world.context, &photo, IDI_DEGRADE_NONE, SEED, &out));
    cr_assert_arr_eq(out.data, photo.data, WIDTH * HEIGHT * 3);
    idi_bitmap_free(world.context, &out);
    for (int how = IDI_DEGRADE_JPEG_90; how < IDI_DEGRADATIONS; how++) {
        idi_image by_hand;
        OK(idi_bitmap_degrade(world.context, &photo, (idi_degradation)how, SEED, &out));
        OK(wanted(memory, how, &picture, &by_hand));
        cr_assert(out.width == WIDTH && out.height == HEIGHT && out.channels == 3);
        cr_expect_arr_eq(out.data, by_hand.pixels, WIDTH * HEIGHT * 3, "degradation %d", how);
        cr_expect(memcmp(out.data, photo.data, WIDTH * HEIGHT * 3) != 0, "degradation %d", how);
        idi_bitmap_free(world.context, &out);
        idi_image_free(memory, &by_hand);
    }
    idi_bitmap_free(world.context, &photo);
    idi_bitmap_free(world.context, &drawn);
    idi_test_memory_close(&memory);
}

IDI_TEST(degrade, names_and_refusals)
{
    idi_bitmap out, labels = world.labels[0];
    cr_expect_str_eq(idi_degradation_name(IDI_DEGRADE_JPEG_70), "jpeg70");
    cr_expect_str_eq(idi_degradation_name(IDI_DEGRADE_NOISE), "noise");
    cr_expect_null(idi_degradation_name((idi_degradation)IDI_DEGRADATIONS));
    cr_expect_null(idi_degradation_name((idi_degradation)-1));
    IDI_REFUSED(idi_bitmap_degrade(world.context, NULL, IDI_DEGRADE_BLUR, 0, &out), IDI_ERR_ARG,
                "NULL");
    IDI_REFUSED(idi_bitmap_degrade(world.context, &labels, IDI_DEGRADE_BLUR, 0, &out), IDI_ERR_ARG,
                "want 3 (RGB)");
    labels.channels = 3;
    labels.width = labels.height = 8;
    IDI_REFUSED(idi_bitmap_degrade(world.context, &labels, (idi_degradation)7, 0, &out),
                IDI_ERR_ARG, "no degradation 7");
    cr_expect_null(out.data);
}
