/* SPDX-License-Identifier: Apache-2.0 */
/* A recogniser's report: planted recognisers give what was planted, its numbers follow from its
 * scores, and the bootstrap of curves has the estimates of the curves. */
#include "eval/recogniser_report.h"
#include "expect.h"

enum { PEOPLE = 24, EACH = 5, PHOTOS = PEOPLE * EACH, DIM = 16 };

static idi_memory *memory;
static float embeddings[PHOTOS * DIM];
static int64_t person[PHOTOS];
static idi_report_options options;

static void open_people(void)
{
    memory = idi_test_memory();
    idi_report_options_init(&options);
    options.seed = test_seed();
    options.bootstrap.replicates = 200;
    for (int i = 0; i < PHOTOS; i++)
        person[i] = i % PEOPLE;
}

static void close_people(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(recogniser_report, .init = open_people, .fini = close_people);

/* A direction for each person and as much of the photograph's own. */
static void plant(double own)
{
    for (int64_t i = 0; i < PHOTOS * DIM; i++)
        embeddings[i] = (float)(fresh_normal(1, person[i / DIM] * DIM + i % DIM) * (1.0 - own) +
                                fresh_normal(2, i) * own);
}

static const idi_embedded embedded = {embeddings, person, PHOTOS, DIM, PEOPLE};

static void report_on(idi_pairs *pairs, idi_recogniser_report *report)
{
    expect_ok(idi_report_pairs(memory, person, PHOTOS, &options, pairs));
    expect_ok(idi_recogniser_report_create(memory, &embedded, pairs, &options, report));
}

static void close_report(idi_pairs *pairs, idi_recogniser_report *report)
{
    idi_recogniser_report_free(memory, report);
    idi_pairs_free(memory, pairs);
}

Test(recogniser_report, who_knows_everybody_has_no_error)
{
    idi_pairs pairs;
    idi_recogniser_report r;
    plant(0.0);
    report_on(&pairs, &r);
    expect_true(r.at[0].is_supported && r.at[1].is_supported && !r.at[2].is_supported);
    for (int i = 0; i < 2; i++)
        expect_true(r.at[i].tar.estimate == 1.0 && r.at[i].tar.low == 1.0);
    expect_true(r.auc.estimate == 1.0 && r.eer.estimate == 0.0 && r.rank1.estimate == 1.0);
    expect_true(r.gallery == PEOPLE / 2 && r.probes == PEOPLE / 2 * (EACH - 1));
    close_report(&pairs, &r);
}

Test(recogniser_report, who_guesses_is_at_chance)
{
    idi_pairs pairs;
    idi_recogniser_report r;
    plant(1.0);
    report_on(&pairs, &r);
    expect_near(r.auc.estimate, 0.5, 0.2);
    expect_near(r.eer.estimate, 0.5, 0.2);
    expect_near(r.rank1.estimate, 1.0 / (PEOPLE / 2), 0.3);
    expect_true(r.auc.low < r.auc.estimate && r.auc.estimate < r.auc.high);
    expect_true(r.at[0].tar.estimate < 0.3);
    close_report(&pairs, &r);
}

Test(recogniser_report, its_numbers_follow_from_its_scores)
{
    idi_pairs pairs;
    idi_recogniser_report r;
    idi_verification v;
    plant(0.5);
    report_on(&pairs, &r);
    expect_true(r.genuine_count == pairs.genuine_count && r.impostor_count == pairs.impostor_count);
    for (int64_t i = 0; i < r.genuine_count; i++) {
        double cosine;
        expect_ok(idi_cosine(embeddings + pairs.genuine[i].first * DIM,
                             embeddings + pairs.genuine[i].second * DIM, DIM, &cosine));
        expect_true(cosine == r.genuine[i]);
    }
    expect_ok(idi_verification_create(memory, (idi_scores){r.genuine, r.genuine_count},
                                      (idi_scores){r.impostor, r.impostor_count}, &v));
    expect_true(r.auc.estimate == idi_verification_auc(&v));
    expect_true(r.eer.estimate == idi_verification_eer(&v));
    for (int i = 0; i < 2; i++) {
        idi_operating_point at;
        expect_ok(idi_verification_at_far(&v, idi_report_fars[i], &at));
        expect_true(at.threshold == r.at[i].threshold.value);
        expect_near(at.tar, r.at[i].tar.estimate, 1e-15);
        expect_true(r.at[i].tar.low <= at.tar && at.tar <= r.at[i].tar.high);
    }
    idi_verification_free(memory, &v);
    close_report(&pairs, &r);
}

/* Loops over all photographs, the other way round from the report. */
Test(recogniser_report, rank_one_is_the_nearest_first_photograph)
{
    idi_pairs pairs;
    idi_recogniser_report r;
    bool is_judged[PEOPLE] = {false};
    int64_t probes = 0, hits = 0;
    plant(0.6);
    report_on(&pairs, &r);
    for (int64_t i = 0; i < pairs.genuine_count; i++)
        is_judged[person[pairs.genuine[i].first]] = true;
    for (int i = PEOPLE; i < PHOTOS; i++) { /* the first PEOPLE are everybody's first */
        double best = -2.0;
        int64_t who = -1;
        for (int g = 0; is_judged[person[i]] && g < PEOPLE; g++) {
            double cosine;
            expect_ok(idi_cosine(embeddings + i * DIM, embeddings + g * DIM, DIM, &cosine));
            if (!is_judged[g] || cosine <= best) continue;
            best = cosine;
            who = g;
        }
        probes += is_judged[person[i]];
        hits += is_judged[person[i]] && who == person[i];
    }
    expect_true(probes == r.probes);
    expect_near(r.rank1.estimate, (double)hits / (double)probes, 1e-15);
    close_report(&pairs, &r);
}

Test(recogniser_report, a_seed_gives_it_again)
{
    idi_pairs pairs[2];
    idi_recogniser_report r[2];
    plant(0.5);
    options.most_genuine = 70;
    options.most_impostor = 300;
    report_on(&pairs[0], &r[0]);
    report_on(&pairs[1], &r[1]);
    expect_true(r[0].genuine_count == 70 && r[0].impostor_count == 300);
    expect_true(pairs[0].hash == pairs[1].hash);
    expect_true(memcmp(r[0].at, r[1].at, sizeof r[0].at) == 0);
    expect_true(memcmp(&r[0].auc, &r[1].auc, sizeof r[0].auc) == 0);
    expect_true(memcmp(&r[0].eer, &r[1].eer, sizeof r[0].eer) == 0);
    close_report(&pairs[0], &r[0]);
    options.seed++;
    idi_pairs_free(memory, &pairs[1]);
    expect_ok(idi_report_pairs(memory, person, PHOTOS, &options, &pairs[1]));
    options.seed--;
    expect_ok(idi_report_pairs(memory, person, PHOTOS, &options, &pairs[0]));
    expect_true(pairs[0].hash != pairs[1].hash);
    idi_pairs_free(memory, &pairs[0]);
    close_report(&pairs[1], &r[1]);
}

Test(recogniser_report, refuses_what_cannot_be_judged)
{
    idi_pairs pairs;
    idi_recogniser_report r;
    int64_t alone[4] = {0, 1, 2, 3};
    const idi_embedded four = {embeddings, alone, 4, DIM, 4};
    plant(0.5);
    expect_ok(idi_report_pairs(memory, alone, 4, &options, &pairs));
    expect_refused(idi_recogniser_report_create(memory, &four, &pairs, &options, &r), IDI_ERR_ARG,
                   "no evaluation person has two photographs");
    idi_pairs_free(memory, &pairs);
    options.most_genuine = -1;
    expect_refused(idi_report_pairs(memory, person, PHOTOS, &options, &pairs), IDI_ERR_ARG,
                   "want 0 or more");
    options.most_genuine = 0;
    expect_ok(idi_report_pairs(memory, person, PHOTOS, &options, &pairs));
    memset(embeddings, 0, sizeof embeddings);
    expect_refused(idi_recogniser_report_create(memory, &embedded, &pairs, &options, &r),
                   IDI_ERR_NUMERIC, "want positive numbers");
    idi_pairs_free(memory, &pairs);
}
