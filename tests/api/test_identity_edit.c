/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_identity_edit.c - identities of several: mixtures, and averages without outliers. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(identity_edit);

static void (*const open_world)(void) = idi_test_open_context;

enum { DIM = 24, PEOPLE = 5 };

static idi_identity *people[PEOPLE];

static idi_identity *make(const float *values, const char *fingerprint)
{
    idi_identity *identity;
    OK(idi_identity_from_array(world.context, values, DIM, fingerprint, &identity));
    return identity;
}

/* A person is an axis, a photograph of it the axis and a little of another one. */
static idi_identity *photograph(int person, int photo, float spoilt)
{
    float values[DIM] = {0};
    values[person] = 1.0f;
    values[DIM - 1 - photo] = spoilt;
    return make(values, "0123456789abcdef");
}

static void close_people(void)
{
    for (int i = 0; i < PEOPLE; i++)
        idi_identity_destroy(&people[i]);
}

static void open_people(float spoilt)
{
    for (int i = 0; i < PEOPLE; i++)
        people[i] = photograph(i, i, spoilt);
}

static const idi_identity *const *list(void)
{
    return (const idi_identity *const *)people;
}

static double angle(const idi_identity *a, const idi_identity *b)
{
    double cosine;
    OK(idi_identity_similarity(a, b, &cosine));
    return acos(cosine);
}

static void expect_same(const idi_identity *a, const idi_identity *b)
{
    cr_expect_arr_eq(idi_identity_data(a, NULL), idi_identity_data(b, NULL), DIM * sizeof(float));
    cr_expect_str_eq(idi_identity_fingerprint(a), idi_identity_fingerprint(b));
}

IDI_TEST(identity_edit, a_mix_of_one_is_that_one)
{
    idi_identity *mixed;
    open_people(0.3f);
    OK(idi_identity_mix(list(), NULL, 1, &mixed));
    expect_same(mixed, people[0]);
    idi_identity_destroy(&mixed);
    const double weights[PEOPLE] = {0.0, 0.0, 1e-300, 0.0, 0.0};
    OK(idi_identity_mix(list(), weights, PEOPLE, &mixed));
    expect_same(mixed, people[2]);
    idi_identity_destroy(&mixed);
    close_people();
}

IDI_TEST(identity_edit, a_mix_of_two_is_on_their_arc)
{
    static const double weights[][3] = {{3.0, 0.0, 1.0}, {1e9, 0.0, 1e9}, {0.25, 0.0, 0.75}};
    static const double strengths[] = {0.25, 0.5, 0.75};
    open_people(0.3f);
    for (int i = 0; i < 3; i++) {
        idi_identity *mixed, *arc;
        OK(idi_identity_mix(list(), weights[i], 3, &mixed));
        OK(idi_identity_slerp(people[0], people[2], strengths[i], &arc));
        expect_same(mixed, arc);
        idi_identity_destroy(&arc);
        idi_identity_destroy(&mixed);
    }
    close_people();
}

IDI_TEST(identity_edit, an_equal_mix_is_as_near_to_each)
{
    idi_identity *mixed;
    open_people(0.0f);
    OK(idi_identity_mix(list(), NULL, PEOPLE, &mixed));
    for (int i = 0; i < PEOPLE; i++)
        cr_expect_float_eq(angle(mixed, people[i]), acos(sqrt(1.0 / PEOPLE)), 1e-5);
    idi_identity_destroy(&mixed);
    close_people();
}

/* The arcs to all, each times its weight, cancel. */
IDI_TEST(identity_edit, a_mix_is_where_the_arcs_cancel)
{
    static const double weights[PEOPLE] = {1.0, 2.0, 0.5, 0.0, 4.0};
    double sum[DIM] = {0.0};
    idi_identity *mixed;
    open_people(0.4f);
    OK(idi_identity_mix(list(), weights, PEOPLE, &mixed));
    const float *at = idi_identity_data(mixed, NULL);
    for (int i = 0; i < PEOPLE; i++) {
        const float *p = idi_identity_data(people[i], NULL);
        const double theta = angle(mixed, people[i]);
        for (int k = 0; k < DIM; k++)
            sum[k] += weights[i] * theta / sin(theta) * ((double)p[k] - cos(theta) * (double)at[k]);
    }
    for (int k = 0; k < DIM; k++)
        cr_expect_float_eq(sum[k], 0.0, 1e-5, "direction %d", k);
    idi_identity_destroy(&mixed);
    close_people();
}

