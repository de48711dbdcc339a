/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_threads.c - one model for several threads, one session and one last error for each. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(threads);

static void (*const open_world)(void) = idi_test_open_people;

enum { THREADS = 2, RUNS = 6 };

static float want[RUNS][IDI_TEST_VALUES];

typedef struct worker {
    float image[RUNS][IDI_TEST_VALUES];
    float embedding[IDI_TEST_IDENTITY_DIM];
    idi_status status;
} worker;

static idi_status generate_all(float (*image)[IDI_TEST_VALUES])
{
    idi_session *session;
    idi_status st = idi_session_create(world.generator, NULL, &session);
    for (int i = 0; i < RUNS && st == IDI_OK; i++)
        st = idi_test_generate(session, i % 3, i / 2 % 3, (i + 1) % 3, image[i]);
    idi_session_destroy(&session);
    return st;
}

/* No assertions here: Criterion's belong to the test's own thread. */
static void *work(void *user)
{
    worker *w = user;
    idi_identity *identity;
    w->status = generate_all(w->image);
    if (w->status != IDI_OK) return NULL;
    w->status = idi_identity_from_image(world.recogniser, &world.photo[0], &identity);
    if (w->status != IDI_OK) return NULL;
    memcpy(w->embedding, idi_identity_data(identity, NULL), sizeof w->embedding);
    idi_identity_destroy(&identity);
    return NULL;
}

IDI_TEST(threads, share_a_model_and_give_the_same_bits)
{
    static worker workers[THREADS];
    pthread_t threads[THREADS];
    OK(generate_all(want));
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        cr_expect_eq(workers[i].status, IDI_OK);
        for (int r = 0; r < RUNS; r++)
            cr_expect_arr_eq(workers[i].image[r], want[r], sizeof want[r], "thread %d, run %d", i,
                             r);
        cr_expect_arr_eq(workers[i].embedding, idi_identity_data(world.identity[0], NULL),
                         sizeof workers[i].embedding);
    }
}

typedef struct witness {
    char before[256], after[256];
    idi_status status;
} witness;

static void *fail_alone(void *user)
{
    witness *w = user;
    idi_model *model;
    (void)strncat(w->before, idi_last_error(), sizeof w->before - 1);
    w->status = idi_model_load(world.context, "of-the-thread", &model);
    (void)strncat(w->after, idi_last_error(), sizeof w->after - 1);
    return NULL;
}

IDI_TEST(threads, have_errors_of_their_own)
{
    static witness w;
    idi_model *model;
    pthread_t thread;
    IDI_REFUSED(idi_model_load(world.context, "of-the-test", &model), IDI_ERR_IO, "of-the-test");
    cr_assert_eq(pthread_create(&thread, NULL, fail_alone, &w), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_str_eq(w.before, "", "a new thread knows the error of another: %s", w.before);
    cr_expect_eq(w.status, IDI_ERR_IO);
    cr_expect_not_null(strstr(w.after, "of-the-thread"), "%s", w.after);
    cr_expect_not_null(strstr(idi_last_error(), "of-the-test"), "%s", idi_last_error());
    cr_expect_not_null(strstr(idi_last_error_trace(), "IDI_ERR_IO"), "%s", idi_last_error_trace());
}
