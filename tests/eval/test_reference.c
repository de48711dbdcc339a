/* SPDX-License-Identifier: Apache-2.0 */
/* Every measure against tests/reference/eval_numbers.py, on the same inputs. */
#include "eval/confidence.h"
#include "eval/frechet.h"
#include "eval/image_measures.h"
#include "eval/normal.h"
#include "eval/verification.h"
#include "expect.h"
#include "reference_numbers.h"
#include "support/golden.h"

TestSuite(eval_reference);

enum { MAX_COUNT = 177 * 190 * 3 };

static idi_scores make_scores(const char *key, int64_t count, double centre, double width,
                              double *values)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = floor((centre + width * idi_golden_u(key, i)) * 100 + 0.5) / 100;
    return (idi_scores){values, count};
}

Test(eval_reference, verification)
{
    double g[60], i[500];
    idi_memory *memory = idi_test_memory();
    idi_verification v;
    idi_operating_point point;
    expect_ok(idi_verification_create(memory, make_scores("genuine", 60, 0.55, 0.7, g),
                                      make_scores("impostor", 500, 0.15, 0.9, i), &v));
    expect_near(idi_verification_auc(&v), reference_auc, 1e-15);
    expect_near(idi_verification_eer(&v), reference_eer, 1e-15);
    expect_ok(idi_verification_at_far(&v, 0.01, &point));
    expect_near(point.tar, reference_tar_far_0_01, 0.0);
    expect_ok(idi_verification_at_far(&v, 0.05, &point));
    expect_near(point.tar, reference_tar_far_0_05, 0.0);
    expect_ok(idi_verification_at_far(&v, 0.25, &point));
    expect_near(point.tar, reference_tar_far_0_25, 0.0);
    idi_verification_free(memory, &v);
    idi_test_memory_close(&memory);
}

Test(eval_reference, normal_quantile)
{
    expect_near(idi_normal_quantile(0.975), reference_normal_quantile_0_975, 1e-14);
    expect_near(idi_normal_quantile(1e-3), reference_normal_quantile_1e_3, 1e-14);
    expect_near(idi_normal_quantile(1e-12), reference_normal_quantile_1e_12, 1e-13);
    expect_near(idi_normal_quantile(0.4), reference_normal_quantile_0_4, 1e-14);
}

/* --- pictures --------------------------------------------------------------------------------- */

static idi_tensor make_picture(const char *key, int64_t height, int64_t width, double noise,
                               uint8_t *pixels)
{
    const int64_t row = (width / 8 + 1) * 3;
    for (int64_t i = 0; i < height * width * 3; i++) {
        const int64_t y = i / 3 / width, x = i / 3 % width;
        const double block = idi_golden_u("blocks", y / 8 * row + x / 8 * 3 + i % 3);
        const double value = floor(127.5 + 200 * block + noise * idi_golden_u(key, i));
        pixels[i] = (uint8_t)fmax(0.0, fmin(255.0, value));
    }
    return (idi_tensor){pixels, IDI_U8, idi_shape3(height, width, 3)};
}

Test(eval_reference, small_pictures)
{
    static uint8_t a_pixels[MAX_COUNT], b_pixels[MAX_COUNT], mask[40 * 53];
    static float f_values[40 * 53 * 3];
    idi_memory *memory = idi_test_memory();
    const idi_tensor a = make_picture("a", 40, 53, 40, a_pixels);
    const idi_tensor b = make_picture("b", 40, 53, 70, b_pixels);
    const idi_tensor f = {f_values, IDI_F32, idi_shape3(40, 53, 3)};
    for (int64_t i = 0; i < 40 * 53; i++)
        mask[i] = idi_golden_u("mask", i) > 0.2 ? 7 : 0;
    for (int64_t i = 0; i < 40 * 53 * 3; i++)
        f_values[i] = (float)(idi_golden_u("f", i) * 2.5);
    double value;
    expect_ok(idi_l1(&a, &b, NULL, &value));
    expect_near(value, reference_l1, 1e-14);
    expect_ok(idi_psnr(&a, &b, NULL, &value));
    expect_near(value, reference_psnr, 1e-12);
    expect_ok(idi_psnr(&a, &b, mask, &value));
    expect_near(value, reference_psnr_mask, 1e-12);
    expect_ok(idi_ssim(memory, &a, &b, NULL, IDI_SSIM_RGB, &value));
    expect_near(value, reference_ssim_rgb, 1e-12);
    expect_ok(idi_ssim(memory, &a, &b, NULL, IDI_SSIM_LUMA, &value));
    expect_near(value, reference_ssim_luma, 1e-12);
    expect_ok(idi_ssim(memory, &a, &b, mask, IDI_SSIM_RGB, &value));
    expect_near(value, reference_ssim_mask, 1e-12);
    expect_ok(idi_l1(&a, &f, NULL, &value));
    expect_near(value, reference_l1_float, 1e-14);
    expect_ok(idi_ssim(memory, &a, &f, NULL, IDI_SSIM_RGB, &value));
    expect_near(value, reference_ssim_float, 1e-12);
    idi_test_memory_close(&memory);
}

