/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_identity.c - identities as values: numbers, angles, the arc between two. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(identity);

static void (*const open_world)(void) = idi_test_open_context;

enum { DIM = 48 };

/* Numbers between -1 and 1, from a generator of the test's own. */
static void fill(float *values, int count, unsigned seed)
{
    uint64_t state = 0x9E3779B97F4A7C15ULL * (seed + 1);
    for (int i = 0; i < count; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        values[i] = (float)((double)(state >> 33) / 1073741824.0 - 1.0);
    }
}

static idi_identity *make(const float *values, int count, const char *fingerprint)
{
    idi_identity *identity;
    OK(idi_identity_from_array(world.context, values, count, fingerprint, &identity));
    return identity;
}

static idi_identity *random_identity(unsigned seed)
{
    float values[DIM];
    fill(values, DIM, seed);
    return make(values, DIM, "0123456789abcdef");
}

static double length_of(const idi_identity *identity)
{
    int64_t count;
    double square = 0.0;
    const float *data = idi_identity_data(identity, &count);
    for (int64_t i = 0; i < count; i++)
        square += (double)data[i] * (double)data[i];
    return sqrt(square);
}

static double angle_between(const idi_identity *a, const idi_identity *b)
{
    double cosine;
    OK(idi_identity_similarity(a, b, &cosine));
    cr_assert(cosine >= -1.0 && cosine <= 1.0, "cosine %g", cosine);
    return acos(cosine);
}

IDI_TEST(identity, is_made_unit_length)
{
    const float values[3] = {0.0f, 3e-20f, -4e-20f};
    const float want[3] = {0.0f, 0.6f, -0.8f};
    int64_t count;
    idi_identity *identity = make(values, 3, NULL);
    const float *data = idi_identity_data(identity, &count);
    cr_expect_eq(count, 3);
    for (int i = 0; i < 3; i++)
        cr_expect_float_eq(data[i], want[i], 1e-6f);
    cr_expect_str_eq(idi_identity_fingerprint(identity), "");
    idi_identity_destroy(&identity);
    cr_expect_null(identity);
    idi_identity_destroy(&identity);
    idi_identity_destroy(NULL);
}

IDI_TEST(identity, similarity_is_the_cosine)
{
    const float x[2] = {2.0f, 0.0f};
    const float y[2] = {3.0f, 3.0f};
    const float z[2] = {-1.0f, 0.0f};
    double cosine;
    idi_identity *a = make(x, 2, NULL);
    idi_identity *b = make(y, 2, NULL);
    idi_identity *c = make(z, 2, NULL);
    OK(idi_identity_similarity(a, b, &cosine));
    cr_expect_float_eq(cosine, sqrt(0.5), 1e-6);
    OK(idi_identity_similarity(b, a, &cosine));
    cr_expect_float_eq(cosine, sqrt(0.5), 1e-6);
    OK(idi_identity_similarity(a, a, &cosine));
    cr_expect_float_eq(cosine, 1.0, 1e-6);
    OK(idi_identity_similarity(a, c, &cosine));
    cr_expect_float_eq(cosine, -1.0, 1e-6);
    idi_identity_destroy(&c);
    idi_identity_destroy(&b);
    idi_identity_destroy(&a);
}

/* The ends are the identities themselves, bit for bit. */
IDI_TEST(identity, slerp_ends_at_both)
{
    for (unsigned seed = 0; seed < 20; seed++) {
        idi_identity *a = random_identity(2 * seed);
        idi_identity *b = random_identity(2 * seed + 1);
        idi_identity *at_a, *at_b;
        OK(idi_identity_slerp(a, b, 0.0, &at_a));
        OK(idi_identity_slerp(a, b, 1.0, &at_b));
        cr_expect_arr_eq(idi_identity_data(at_a, NULL), idi_identity_data(a, NULL),
                         DIM * sizeof(float), "seed %u, t = 0", seed);
        cr_expect_arr_eq(idi_identity_data(at_b, NULL), idi_identity_data(b, NULL),
                         DIM * sizeof(float), "seed %u, t = 1", seed);
        cr_expect_str_eq(idi_identity_fingerprint(at_a), "0123456789abcdef");
        idi_identity_destroy(&at_b);
        idi_identity_destroy(&at_a);
        idi_identity_destroy(&b);
        idi_identity_destroy(&a);
    }
}

/* Even steps of the angle, also beyond b and before a. */
IDI_TEST(identity, slerp_walks_the_arc)
{
    static const double steps[] = {-0.5, 0.1, 0.25, 0.5, 0.9, 1.25, 1.5};
    idi_identity *a = random_identity(100);
    idi_identity *b = random_identity(101);
    const double angle = angle_between(a, b);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        idi_identity *mixed;
        OK(idi_identity_slerp(a, b, steps[i], &mixed));
        cr_expect_float_eq(length_of(mixed), 1.0, 1e-6);
        cr_expect_float_eq(angle_between(a, mixed), fabs(steps[i]) * angle, 1e-4, "t = %g",
                           steps[i]);
        cr_expect_float_eq(angle_between(b, mixed), fabs(steps[i] - 1.0) * angle, 1e-4, "t = %g",
                           steps[i]);
        idi_identity_destroy(&mixed);
    }
    idi_identity_destroy(&b);
    idi_identity_destroy(&a);
}

