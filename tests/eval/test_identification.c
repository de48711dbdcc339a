/* SPDX-License-Identifier: Apache-2.0 */
/* Identification and attack outcomes: small cases by hand, random ones counted out. */
#include "eval/attack.h"
#include "eval/identification.h"
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

TestSuite(identification, .init = open_memory, .fini = close_memory);
TestSuite(attack);

/* Person 1 has two photographs; the fourth probe's are tied with person 0's. */
static const double similarity[4][4] = {
    {0.9, 0.1, 0.2, 0.3}, {0.8, 0.1, 0.7, 0.9}, {0.8, 0.7, 0.1, 0.9}, {0.5, 0.5, 0.1, 0.0}};
static const int64_t gallery_person[4] = {0, 1, 1, 2};

Test(identification, ranks_by_the_best_photograph_with_ties_against_the_probe)
{
    const int64_t probe_person[4] = {0, 1, 2, 1};
    const idi_identification in = {similarity[0], probe_person, gallery_person, NULL, 4, 4, 3};
    int64_t ranks[4];
    expect_ok(idi_identification_ranks(memory, &in, ranks));
    const int64_t wanted[4] = {1, 3, 1, 2};
    cr_assert_arr_eq(ranks, wanted, sizeof wanted);
    expect_near(idi_rank_rate(ranks, 4, 1), 0.5, 0.0);
    expect_near(idi_rank_rate(ranks, 4, 2), 0.75, 0.0);
    expect_near(idi_rank_rate(ranks, 4, 3), 1.0, 0.0);
    expect_true(isnan(idi_rank_rate(ranks, 0, 1)));
}

Test(identification, a_probe_does_not_find_itself)
{
    const int64_t probe_person[1] = {1}, skipped[1] = {2};
    idi_identification in = {similarity[1], probe_person, gallery_person, skipped, 1, 4, 3};
    int64_t rank;
    expect_ok(idi_identification_ranks(memory, &in, &rank));
    cr_assert_eq(rank, 3);
    const int64_t only[1] = {3}, person_2[1] = {2};
    in.skipped = only;
    in.probe_person = person_2;
    expect_refused(idi_identification_ranks(memory, &in, &rank), IDI_ERR_ARG,
                   "probe 0: person 2 has no other photograph");
}

Test(identification, random_ranks_are_counted_out)
{
    enum { PROBES = 40, GALLERY = 60, PEOPLE = 20 };
    double s[PROBES * GALLERY];
    int64_t probe[PROBES], gallery[GALLERY], ranks[PROBES];
    for (int64_t i = 0; i < PROBES * GALLERY; i++)
        s[i] = floor(fresh(1, i) * 30) - 15;
    for (int64_t g = 0; g < GALLERY; g++)
        gallery[g] = g < PEOPLE ? g : (int64_t)(fresh(2, g) * PEOPLE);
    for (int64_t p = 0; p < PROBES; p++)
        probe[p] = (int64_t)(fresh(3, p) * PEOPLE);
    const idi_identification in = {s, probe, gallery, NULL, PROBES, GALLERY, PEOPLE};
    expect_ok(idi_identification_ranks(memory, &in, ranks));
    for (int64_t p = 0; p < PROBES; p++) {
        bool is_ahead[PEOPLE] = {false};
        double best = -INFINITY;
        int64_t rank = 1;
        for (int64_t g = 0; g < GALLERY; g++)
            if (gallery[g] == probe[p] && s[p * GALLERY + g] > best) best = s[p * GALLERY + g];
        for (int64_t g = 0; g < GALLERY; g++)
            if (gallery[g] != probe[p] && s[p * GALLERY + g] >= best) is_ahead[gallery[g]] = true;
        for (int64_t k = 0; k < PEOPLE; k++)
            rank += is_ahead[k];
        expect_true(ranks[p] == rank);
    }
}

