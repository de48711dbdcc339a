/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: thresholds, ROC, AUC and EER against their definitions counted out, and against
 * closed forms. */
#include "eval/normal.h"
#include "eval/verification.h"
#include "expect.h"

enum { GENUINE = 70, IMPOSTOR = 400 };

static idi_memory *memory;

static void open_memory(void)
{
    memory = idi_test_memory();
}

static void close_memory(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(verification, .init = open_memory, .fini = close_memory);

/* Scores on a grid of `steps`, so that many tie. */
static idi_scores make(uint64_t stream, int64_t count, double centre, double steps, double *values)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = floor((centre + fresh(stream, i)) * steps) / steps;
    return (idi_scores){values, count};
}

static double share_above(const double *values, int64_t count, double threshold)
{
    int64_t above = 0;
    for (int64_t i = 0; i < count; i++)
        above += values[i] >= threshold;
    return (double)above / (double)count;
}

Test(verification, auc_is_the_probability_of_the_right_order)
{
    double g[GENUINE], i[IMPOSTOR];
    for (int round = 0; round < 20; round++) {
        idi_verification v;
        const double steps = round % 2 ? 10 : 1e9;
        const idi_scores genuine = make(2 * round, GENUINE, 0.3, steps, g);
        const idi_scores impostor = make(2 * round + 1, IMPOSTOR, 0.0, steps, i);
        double right = 0.0;
        for (int a = 0; a < GENUINE; a++)
            for (int b = 0; b < IMPOSTOR; b++)
                right += g[a] > i[b] ? 1.0 : g[a] == i[b] ? 0.5 : 0.0;
        expect_ok(idi_verification_create(memory, genuine, impostor, &v));
        expect_near(idi_verification_auc(&v), right / GENUINE / IMPOSTOR, 1e-15);
        idi_verification_free(memory, &v);
    }
}

Test(verification, a_threshold_is_the_smallest_that_keeps_the_far)
{
    const double fars[] = {1.0 / IMPOSTOR, 0.01, 0.1, 0.29, 0.5, 0.99};
    double values[IMPOSTOR];
    for (int round = 0; round < 20; round++) {
        const idi_scores impostors =
            make((uint64_t)round, IMPOSTOR, -0.5, round % 2 ? 12 : 1e9, values);
        for (size_t f = 0; f < sizeof fars / sizeof *fars; f++) {
            idi_threshold t;
            expect_ok(idi_threshold_calibrate(memory, impostors, fars[f], &t));
            const double measured = share_above(values, IMPOSTOR, t.value);
            expect_near(t.measured_far, measured, 0.0);
            expect_true(measured <= fars[f] * (1.0 + 1e-12));
            expect_true(share_above(values, IMPOSTOR, nextafter(t.value, -INFINITY)) > fars[f]);
            expect_true(t.far == fars[f] && t.impostors == IMPOSTOR);
            expect_near((double)t.accepted / IMPOSTOR, measured, 0.0);
            if (round % 2 == 0)
                expect_near(measured, floor(fars[f] * IMPOSTOR + 1e-9) / IMPOSTOR, 1e-15);
        }
    }
}

Test(verification, decimal_fars_count_as_written)
{
    double values[100];
    for (int percent = 1; percent < 100; percent++) {
        idi_threshold t;
        for (int i = 0; i < 100; i++)
            values[i] = (i * 37) % 100;
        expect_ok(idi_threshold_calibrate(memory, (idi_scores){values, 100}, percent / 100.0, &t));
        cr_assert_eq(t.accepted, percent);
    }
    cr_assert_eq(idi_impostors_needed(1e-3), 1000);
    cr_assert_eq(idi_impostors_needed(0.3), 4);
    cr_assert_eq(idi_impostors_needed(1e-4), 10000);
}

Test(verification, impostors_that_tie_are_rejected_together)
{
    const double values[] = {0.5, 0.5, 0.5, 0.5, 0.1, 0.2, 0.3, 0.7, 0.0, -0.1};
    idi_threshold t;
    expect_ok(idi_threshold_calibrate(memory, (idi_scores){values, 10}, 0.3, &t));
    cr_assert_eq(t.accepted, 1);
    expect_true(t.value > 0.5 && t.value < 0.5 + 1e-15);
    expect_near(t.measured_far, 0.1, 0.0);
    expect_ok(idi_threshold_calibrate(memory, (idi_scores){values, 10}, 0.5, &t));
    cr_assert_eq(t.accepted, 5);
}

