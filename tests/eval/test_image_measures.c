/* SPDX-License-Identifier: Apache-2.0 */
/* L1, PSNR, SSIM, MS-SSIM: closed forms, properties, refusals. test_reference.c has the numbers. */
#include "eval/image_measures.h"
#include "expect.h"

enum { HEIGHT = 37, WIDTH = 29, PIXELS = HEIGHT * WIDTH, VALUES = PIXELS * 3 };

static idi_memory *memory;
static uint8_t a_pixels[VALUES], b_pixels[VALUES], mask[PIXELS];
static float f_values[VALUES];
static const idi_tensor a = {a_pixels, IDI_U8, {3, {HEIGHT, WIDTH, 3, 1}}};
static const idi_tensor b = {b_pixels, IDI_U8, {3, {HEIGHT, WIDTH, 3, 1}}};
static const idi_tensor f = {f_values, IDI_F32, {3, {HEIGHT, WIDTH, 3, 1}}};

static void open_pictures(void)
{
    memory = idi_test_memory();
    for (int i = 0; i < VALUES; i++) {
        a_pixels[i] = (uint8_t)(fresh(1, i) * 256);
        b_pixels[i] = (uint8_t)(fresh(2, i) * 256);
    }
}

static void close_pictures(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(image_measures, .init = open_pictures, .fini = close_pictures);

static double ssim(const idi_tensor *x, const idi_tensor *y, const uint8_t *inside,
                   idi_ssim_channels channels)
{
    double value;
    expect_ok(idi_ssim(memory, x, y, inside, channels, &value));
    return value;
}

Test(image_measures, equal_pictures)
{
    double value;
    expect_ok(idi_l1(&a, &a, NULL, &value));
    expect_true(value == 0.0);
    expect_ok(idi_psnr(&a, &a, NULL, &value));
    expect_true(isinf(value) && value > 0.0);
    expect_true(ssim(&a, &a, NULL, IDI_SSIM_RGB) == 1.0);
    expect_true(ssim(&a, &a, NULL, IDI_SSIM_LUMA) == 1.0);
}

Test(image_measures, flat_pictures_have_closed_forms)
{
    double value;
    memset(a_pixels, 100, sizeof a_pixels);
    memset(b_pixels, 110, sizeof b_pixels);
    expect_ok(idi_l1(&a, &b, NULL, &value));
    expect_near(value, 10.0 / 255, 1e-15);
    expect_ok(idi_psnr(&a, &b, NULL, &value));
    expect_near(value, 20 * log10(25.5), 1e-12);
    const double c1 = 2.55 * 2.55;
    const double wanted = (2 * 100 * 110 + c1) / (100 * 100 + 110 * 110 + c1);
    expect_near(ssim(&a, &b, NULL, IDI_SSIM_RGB), wanted, 1e-12);
    expect_near(ssim(&a, &b, NULL, IDI_SSIM_LUMA), wanted, 1e-12);
}

Test(image_measures, order_does_not_matter)
{
    double ab, ba;
    expect_ok(idi_psnr(&a, &b, NULL, &ab));
    expect_ok(idi_psnr(&b, &a, NULL, &ba));
    expect_true(ab == ba);
    expect_near(ssim(&a, &b, NULL, IDI_SSIM_RGB), ssim(&b, &a, NULL, IDI_SSIM_RGB), 1e-14);
}

Test(image_measures, bytes_and_floats_of_the_same_picture_are_equal)
{
    double bytes, floats;
    for (int i = 0; i < VALUES; i++)
        f_values[i] = (float)((a_pixels[i] / 255.0 - 0.5) / 0.5);
    expect_ok(idi_l1(&a, &f, NULL, &floats));
    expect_near(floats, 0.0, 1e-7);
    expect_near(ssim(&a, &f, NULL, IDI_SSIM_RGB), 1.0, 1e-9);
    expect_ok(idi_psnr(&b, &a, NULL, &bytes));
    expect_ok(idi_psnr(&b, &f, NULL, &floats));
    expect_near(floats, bytes, 1e-5);
}

Test(image_measures, floats_outside_the_range_are_clipped)
{
    double value;
    memset(a_pixels, 255, sizeof a_pixels);
    for (int i = 0; i < VALUES; i++)
        f_values[i] = 1.0f + (float)fresh(3, i);
    expect_ok(idi_l1(&a, &f, NULL, &value));
    expect_true(value == 0.0);
}

/* --- masks ------------------------------------------------------------------------------------ */

Test(image_measures, a_mask_of_everything_is_no_mask)
{
    double with, without;
    memset(mask, 255, sizeof mask);
    expect_ok(idi_l1(&a, &b, mask, &with));
    expect_ok(idi_l1(&a, &b, NULL, &without));
    expect_true(with == without);
    expect_true(ssim(&a, &b, mask, IDI_SSIM_RGB) == ssim(&a, &b, NULL, IDI_SSIM_RGB));
}

/* Pictures that differ left of column 12 alone: beyond column 16 no window sees it. */
Test(image_measures, a_mask_leaves_out_what_is_outside)
{
    double value;
    for (int i = 0; i < VALUES; i++) {
        if (i / 3 % WIDTH >= 12) b_pixels[i] = a_pixels[i];
        mask[i / 3] = i / 3 % WIDTH >= 17;
    }
    expect_ok(idi_l1(&a, &b, mask, &value));
    expect_true(value == 0.0);
    expect_true(ssim(&a, &b, mask, IDI_SSIM_RGB) == 1.0);
    expect_true(ssim(&a, &b, NULL, IDI_SSIM_RGB) < 1.0);
}

/* The two halves' means, by their sizes, are the whole's. */
Test(image_measures, a_mask_and_its_complement_make_the_whole)
{
    uint8_t other[PIXELS];
    double inside, outside;
    int64_t border_free = 0;
    int64_t counted = 0;
    for (int i = 0; i < PIXELS; i++) {
        const int x = i % WIDTH, y = i / WIDTH;
        mask[i] = fresh(5, i) < 0.3;
        other[i] = !mask[i];
        if (x < 5 || x >= WIDTH - 5 || y < 5 || y >= HEIGHT - 5) continue;
        border_free++;
        counted += mask[i];
    }
    inside = ssim(&a, &b, mask, IDI_SSIM_LUMA) * (double)counted;
    outside = ssim(&a, &b, other, IDI_SSIM_LUMA) * (double)(border_free - counted);
    expect_near((inside + outside) / (double)border_free, ssim(&a, &b, NULL, IDI_SSIM_LUMA), 1e-13);
}

/* --- refusals --------------------------------------------------------------------------------- */

Test(image_measures, what_does_not_fit_is_refused)
{
    double value;
    idi_tensor wrong = b;
    wrong.shape = idi_shape3(WIDTH, HEIGHT, 3);
    expect_refused(idi_l1(&a, &wrong, NULL, &value), IDI_ERR_SHAPE,
                   "[37, 29, 3] and [29, 37, 3] cannot be compared");
    wrong.shape = idi_shape3(HEIGHT, WIDTH, 1);
    expect_refused(idi_psnr(&wrong, &a, NULL, &value), IDI_ERR_SHAPE, "want [height, width, 3]");
    wrong = b;
    wrong.dtype = IDI_F64;
    expect_refused(idi_psnr(&wrong, &a, NULL, &value), IDI_ERR_SHAPE, "want u8 or f32");
    memset(f_values, 0, sizeof f_values);
    f_values[(3 * WIDTH + 7) * 3 + 2] = NAN;
    expect_refused(idi_ssim(memory, &a, &f, NULL, IDI_SSIM_RGB, &value), IDI_ERR_NUMERIC,
                   "at (7, 3), channel 2");
    memset(mask, 0, sizeof mask);
    expect_refused(idi_l1(&a, &b, mask, &value), IDI_ERR_ARG, "no pixel counts");
    mask[4 * WIDTH + 10] = 1; /* inside the border */
    expect_refused(idi_ssim(memory, &a, &b, mask, IDI_SSIM_RGB, &value), IDI_ERR_ARG,
                   "further than 5 pixels");
    mask[5 * WIDTH + 10] = 1;
    expect_ok(idi_ssim(memory, &a, &b, mask, IDI_SSIM_RGB, &value));
    const idi_tensor small_a = {a_pixels, IDI_U8, idi_shape3(10, 40, 3)};
    expect_refused(idi_ssim(memory, &small_a, &small_a, NULL, IDI_SSIM_RGB, &value), IDI_ERR_SHAPE,
                   "want sides of at least 11");
    expect_refused(idi_ms_ssim(memory, &a, &b, IDI_SSIM_RGB, &value), IDI_ERR_SHAPE,
                   "want sides of at least 176");
}

Test(image_measures, one_window)
{
    const idi_tensor x = {a_pixels, IDI_U8, idi_shape3(11, 11, 3)};
    const idi_tensor y = {b_pixels, IDI_U8, idi_shape3(11, 11, 3)};
    expect_true(ssim(&x, &x, NULL, IDI_SSIM_RGB) == 1.0);
    expect_true(fabs(ssim(&x, &y, NULL, IDI_SSIM_RGB)) < 1.0);
}

/* --- MS-SSIM ---------------------------------------------------------------------------------- */

Test(image_measures, ms_ssim_falls_with_noise)
{
    enum { SIDE = 176, COUNT = SIDE * SIDE * 3 };
    static uint8_t clean[COUNT], noisy[COUNT];
    const idi_tensor x = {clean, IDI_U8, idi_shape3(SIDE, SIDE, 3)};
    const idi_tensor y = {noisy, IDI_U8, idi_shape3(SIDE, SIDE, 3)};
    double before = 1.0, value;
    for (int i = 0; i < COUNT; i++)
        clean[i] = noisy[i] = (uint8_t)(64 + 128 * ((i / 3 % SIDE / 16 + i / 3 / SIDE / 16) % 2));
    expect_ok(idi_ms_ssim(memory, &x, &x, IDI_SSIM_RGB, &value));
    expect_true(value == 1.0);
    for (int level = 1; level <= 3; level++) {
        for (int i = 0; i < COUNT; i++)
            noisy[i] = (uint8_t)(clean[i] + 20 * level * (fresh(1, i) - 0.5));
        expect_ok(idi_ms_ssim(memory, &x, &y, IDI_SSIM_RGB, &value));
        expect_true(value < before && value > 0.0);
        before = value;
    }
    for (int i = 0; i < COUNT; i++)
        noisy[i] = (uint8_t)(255 - clean[i]);
    expect_ok(idi_ms_ssim(memory, &x, &y, IDI_SSIM_RGB, &value));
    expect_true(value == 0.0); /* negative contrast terms */
}