IDI_TEST(identity, slerp_of_the_same_stays)
{
    static const double steps[] = {0.0, 0.3, 1.0, 2.0};
    idi_identity *a = random_identity(7);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        idi_identity *mixed;
        OK(idi_identity_slerp(a, a, steps[i], &mixed));
        cr_expect_float_eq(angle_between(a, mixed), 0.0, 1e-3);
        cr_expect_float_eq(length_of(mixed), 1.0, 1e-6);
        idi_identity_destroy(&mixed);
    }
    idi_identity_destroy(&a);
}

/* A vector and its negative are opposite whatever rounding their lengths got. */
IDI_TEST(identity, slerp_refuses_opposites)
{
    for (unsigned seed = 0; seed < 50; seed++) {
        float values[DIM], negative[DIM];
        const int count = 1 + (int)(seed % DIM);
        fill(values, count, seed);
        for (int i = 0; i < count; i++)
            negative[i] = -values[i];
        idi_identity *a = make(values, count, NULL);
        idi_identity *b = make(negative, count, NULL);
        idi_identity *mixed = a;
        IDI_REFUSED(idi_identity_slerp(a, b, 0.5, &mixed), IDI_ERR_ARG, "opposite");
        cr_expect_null(mixed);
        idi_identity_destroy(&b);
        idi_identity_destroy(&a);
    }
}

IDI_TEST(identity, slerp_refuses_what_is_no_number)
{
    idi_identity *a = random_identity(1);
    idi_identity *b = random_identity(2);
    idi_identity *mixed;
    IDI_REFUSED(idi_identity_slerp(a, b, (double)NAN, &mixed), IDI_ERR_ARG, "strength");
    IDI_REFUSED(idi_identity_slerp(a, b, (double)INFINITY, &mixed), IDI_ERR_ARG, "strength");
    cr_expect_null(mixed);
    idi_identity_destroy(&b);
    idi_identity_destroy(&a);
}

IDI_TEST(identity, of_two_recognisers_are_kept_apart)
{
    const float values[2] = {1.0f, 2.0f};
    double cosine;
    idi_identity *mixed;
    idi_identity *a = make(values, 2, "1111111111111111");
    idi_identity *b = make(values, 2, "2222222222222222");
    idi_identity *unknown = make(values, 2, NULL);
    IDI_REFUSED(idi_identity_similarity(a, b, &cosine), IDI_ERR_ENCODER, "1111111111111111",
                "2222222222222222");
    IDI_REFUSED(idi_identity_slerp(a, b, 0.5, &mixed), IDI_ERR_ENCODER, "1111111111111111",
                "2222222222222222");
    cr_expect_null(mixed);
    OK(idi_identity_similarity(a, unknown, &cosine));
    OK(idi_identity_slerp(unknown, b, 0.5, &mixed));
    cr_expect_str_eq(idi_identity_fingerprint(mixed), "2222222222222222");
    idi_identity_destroy(&mixed);
    idi_identity_destroy(&unknown);
    idi_identity_destroy(&b);
    idi_identity_destroy(&a);
}

IDI_TEST(identity, of_two_sizes_are_kept_apart)
{
    const float values[3] = {1.0f, 2.0f, 3.0f};
    double cosine;
    idi_identity *a = make(values, 2, NULL);
    idi_identity *b = make(values, 3, NULL);
    IDI_REFUSED(idi_identity_similarity(a, b, &cosine), IDI_ERR_ENCODER, "2 and 3");
    idi_identity_destroy(&b);
    idi_identity_destroy(&a);
}

IDI_TEST(identity, refuses_numbers_that_point_nowhere)
{
    const float zero[2] = {0.0f, -0.0f};
    const float nan_at_1[2] = {1.0f, NAN};
    const float infinite[2] = {INFINITY, 1.0f};
    idi_identity *identity;
    IDI_REFUSED(idi_identity_from_array(world.context, zero, 2, NULL, &identity), IDI_ERR_ARG,
                "zero");
    IDI_REFUSED(idi_identity_from_array(world.context, nan_at_1, 2, NULL, &identity), IDI_ERR_ARG,
                "element 1", "not finite");
    IDI_REFUSED(idi_identity_from_array(world.context, infinite, 2, NULL, &identity), IDI_ERR_ARG,
                "element 0", "not finite");
    IDI_REFUSED(idi_identity_from_array(world.context, zero, 0, NULL, &identity), IDI_ERR_ARG,
                "0 numbers");
    IDI_REFUSED(idi_identity_from_array(world.context, zero, -1, NULL, &identity), IDI_ERR_ARG,
                "-1 numbers");
    cr_expect_null(identity);
}
