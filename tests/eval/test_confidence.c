/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals: known values, properties, and how often they hold the truth. */
#include "eval/confidence.h"
#include "expect.h"

static idi_memory *memory;

static void open_memory(void)
{
    memory = idi_test_memory();
}

static void close_memory(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(confidence, .init = open_memory, .fini = close_memory);

/* 8 of 10 and 0 of 10 as R's prop.test(correct = FALSE) prints them. */
Test(confidence, wilson_of_known_rates)
{
    idi_interval i;
    expect_ok(idi_wilson(8, 10, 0.95, &i));
    expect_near(i.estimate, 0.8, 1e-15);
    expect_near(i.low, 0.4901625, 1e-7);
    expect_near(i.high, 0.9433178, 1e-7);
    expect_ok(idi_wilson(0, 10, 0.95, &i));
    expect_true(i.low == 0.0);
    expect_near(i.high, 0.2775328, 1e-7);
    expect_ok(idi_wilson(10, 10, 0.95, &i));
    expect_true(i.high == 1.0);
    expect_near(i.low, 1 - 0.2775328, 1e-7);
}

Test(confidence, wilson_refuses)
{
    idi_interval i;
    expect_refused(idi_wilson(3, 2, 0.95, &i), IDI_ERR_ARG, "3 in 2");
    expect_refused(idi_wilson(0, 0, 0.95, &i), IDI_ERR_ARG, "0 in 0");
    expect_refused(idi_wilson(-1, 2, 0.95, &i), IDI_ERR_ARG, "-1 in 2");
    expect_refused(idi_wilson(1, 2, 1.0, &i), IDI_ERR_ARG, "level 1");
}

/* The ends solve |p - end| = z sqrt(end (1 - end) / n). */
Test(confidence, wilson_solves_its_equation)
{
    for (int k = 0; k < 100; k++) {
        const int64_t n = 2 + (int64_t)(fresh(1, k) * 1000);
        const int64_t s = 1 + (int64_t)(fresh(2, k) * (double)(n - 1));
        idi_interval i;
        expect_ok(idi_wilson(s, n, 0.9, &i));
        const double z = 1.6448536269514722;
        expect_near(i.estimate - i.low, z * sqrt(i.low * (1 - i.low) / (double)n), 1e-12);
        expect_near(i.high - i.estimate, z * sqrt(i.high * (1 - i.high) / (double)n), 1e-12);
    }
}

/* --- the bootstrap ---------------------------------------------------------------------------- */

static idi_bootstrap_options options_of(uint64_t seed, int64_t replicates)
{
    idi_bootstrap_options options;
    idi_bootstrap_init(&options);
    options.seed = seed;
    options.replicates = replicates;
    return options;
}

Test(confidence, a_seed_pins_the_interval)
{
    double values[50];
    idi_interval a, b, c;
    const idi_bootstrap_options one = options_of(1, 500), two = options_of(2, 500);
    for (int k = 0; k < 50; k++)
        values[k] = fresh_normal(1, k);
    expect_ok(idi_bootstrap_mean(memory, &one, (idi_scores){values, 50}, &a));
    expect_ok(idi_bootstrap_mean(memory, &one, (idi_scores){values, 50}, &b));
    expect_ok(idi_bootstrap_mean(memory, &two, (idi_scores){values, 50}, &c));
    expect_true(memcmp(&a, &b, sizeof a) == 0);
    expect_true(a.low != c.low && a.estimate == c.estimate);
    expect_true(a.low < a.estimate && a.estimate < a.high);
}

Test(confidence, equal_values_leave_no_doubt)
{
    double values[20];
    int64_t first[20], second[20];
    idi_interval i;
    const idi_bootstrap_options options = options_of(3, 100);
    for (int k = 0; k < 20; k++) {
        values[k] = 0.25;
        first[k] = k % 5;
        second[k] = (k + 1) % 5;
    }
    expect_ok(idi_bootstrap_mean(memory, &options, (idi_scores){values, 20}, &i));
    expect_true(i.low == 0.25 && i.high == 0.25 && i.estimate == 0.25);
    const idi_pair_values pairs = {values, first, second, 20, 5};
    expect_ok(idi_bootstrap_pairs(memory, &options, &pairs, &i));
    expect_true(i.low == 0.25 && i.high == 0.25 && i.estimate == 0.25);
}

/* A mean of 60 values: of 300 intervals, the truth lies in about 95 of 100; the bounds leave four
 * standard errors and the bootstrap's own small-sample shortfall. */
Test(confidence, intervals_of_a_mean_hold_the_truth)
{
    enum { TRIALS = 300, COUNT = 60 };
    int held = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double values[COUNT];
        idi_interval i;
        const idi_bootstrap_options options = options_of((uint64_t)trial, 300);
        for (int k = 0; k < COUNT; k++)
            values[k] = fresh_normal((uint64_t)trial, k);
        expect_ok(idi_bootstrap_mean(memory, &options, (idi_scores){values, COUNT}, &i));
        held += i.low <= 0.0 && 0.0 <= i.high;
    }
    cr_assert(held >= TRIALS * 0.87 && held <= TRIALS * 0.995, "%d of %d (IDI_TEST_SEED=%llu)",
              held, TRIALS, (unsigned long long)test_seed());
}