Test(verification, thresholds_that_scores_do_not_support_are_refused)
{
    double values[500] = {0};
    idi_threshold t;
    const idi_scores scores = {values, 500};
    expect_refused(idi_threshold_calibrate(memory, scores, 1e-3, &t), IDI_ERR_ARG,
                   "a FAR of 0.001 needs at least 1000 impostor scores: there are 500");
    expect_refused(idi_threshold_calibrate(memory, scores, 0.00199, &t), IDI_ERR_ARG, "503");
    expect_ok(idi_threshold_calibrate(memory, scores, 0.002, &t));
    expect_refused(idi_threshold_calibrate(memory, scores, 0.0, &t), IDI_ERR_ARG, "a FAR of 0");
    expect_refused(idi_threshold_calibrate(memory, scores, 1.0, &t), IDI_ERR_ARG, "a FAR of 1");
    expect_refused(idi_threshold_calibrate(memory, scores, NAN, &t), IDI_ERR_ARG, "a FAR of");
    expect_refused(idi_threshold_calibrate(memory, scores, 1e-300, &t), IDI_ERR_ARG, "at least");
    expect_refused(idi_threshold_calibrate(memory, (idi_scores){values, 0}, 0.1, &t), IDI_ERR_ARG,
                   "impostors: no scores");
    values[17] = NAN;
    expect_refused(idi_threshold_calibrate(memory, scores, 0.1, &t), IDI_ERR_ARG,
                   "impostors: score 17 is");
}

Test(verification, scores_that_are_not_finite_are_refused)
{
    double good[2] = {0.1, 0.2}, bad[2] = {0.1, INFINITY};
    idi_verification v;
    expect_refused(idi_verification_create(memory, (idi_scores){bad, 2}, (idi_scores){good, 2}, &v),
                   IDI_ERR_ARG, "genuine: score 1 is inf");
    expect_refused(idi_verification_create(memory, (idi_scores){good, 2}, (idi_scores){bad, 2}, &v),
                   IDI_ERR_ARG, "impostors: score 1 is inf");
    cr_assert(!v.genuine && !v.impostor);
}

/* --- EER -------------------------------------------------------------------------------------- */

static double eer_of(idi_scores genuine, idi_scores impostor)
{
    idi_verification v;
    expect_ok(idi_verification_create(memory, genuine, impostor, &v));
    const double eer = idi_verification_eer(&v);
    idi_verification_free(memory, &v);
    return eer;
}

Test(verification, eer_is_the_same_with_sets_exchanged_and_signs_turned)
{
    double g[GENUINE], i[IMPOSTOR];
    for (int round = 0; round < 20; round++) {
        const double steps = round % 2 ? 15 : 1e9;
        const idi_scores genuine = make(2 * round, GENUINE, 0.4, steps, g);
        const idi_scores impostor = make(2 * round + 1, IMPOSTOR, 0.0, steps, i);
        const double eer = eer_of(genuine, impostor);
        for (int k = 0; k < GENUINE; k++)
            g[k] = -g[k];
        for (int k = 0; k < IMPOSTOR; k++)
            i[k] = -i[k];
        expect_near(eer_of(impostor, genuine), eer, 1e-14);
    }
}

Test(verification, eer_of_plain_sets)
{
    double low[3] = {0.1, 0.2, 0.3}, high[3] = {0.4, 0.5, 0.6}, same[4] = {0.5, 0.5, 0.5, 0.5};
    expect_near(eer_of((idi_scores){high, 3}, (idi_scores){low, 3}), 0.0, 0.0);
    expect_near(eer_of((idi_scores){low, 3}, (idi_scores){high, 3}), 1.0, 0.0);
    expect_near(eer_of((idi_scores){same, 4}, (idi_scores){same, 4}), 0.5, 0.0);
    /* One of four each on the wrong side. */
    double g[4] = {0.25, 0.7, 0.8, 0.9}, i[4] = {0.75, 0.1, 0.2, 0.0};
    expect_near(eer_of((idi_scores){g, 4}, (idi_scores){i, 4}), 0.25, 1e-15);
}