/* An odd side, so that the repeated edge shows. */
Test(eval_reference, ms_ssim)
{
    static uint8_t a_pixels[MAX_COUNT], b_pixels[MAX_COUNT];
    idi_memory *memory = idi_test_memory();
    const idi_tensor a = make_picture("a", 177, 190, 40, a_pixels);
    const idi_tensor b = make_picture("b", 177, 190, 70, b_pixels);
    double value;
    expect_ok(idi_ms_ssim(memory, &a, &b, IDI_SSIM_RGB, &value));
    expect_near(value, reference_ms_ssim_rgb, 1e-12);
    expect_ok(idi_ms_ssim(memory, &a, &b, IDI_SSIM_LUMA, &value));
    expect_near(value, reference_ms_ssim_luma, 1e-12);
    idi_test_memory_close(&memory);
}

/* --- features --------------------------------------------------------------------------------- */

static double distance(idi_memory *memory, int64_t x_count, int64_t y_count, int64_t dim)
{
    float x[40 * 6], y[50 * 6];
    idi_moments a, b;
    double value;
    for (int64_t i = 0; i < x_count * dim; i++)
        x[i] = (float)(3 + idi_golden_u("x", i) * 2);
    for (int64_t i = 0; i < y_count * dim; i++)
        y[i] = (float)(3 + idi_golden_u("y", i) * 2);
    expect_ok(idi_moments_create(memory, x, x_count, dim, &a));
    expect_ok(idi_moments_create(memory, y, y_count, dim, &b));
    expect_ok(idi_frechet_distance(memory, &a, &b, &value));
    idi_moments_free(memory, &a);
    idi_moments_free(memory, &b);
    return value;
}

Test(eval_reference, frechet)
{
    idi_memory *memory = idi_test_memory();
    expect_near(distance(memory, 40, 50, 6), reference_frechet, 1e-13);
    expect_near(distance(memory, 5, 7, 9), reference_frechet_singular, 1e-12);
    idi_test_memory_close(&memory);
}

/* --- the bootstrap's draws -------------------------------------------------------------------- */

Test(eval_reference, bootstrap)
{
    idi_memory *memory = idi_test_memory();
    idi_bootstrap_options options;
    idi_interval interval;
    double values[40];
    int64_t first[40], second[40];
    idi_bootstrap_init(&options);
    options.seed = 7;
    options.replicates = 200;
    for (int64_t i = 0; i < 31; i++)
        values[i] = idi_golden_u("mean", i);
    expect_ok(idi_bootstrap_mean(memory, &options, (idi_scores){values, 31}, &interval));
    expect_near(interval.low, reference_bootstrap_mean_low, 1e-15);
    expect_near(interval.high, reference_bootstrap_mean_high, 1e-15);

    options.seed = 0x123456789;
    for (int64_t i = 0; i < 40; i++) {
        values[i] = idi_golden_u("pairs", i);
        first[i] = i % 12;
        second[i] = i % 4 == 0 ? i % 12 : (i * 5 + 1 + i / 12) % 12;
    }
    const idi_pair_values pairs = {values, first, second, 40, 12};
    expect_ok(idi_bootstrap_pairs(memory, &options, &pairs, &interval));
    expect_near(interval.low, reference_bootstrap_pairs_low, 1e-15);
    expect_near(interval.high, reference_bootstrap_pairs_high, 1e-15);
    idi_test_memory_close(&memory);
}
