/* SPDX-License-Identifier: Apache-2.0 */
/* Degradations against formulas over the whole plane, constants that are kept, errors that grow
 * with what is done, refusals. */
#include "eval/degrade.h"
#include "expect.h"

enum { MOST = 64 };

static idi_memory *memory;
static uint8_t pixels[MOST * MOST * 3];
static idi_image picture = {pixels, MOST, MOST, 3};

/* Noise of single pixels upon a slope, so that neither direction is like the other. */
static void open_picture(void)
{
    memory = idi_test_memory();
    for (int i = 0; i < MOST * MOST * 3; i++)
        pixels[i] = (uint8_t)(96.0 * fresh(1, i) + 2.0 * (i / 3 % MOST) + 0.4 * (i / 3 / MOST));
}

static void close_picture(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(degrade, .init = open_picture, .fini = close_picture);

static double at(int64_t x, int64_t y, int64_t c)
{
    x = x < 0 ? 0 : x >= picture.width ? picture.width - 1 : x;
    y = y < 0 ? 0 : y >= picture.height ? picture.height - 1 : y;
    return pixels[(y * picture.width + x) * 3 + c];
}

static double mean_error(const idi_image *other)
{
    double sum = 0.0;
    const int64_t count = picture.width * picture.height * 3;
    for (int64_t i = 0; i < count; i++)
        sum += fabs((double)pixels[i] - (double)other->pixels[i]);
    return sum / (double)count;
}

/* Of what a call made of the picture. */
static double error_of(idi_status status, idi_image *out)
{
    cr_assert(status == IDI_OK, "%s", idi_last_error());
    cr_assert(out->width == picture.width && out->height == picture.height && out->channels == 3);
    const double error = mean_error(out);
    idi_image_free(memory, out);
    return error;
}

static double jpeg_error(int quality)
{
    idi_image out;
    return error_of(idi_degrade_jpeg(memory, &picture, quality, &out), &out);
}

/* Rounded from within half a step of the formula's number. */
static void expect_formula(const idi_image *out, double (*wanted)(int64_t, int64_t, int64_t))
{
    for (int64_t y = 0; y < picture.height; y++)
        for (int64_t x = 0; x < picture.width; x++)
            for (int64_t c = 0; c < 3; c++) {
                const double got = out->pixels[(y * picture.width + x) * 3 + c];
                cr_assert(fabs(got - wanted(x, y, c)) <= 0.5 + 1e-9, "(%d, %d): %g, want %g",
                          (int)x, (int)y, got, wanted(x, y, c));
            }
}

static double blur_sigma;

/* The two-dimensional sum over the same square. */
static double blurred(int64_t x, int64_t y, int64_t c)
{
    const int64_t reach = (int64_t)ceil(4.0 * blur_sigma);
    double sum = 0.0, weights = 0.0;
    for (int64_t v = -reach; v <= reach; v++)
        for (int64_t u = -reach; u <= reach; u++) {
            const double weight = exp(-(double)(u * u + v * v) / (2.0 * blur_sigma * blur_sigma));
            sum += weight * at(x + u, y + v, c);
            weights += weight;
        }
    return sum / weights;
}

Test(degrade, blur_is_the_sum_over_the_plane)
{
    idi_image out;
    const int64_t widths[3] = {1, 17, 30}, heights[3] = {5, 17, 2};
    for (int i = 0; i < 3; i++) {
        picture.width = widths[i];
        picture.height = heights[i];
        blur_sigma = 0.5 + 0.6 * i;
        expect_ok(idi_degrade_blur(memory, &picture, blur_sigma, &out));
        expect_formula(&out, blurred);
        idi_image_free(memory, &out);
    }
}

/* Where an output pixel's centre lies between the centres of blocks of 2 x 2. */
static double mean_of_block(int64_t x, int64_t y, int64_t c)
{
    const int64_t last_x = (picture.width - 1) / 2, last_y = (picture.height - 1) / 2;
    x = 2 * (x < 0 ? 0 : x > last_x ? last_x : x);
    y = 2 * (y < 0 ? 0 : y > last_y ? last_y : y);
    return (at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c)) / 4.0;
}