/* Pairs whose values are mostly their people's: an interval over pairs misses the truth about every
 * second time, the one over people does not. */
Test(confidence, shared_people_widen_the_interval)
{
    enum { TRIALS = 200, PEOPLE = 30, EACH = 4, COUNT = PEOPLE * EACH };
    int held = 0, held_naively = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double values[COUNT];
        int64_t first[COUNT], second[COUNT];
        idi_interval i, naive;
        const idi_bootstrap_options options = options_of((uint64_t)trial, 300);
        const uint64_t stream = (uint64_t)trial;
        for (int k = 0; k < COUNT; k++) {
            first[k] = k % PEOPLE;
            second[k] = (k % PEOPLE + 1 + 7 * (k / PEOPLE)) % PEOPLE;
            values[k] = 0.7 * fresh_normal(stream, first[k]) +
                        0.7 * fresh_normal(stream, second[k]) +
                        0.3 * fresh_normal(stream, 1000 + k);
        }
        const idi_pair_values pairs = {values, first, second, COUNT, PEOPLE};
        expect_ok(idi_bootstrap_pairs(memory, &options, &pairs, &i));
        expect_ok(idi_bootstrap_mean(memory, &options, (idi_scores){values, COUNT}, &naive));
        held += i.low <= 0.0 && 0.0 <= i.high;
        held_naively += naive.low <= 0.0 && 0.0 <= naive.high;
    }
    cr_assert(held >= TRIALS * 0.85, "%d of %d (IDI_TEST_SEED=%llu)", held, TRIALS,
              (unsigned long long)test_seed());
    cr_assert(held_naively <= TRIALS * 0.75, "%d of %d (IDI_TEST_SEED=%llu)", held_naively, TRIALS,
              (unsigned long long)test_seed());
}

/* Genuine pairs alone, one a person, are independent: the same draws as of single values. */
Test(confidence, genuine_pairs_are_one_draw)
{
    double values[25];
    int64_t person[25];
    idi_interval a, b;
    const idi_bootstrap_options options = options_of(5, 200);
    for (int k = 0; k < 25; k++) {
        values[k] = fresh(1, k);
        person[k] = k;
    }
    const idi_pair_values pairs = {values, person, person, 25, 25};
    expect_ok(idi_bootstrap_pairs(memory, &options, &pairs, &a));
    expect_ok(idi_bootstrap_mean(memory, &options, (idi_scores){values, 25}, &b));
    expect_near(a.low, b.low, 1e-14);
    expect_near(a.high, b.high, 1e-14);
}

Test(confidence, people_without_pairs_do_not_count)
{
    const double values[4] = {0.1, 0.9, 0.4, 0.6};
    const int64_t few[4] = {0, 1, 2, 0}, few_second[4] = {1, 2, 0, 0};
    const int64_t many[4] = {3, 70, 500, 3}, many_second[4] = {70, 500, 3, 3};
    idi_interval a, b;
    const idi_bootstrap_options options = options_of(6, 200);
    const idi_pair_values small = {values, few, few_second, 4, 3};
    const idi_pair_values large = {values, many, many_second, 4, 1000};
    expect_ok(idi_bootstrap_pairs(memory, &options, &small, &a));
    expect_ok(idi_bootstrap_pairs(memory, &options, &large, &b));
    expect_true(memcmp(&a, &b, sizeof a) == 0);
}

static double never(const uint32_t *times, void *user)
{
    (void)times;
    return ++*(int *)user == 1 ? 1.0 : (double)NAN;
}

Test(confidence, what_does_not_fit_is_refused)
{
    double values[3] = {0.1, 0.2, NAN};
    const int64_t first[2] = {0, 1}, second[2] = {1, 5};
    idi_interval i;
    int calls = 0;
    idi_bootstrap_options options = options_of(1, 200);
    expect_refused(idi_bootstrap_mean(memory, &options, (idi_scores){values, 3}, &i), IDI_ERR_ARG,
                   "score 2 is");
    expect_refused(idi_bootstrap_mean(memory, &options, (idi_scores){values, 1}, &i), IDI_ERR_ARG,
                   "over 1 units");
    expect_refused(idi_bootstrap(memory, &options, 4, never, &calls, &i), IDI_ERR_NUMERIC,
                   "100 draws in a row");
    calls = 1;
    expect_refused(idi_bootstrap(memory, &options, 4, never, &calls, &i), IDI_ERR_NUMERIC,
                   "on all 4 units");
    const idi_pair_values pairs = {values, first, second, 2, 5};
    expect_refused(idi_bootstrap_pairs(memory, &options, &pairs, &i), IDI_ERR_ARG,
                   "pair 1 is of people 1 and 5");
    const idi_pair_values none = {values, first, second, 0, 5};
    expect_refused(idi_bootstrap_pairs(memory, &options, &none, &i), IDI_ERR_ARG, "no scores");
    options.replicates = 99;
    expect_refused(idi_bootstrap_mean(memory, &options, (idi_scores){values, 2}, &i), IDI_ERR_ARG,
                   "99 replicates");
    options = options_of(1, 200);
    options.level = 0.0;
    expect_refused(idi_bootstrap_mean(memory, &options, (idi_scores){values, 2}, &i), IDI_ERR_ARG,
                   "level 0");
}