IDI_TEST(identity_edit, mixes_that_are_refused)
{
    const float a[DIM] = {1.0f}, minus_a[DIM] = {-1.0f}, b[DIM] = {0.0f, 1.0f},
                minus_b[DIM] = {0.0f, -1.0f};
    double weights[PEOPLE] = {1.0, -0.5, 1.0, 1.0, 1.0};
    idi_identity *mixed;
    people[0] = make(a, NULL);
    people[1] = make(minus_a, NULL);
    people[2] = make(b, NULL);
    people[3] = make(minus_b, NULL);
    IDI_REFUSED(idi_identity_mix(list(), NULL, 4, &mixed), IDI_ERR_ARG, "cancel out");
    IDI_REFUSED(idi_identity_mix(list(), NULL, 2, &mixed), IDI_ERR_ARG, "opposite");
    IDI_REFUSED(idi_identity_mix(list(), weights, 4, &mixed), IDI_ERR_ARG, "weights[1] is -0.5");
    weights[1] = (double)INFINITY;
    IDI_REFUSED(idi_identity_mix(list(), weights, 4, &mixed), IDI_ERR_ARG, "weights[1]");
    memset(weights, 0, sizeof weights);
    IDI_REFUSED(idi_identity_mix(list(), weights, 4, &mixed), IDI_ERR_ARG, "all 4 weights are 0");
    IDI_REFUSED(idi_identity_mix(list(), NULL, 0, &mixed), IDI_ERR_ARG, "want 1 or more");
    IDI_REFUSED(idi_identity_mix(list(), NULL, 5, &mixed), IDI_ERR_ARG, "identity 4 is NULL");
    people[4] = make(b, "1111111111111111");
    idi_identity_destroy(&people[1]);
    people[1] = make(b, "2222222222222222");
    IDI_REFUSED(idi_identity_mix(list(), NULL, 5, &mixed), IDI_ERR_ENCODER, "1111111111111111",
                "2222222222222222");
    cr_expect_null(mixed);
    close_people();
}

IDI_TEST(identity_edit, an_average_of_one_is_that_one)
{
    idi_identity *average;
    double similarity = 0.0;
    int is_kept = 0;
    open_people(0.3f);
    OK(idi_identity_average(list(), 1, 0.5, &is_kept, &similarity, &average));
    expect_same(average, people[0]);
    cr_expect_eq(is_kept, 1);
    cr_expect_float_eq(similarity, 1.0, 1e-6);
    idi_identity_destroy(&average);
    close_people();
}

/* Wherever it stands, and if there are two who agree with each other. */
IDI_TEST(identity_edit, an_outlier_is_left_out_and_named)
{
    for (int outlier = 0; outlier < PEOPLE; outlier++) {
        for (int second = 0; second < PEOPLE; second++) {
            int is_kept[PEOPLE];
            double similarity[PEOPLE], weights[PEOPLE];
            idi_identity *average, *mixed;
            for (int i = 0; i < PEOPLE; i++) {
                const int person = i == outlier || i == second;
                people[i] = photograph(person, i, 0.3f);
                weights[i] = person ? 0.0 : 1.0;
            }
            OK(idi_identity_average(list(), PEOPLE, 0.5, is_kept, similarity, &average));
            OK(idi_identity_mix(list(), weights, PEOPLE, &mixed));
            expect_same(average, mixed);
            for (int i = 0; i < PEOPLE; i++) {
                cr_expect_eq(is_kept[i], i != outlier && i != second, "%d of %d", i, outlier);
                cr_expect(is_kept[i] ? similarity[i] > 0.9 : similarity[i] < 0.1);
            }
            idi_identity_destroy(&mixed);
            idi_identity_destroy(&average);
            close_people();
        }
    }
}

IDI_TEST(identity_edit, an_average_may_keep_all)
{
    int is_kept[PEOPLE];
    idi_identity *average, *mixed;
    open_people(0.3f);
    OK(idi_identity_average(list(), PEOPLE, -1.0, is_kept, NULL, &average));
    OK(idi_identity_mix(list(), NULL, PEOPLE, &mixed));
    expect_same(average, mixed);
    for (int i = 0; i < PEOPLE; i++)
        cr_expect_eq(is_kept[i], 1);
    idi_identity_destroy(&mixed);
    idi_identity_destroy(&average);
    close_people();
}

IDI_TEST(identity_edit, strangers_have_no_average)
{
    int is_kept[PEOPLE] = {1, 1, 1, 1, 1};
    idi_identity *average;
    open_people(0.3f);
    IDI_REFUSED(idi_identity_average(list(), 2, 0.5, is_kept, NULL, &average), IDI_ERR_ARG,
                "none of 2", "0 and 1");
    cr_expect(!is_kept[0] && !is_kept[1]);
    IDI_REFUSED(idi_identity_average(list(), PEOPLE, 0.5, NULL, NULL, &average), IDI_ERR_ARG,
                "none of 5");
    IDI_REFUSED(idi_identity_average(list(), 2, 1.5, NULL, NULL, &average), IDI_ERR_ARG, "1.5");
    IDI_REFUSED(idi_identity_average(list(), 2, (double)NAN, NULL, NULL, &average), IDI_ERR_ARG,
                "want -1 to 1");
    IDI_REFUSED(idi_identity_average(list(), 0, 0.5, NULL, NULL, &average), IDI_ERR_ARG,
                "no identity");
    cr_expect_null(average);
    close_people();
}
