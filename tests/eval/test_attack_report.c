/* SPDX-License-Identifier: Apache-2.0 */
/* Attack reports: planted scores give planted rates, means leave out what is not a number, looks
 * are those of the measures, and recolouring moves mean colours and nothing else. */
#include "eval/attack_report.h"
#include "eval/image_measures.h"
#include "expect.h"

enum { PAIRS = 40, PEOPLE = 8, SIDE = 24, PIXELS = SIDE * SIDE };

static idi_memory *memory;
static int64_t first[PAIRS], second[PAIRS];
static double rows[IDI_ATTACK_ROWS * PAIRS];
static idi_bootstrap_options options;
static const idi_attack_people people = {first, second, PAIRS, PEOPLE};

static void open_pairs(void)
{
    memory = idi_test_memory();
    idi_bootstrap_init(&options);
    options.replicates = 200;
    for (int i = 0; i < PAIRS; i++) {
        first[i] = i % PEOPLE;
        second[i] = (i + 1 + i / PEOPLE) % PEOPLE;
    }
}

static void close_pairs(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(attack_report, .init = open_pairs, .fini = close_pairs);

static idi_recogniser_report calibrated(double threshold)
{
    idi_recogniser_report r = {0};
    r.at[0].is_supported = true;
    r.at[0].threshold.value = threshold;
    return r;
}

Test(attack_report, rates_are_those_of_the_scores)
{
    idi_attack_verdict v;
    const idi_recogniser_report r = calibrated(0.5);
    double success = 0.0, passes = 0.0, both = 0.0, sum[IDI_ATTACK_ROWS] = {0};
    for (int64_t i = 0; i < IDI_ATTACK_ROWS * PAIRS; i++) {
        rows[i] = fresh(1, i);
        sum[i / PAIRS] += rows[i];
    }
    for (int i = 0; i < PAIRS; i++) {
        const bool is_second = rows[IDI_TO_SECOND * PAIRS + i] >= 0.5;
        const bool is_first = rows[IDI_TO_FIRST * PAIRS + i] >= 0.5;
        success += is_second;
        passes += is_first;
        both += is_second && is_first;
    }
    expect_ok(idi_attack_judge(memory, &people, rows, &r, &options, &v));
    for (int i = 0; i < IDI_ATTACK_ROWS; i++)
        expect_near(v.mean[i].estimate, sum[i] / PAIRS, 1e-14);
    const idi_interval *at = v.outcome[0];
    expect_near(at[IDI_OUTCOME_SUCCESS].estimate, success / PAIRS, 1e-15);
    expect_near(at[IDI_OUTCOME_PASSES].estimate, passes / PAIRS, 1e-15);
    expect_near(at[IDI_OUTCOME_DODGES].estimate, 1.0 - passes / PAIRS, 1e-15);
    expect_near(at[IDI_OUTCOME_MATCHES_BOTH].estimate, both / PAIRS, 1e-15);
    expect_true(at[0].low <= at[0].estimate && at[0].estimate <= at[0].high);
    expect_true(v.outcome[1][0].estimate == 0.0 && v.outcome[1][0].high == 0.0);
}

Test(attack_report, perfect_attacks_always_succeed)
{
    idi_attack_verdict v;
    const idi_recogniser_report r = calibrated(0.9);
    for (int i = 0; i < PAIRS; i++) {
        rows[IDI_TO_SECOND * PAIRS + i] = 0.9; /* at the threshold is accepted */
        rows[IDI_TO_FIRST * PAIRS + i] = -0.1;
    }
    expect_ok(idi_attack_judge(memory, &people, rows, &r, &options, &v));
    expect_true(v.outcome[0][IDI_OUTCOME_SUCCESS].estimate == 1.0);
    expect_true(v.outcome[0][IDI_OUTCOME_SUCCESS].low == 1.0);
    expect_true(v.outcome[0][IDI_OUTCOME_PASSES].estimate == 0.0);
    expect_true(v.outcome[0][IDI_OUTCOME_DODGES].estimate == 1.0);
    expect_true(v.outcome[0][IDI_OUTCOME_MATCHES_BOTH].estimate == 0.0);
}

Test(attack_report, means_leave_out_what_is_missing)
{
    double values[PAIRS], sum = 0.0;
    idi_interval mean;
    int64_t used;
    for (int i = 0; i < PAIRS; i++) {
        values[i] = i % 5 ? fresh(2, i) : (double)NAN;
        sum += i % 5 ? values[i] : 0.0;
    }
    expect_ok(idi_attack_mean(memory, &people, values, &options, &mean, &used));
    expect_true(used == PAIRS - PAIRS / 5);
    expect_near(mean.estimate, sum / (double)used, 1e-14);
    for (int i = 0; i < PAIRS; i++)
        values[i] = (double)NAN;
    expect_ok(idi_attack_mean(memory, &people, values, &options, &mean, &used));
    expect_true(used == 0 && mean.estimate == 0.0);
}

/* Two noisy pictures, and a face in the middle of background. */
static void draw(uint8_t *a, uint8_t *b, uint8_t *labels)
{
    for (int64_t i = 0; i < 3 * PIXELS; i++) {
        a[i] = (uint8_t)(fresh(3, i) * 256.0);
        b[i] = (uint8_t)(a[i] / 2 + fresh(4, i) * 100.0);
    }
    for (int i = 0; i < PIXELS; i++)
        labels[i] = i / SIDE >= 8 && i / SIDE < 16 && i % SIDE >= 8 && i % SIDE < 16;
}

Test(attack_report, looks_are_those_of_the_measures)
{
    static uint8_t a[3 * PIXELS], b[3 * PIXELS], labels[PIXELS];
    const idi_tensor x = {a, IDI_U8, idi_shape3(SIDE, SIDE, 3)};
    const idi_tensor y = {b, IDI_U8, idi_shape3(SIDE, SIDE, 3)};
    double look[IDI_LOOKS], ssim, psnr, l1;
    draw(a, b, labels);
    expect_ok(idi_look_measure(memory, &x, &y, labels, look));
    expect_ok(idi_ssim(memory, &x, &y, NULL, IDI_SSIM_RGB, &ssim));
    expect_ok(idi_psnr(&x, &y, NULL, &psnr));
    expect_ok(idi_l1(&x, &y, NULL, &l1));
    expect_true(look[IDI_LOOK_SSIM] == ssim && look[IDI_LOOK_L1] == l1);
    expect_near(idi_psnr_of_mse(look[IDI_LOOK_MSE]), psnr, 1e-10);
    expect_ok(idi_ssim(memory, &x, &y, labels, IDI_SSIM_RGB, &ssim));
    expect_ok(idi_psnr(&x, &y, labels, &psnr));
    expect_true(look[IDI_LOOK_SSIM_FACE] == ssim);
    expect_near(idi_psnr_of_mse(look[IDI_LOOK_MSE_FACE]), psnr, 1e-10);
    expect_ok(idi_look_measure(memory, &x, &x, labels, look));
    expect_true(look[IDI_LOOK_SSIM_FACE] == 1.0 && look[IDI_LOOK_MSE] == 0.0);
    memset(labels, 0, sizeof labels);
    labels[0] = 1; /* a face where SSIM has no value */
    expect_ok(idi_look_measure(memory, &x, &y, labels, look));
    expect_true(isnan(look[IDI_LOOK_SSIM_FACE]) && !isnan(look[IDI_LOOK_MSE_FACE]));
    labels[0] = 14; /* a hat is no face */
    expect_ok(idi_look_measure(memory, &x, &y, labels, look));
    expect_true(isnan(look[IDI_LOOK_SSIM_FACE]) && isnan(look[IDI_LOOK_MSE_FACE]));
}

static double mean_of(const uint8_t *rgb, const uint8_t *labels, uint8_t label, int channel)
{
    double sum = 0.0, count = 0.0;
    for (int i = 0; i < PIXELS; i++) {
        sum += labels[i] == label ? rgb[3 * i + channel] : 0;
        count += labels[i] == label;
    }
    return sum / count;
}

Test(attack_report, recolouring_moves_means_and_nothing_else)
{
    static uint8_t a[3 * PIXELS], b[3 * PIXELS], ours[PIXELS], theirs[PIXELS], out[3 * PIXELS];
    for (int64_t i = 0; i < 3 * PIXELS; i++) { /* far enough from 0 and 255 not to be clipped */
        a[i] = (uint8_t)(90 + fresh(5, i) * 20.0);
        b[i] = (uint8_t)(130 + fresh(6, i) * 60.0);
    }
    for (int i = 0; i < PIXELS; i++) { /* background, skin, hair, an eye; they have no hair */
        ours[i] = (uint8_t[]){0, 1, 13, 4}[i % 4];
        theirs[i] = i % 3 == 0;
    }
    idi_recolour(a, ours, b, theirs, PIXELS, out);
    for (int c = 0; c < 3; c++)
        expect_near(mean_of(out, ours, 1, c), mean_of(b, theirs, 1, c), 0.51);
    for (int64_t i = 0; i < 3 * PIXELS; i++)
        if (ours[i / 3] != 1) expect_true(out[i] == a[i]);
    theirs[5] = 13;
    idi_recolour(a, ours, b, theirs, PIXELS, out);
    for (int c = 0; c < 3; c++)
        expect_near(mean_of(out, ours, 13, c), b[3 * 5 + c], 0.51);
}