/* Normal scores of distance d: EER is P(Z <= -d/2), AUC P(Z <= d/sqrt 2). Five standard errors. */
Test(verification, normal_scores_give_the_known_rates)
{
    enum { COUNT = 20000 };
    static double g[COUNT], i[COUNT];
    idi_verification v;
    const double d = 2.0;
    for (int k = 0; k < COUNT; k++) {
        g[k] = fresh_normal(1, k) + d;
        i[k] = fresh_normal(2, k);
    }
    expect_ok(idi_verification_create(memory, (idi_scores){g, COUNT}, (idi_scores){i, COUNT}, &v));
    expect_near(idi_verification_eer(&v), erfc(d / 2 / sqrt(2.0)) / 2, 5 * 0.0026 / sqrt(2.0));
    expect_near(idi_verification_auc(&v), erfc(-d / 2) / 2, 5 * 0.0018);
    idi_verification_free(memory, &v);
}

/* --- curves ----------------------------------------------------------------------------------- */

Test(verification, the_roc_has_a_point_for_each_distinct_score)
{
    double g[GENUINE], i[IMPOSTOR], area = 0.0;
    idi_verification v;
    idi_operating_point *roc;
    int64_t count;
    expect_ok(idi_verification_create(memory, make(1, GENUINE, 0.4, 25, g),
                                      make(2, IMPOSTOR, 0.0, 25, i), &v));
    expect_ok(idi_verification_roc(memory, &v, &roc, &count));
    expect_true(roc[0].far == 0.0 && roc[0].tar == 0.0 && isinf(roc[0].threshold));
    expect_true(roc[count - 1].far == 1.0 && roc[count - 1].tar == 1.0);
    for (int64_t k = 1; k < count; k++) {
        const idi_operating_point at = idi_verification_at(&v, roc[k].threshold);
        expect_true(roc[k].threshold < roc[k - 1].threshold);
        expect_true(roc[k].far + roc[k].tar > roc[k - 1].far + roc[k - 1].tar);
        expect_near(at.far, share_above(i, IMPOSTOR, roc[k].threshold), 0.0);
        expect_near(at.tar, share_above(g, GENUINE, roc[k].threshold), 0.0);
        expect_true(at.far == roc[k].far && at.tar == roc[k].tar);
        area += (roc[k].far - roc[k - 1].far) * (roc[k].tar + roc[k - 1].tar) / 2;
    }
    expect_near(area, idi_verification_auc(&v), 1e-14);
    expect_true(count <= 36 + 1); /* the grid holds no more scores between 0 and 1.4 */
    idi_free(memory, roc);
    idi_verification_free(memory, &v);
}

Test(verification, det_axes_are_normal_deviates)
{
    const idi_det_point p = idi_det_of((idi_operating_point){0.0, 0.025, 0.5});
    expect_near(p.far, -1.959963984540054, 1e-14);
    expect_near(p.frr, 0.0, 1e-15);
    const idi_det_point ends = idi_det_of((idi_operating_point){0.0, 0.0, 0.0});
    expect_true(isinf(ends.far) && ends.far < 0 && isinf(ends.frr) && ends.frr > 0);
    for (int k = 0; k < 1000; k++) {
        const double rate = fresh(1, k);
        if (rate > 0.0) expect_near(erfc(-idi_normal_quantile(rate) / sqrt(2.0)) / 2, rate, 1e-14);
    }
    expect_true(isnan(idi_normal_quantile(-0.1)) && isnan(idi_normal_quantile(NAN)));
    /* Tails: the quantile of 1e-300. */
    expect_near(idi_normal_quantile(1e-300), -37.0471, 1e-4);
}

Test(verification, cosines)
{
    const float a[3] = {3.0f, 0.0f, 4.0f}, b[3] = {0.0f, 2.0f, 0.0f}, zero[3] = {0};
    double cosine;
    expect_ok(idi_cosine(a, a, 3, &cosine));
    expect_near(cosine, 1.0, 0.0);
    expect_ok(idi_cosine(a, b, 3, &cosine));
    expect_near(cosine, 0.0, 0.0);
    const float c[3] = {-6.0f, 0.0f, -8.0f};
    expect_ok(idi_cosine(a, c, 3, &cosine));
    expect_near(cosine, -1.0, 1e-15);
    expect_refused(idi_cosine(a, zero, 3, &cosine), IDI_ERR_NUMERIC, "lengths 5 and 0");
    const float bad[3] = {NAN, 0.0f, 0.0f};
    expect_refused(idi_cosine(a, bad, 3, &cosine), IDI_ERR_NUMERIC, "lengths 5 and");
}