static double halved(int64_t x, int64_t y, int64_t c)
{
    const double u = ((double)x + 0.5) / 2.0 - 0.5, v = ((double)y + 0.5) / 2.0 - 0.5;
    const int64_t left = (int64_t)floor(u), top = (int64_t)floor(v);
    const double right_part = u - (double)left, low_part = v - (double)top;
    const double upper = (1.0 - right_part) * mean_of_block(left, top, c) +
                         right_part * mean_of_block(left + 1, top, c);
    const double lower = (1.0 - right_part) * mean_of_block(left, top + 1, c) +
                         right_part * mean_of_block(left + 1, top + 1, c);
    return (1.0 - low_part) * upper + low_part * lower;
}

Test(degrade, half_is_area_and_bilinear)
{
    idi_image out;
    const int64_t widths[3] = {1, 17, 30}, heights[3] = {5, 17, 2};
    for (int i = 0; i < 3; i++) {
        picture.width = widths[i];
        picture.height = heights[i];
        expect_ok(idi_degrade_half(memory, &picture, &out));
        expect_formula(&out, halved);
        idi_image_free(memory, &out);
    }
}

/* A flat picture is left alone by all but noise, by JPEG to within what its colours cost. */
Test(degrade, constants_are_kept)
{
    const uint8_t colour[3] = {90, 140, 200};
    idi_image out;
    for (int i = 0; i < MOST * MOST * 3; i++)
        pixels[i] = colour[i % 3];
    cr_assert_eq(error_of(idi_degrade_half(memory, &picture, &out), &out), 0.0);
    cr_assert_eq(error_of(idi_degrade_blur(memory, &picture, 1.0, &out), &out), 0.0);
    cr_assert_leq(jpeg_error(90), 3.0);
    cr_assert_leq(jpeg_error(50), 6.0);
    cr_assert_gt(error_of(idi_degrade_noise(memory, &picture, 5.0, 7, &out), &out), 3.0);
}

Test(degrade, jpeg_loses_more_at_lower_quality)
{
    const double fine = jpeg_error(90), middle = jpeg_error(70), coarse = jpeg_error(50);
    cr_assert(0.0 < fine && fine < middle && middle < coarse, "%g, %g, %g", fine, middle, coarse);
}

/* Of 12288 numbers: mean and deviation within five standard errors, and rounding's own variance. */
Test(degrade, noise_has_its_deviation)
{
    idi_image out;
    double sum = 0.0, squares = 0.0;
    const int count = MOST * MOST * 3;
    memset(pixels, 128, sizeof pixels);
    expect_ok(idi_degrade_noise(memory, &picture, 5.0, test_seed(), &out));
    for (int i = 0; i < count; i++) {
        sum += out.pixels[i] - 128.0;
        squares += (out.pixels[i] - 128.0) * (out.pixels[i] - 128.0);
    }
    expect_near(sum / count, 0.0, 5.0 * 5.0 / sqrt(count));
    expect_near(squares / count, 25.0 + 1.0 / 12.0, 5.0 * 25.0 * sqrt(2.0 / count));
    idi_image_free(memory, &out);
}

Test(degrade, noise_follows_from_its_seed)
{
    idi_image a, b, other;
    expect_ok(idi_degrade_noise(memory, &picture, 5.0, 7, &a));
    expect_ok(idi_degrade_noise(memory, &picture, 5.0, 7, &b));
    expect_ok(idi_degrade_noise(memory, &picture, 5.0, 8, &other));
    cr_assert_arr_eq(a.pixels, b.pixels, sizeof pixels);
    cr_assert(memcmp(a.pixels, other.pixels, sizeof pixels) != 0);
    idi_image_free(memory, &a);
    idi_image_free(memory, &b);
    idi_image_free(memory, &other);
}

Test(degrade, refuses)
{
    idi_image out;
    const idi_image gray = {pixels, 8, 8, 1};
    expect_refused(idi_degrade_jpeg(memory, &gray, 90, &out), IDI_ERR_ARG, "1 channels, want 3");
    expect_refused(idi_degrade_jpeg(memory, &picture, 0, &out), IDI_ERR_ARG, "quality 0");
    expect_refused(idi_degrade_half(memory, &gray, &out), IDI_ERR_ARG, "1 channels, want 3");
    expect_refused(idi_degrade_noise(memory, &gray, 1.0, 0, &out), IDI_ERR_ARG, "1 channels");
    expect_refused(idi_degrade_blur(memory, &picture, 0.0, &out), IDI_ERR_ARG, "more than 0");
    cr_assert_null(out.pixels);
}