Test(identification, what_does_not_fit_is_refused)
{
    const int64_t probe_person[1] = {1}, outside[1] = {3}, skipped[1] = {4};
    const double bad[4] = {0.1, NAN, 0.0, 0.0};
    int64_t rank;
    idi_identification in = {similarity[0], outside, gallery_person, NULL, 1, 4, 3};
    expect_refused(idi_identification_ranks(memory, &in, &rank), IDI_ERR_ARG,
                   "probe 0 is person 3, but people are 0..2");
    in.people = 2;
    expect_refused(idi_identification_ranks(memory, &in, &rank), IDI_ERR_ARG,
                   "gallery entry 3 is person 2");
    in = (idi_identification){bad, probe_person, gallery_person, NULL, 1, 4, 3};
    expect_refused(idi_identification_ranks(memory, &in, &rank), IDI_ERR_ARG,
                   "probe 0 to gallery entry 1 is");
    in.skipped = skipped;
    expect_refused(idi_identification_ranks(memory, &in, &rank), IDI_ERR_ARG,
                   "skips gallery entry 4");
    in.probes = 0;
    expect_refused(idi_identification_ranks(memory, &in, &rank), IDI_ERR_ARG, "0 probes");
}

/* --- attacks ---------------------------------------------------------------------------------- */

Test(attack, outcomes_by_hand)
{
    const double second[4] = {0.5, 0.49, 0.7, 0.1}, first[4] = {0.2, 0.5, 0.6, 0.4};
    const idi_attack attack = {second, first, 4};
    const double wanted[4][4] = {{1, 0, 1, 0}, {0, 1, 1, 0}, {1, 0, 0, 1}, {0, 0, 1, 0}};
    for (int outcome = IDI_OUTCOME_SUCCESS; outcome <= IDI_OUTCOME_MATCHES_BOTH; outcome++) {
        double got[4], sum = 0.0;
        int64_t count;
        expect_ok(idi_attack_outcomes(&attack, (idi_outcome)outcome, 0.5, got));
        expect_ok(idi_attack_count(&attack, (idi_outcome)outcome, 0.5, &count));
        for (int i = 0; i < 4; i++) {
            expect_near(got[i], wanted[outcome][i], 0.0);
            sum += got[i];
        }
        expect_near((double)count, sum, 0.0);
    }
}

Test(attack, what_does_not_fit_is_refused)
{
    const double good[2] = {0.5, 0.4}, bad[2] = {0.5, NAN};
    int64_t count;
    idi_attack attack = {good, NULL, 2};
    expect_ok(idi_attack_count(&attack, IDI_OUTCOME_SUCCESS, 0.45, &count));
    cr_assert_eq(count, 1);
    expect_refused(idi_attack_count(&attack, IDI_OUTCOME_PASSES, 0.5, &count), IDI_ERR_ARG,
                   "needs the similarities to the first person");
    expect_refused(idi_attack_count(&attack, IDI_OUTCOME_SUCCESS, NAN, &count), IDI_ERR_ARG,
                   "threshold");
    attack.to_first = bad;
    expect_refused(idi_attack_count(&attack, IDI_OUTCOME_DODGES, 0.5, &count), IDI_ERR_ARG,
                   "similarity to the first person: score 1");
    attack = (idi_attack){bad, good, 2};
    expect_refused(idi_attack_count(&attack, IDI_OUTCOME_DODGES, 0.5, &count), IDI_ERR_ARG,
                   "similarity to the second person: score 1");
    attack.count = 0;
    expect_refused(idi_attack_count(&attack, IDI_OUTCOME_SUCCESS, 0.5, &count), IDI_ERR_ARG,
                   "no scores");
}

/* An image that was not attacked meets another person's threshold as often as its FAR says: here
 * on impostors of the same distribution, within five standard errors of both sets. */
Test(attack, without_an_attack_success_is_the_far)
{
    enum { COUNT = 20000 };
    static double calibration[COUNT], scores[COUNT];
    idi_threshold t;
    int64_t count;
    memory = idi_test_memory();
    for (int64_t i = 0; i < COUNT; i++) {
        calibration[i] = fresh_normal(1, i);
        scores[i] = fresh_normal(2, i);
    }
    const idi_attack attack = {scores, NULL, COUNT};
    expect_ok(idi_threshold_calibrate(memory, (idi_scores){calibration, COUNT}, 0.01, &t));
    expect_ok(idi_attack_count(&attack, IDI_OUTCOME_SUCCESS, t.value, &count));
    expect_near((double)count / COUNT, 0.01, 5 * sqrt(2 * 0.01 * 0.99 / COUNT));
    idi_test_memory_close(&memory);
}
