/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_threads.c - one model for several threads, one session and one last error for each. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(threads);

static void (*const open_world)(void) = idi_test_open_people;

enum { THREADS = 8, RUNS = 6, BATCH = 3 };

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

/* Runs one after another until somebody else wants it to end. */
typedef struct endless {
    atomic_bool is_unwanted;
    atomic_llong ended; /* runs, or jobs */
    idi_session *session;
    idi_status status;
} endless;

static int is_unwanted(void *user)
{
    endless *e = user;
    return atomic_load(&e->is_unwanted);
}

static void *generate_endlessly(void *user)
{
    static uint8_t labels[BATCH][IDI_TEST_PIXELS];
    static float image[BATCH][IDI_TEST_VALUES];
    endless *e = user;
    const idi_style *styles[BATCH];
    const idi_identity *identities[BATCH];
    idi_generate run;
    for (int i = 0; i < BATCH; i++) {
        memcpy(labels[i], world.labels[i].data, sizeof labels[i]);
        styles[i] = world.style[i];
        identities[i] = world.identity[i];
    }
    idi_generate_init(&run);
    run.labels = labels[0];
    run.styles = styles;
    run.identities = identities;
    run.image_out = image[0];
    run.should_stop = is_unwanted;
    run.stop_user = e;
    while ((e->status = idi_session_generate(e->session, &run)) == IDI_OK)
        atomic_fetch_add(&e->ended, 1);
    return NULL;
}

/* Waits for two, then wants no more; how many had ended when it said so. */
static long long stop(endless *e, pthread_t thread)
{
    while (atomic_load(&e->ended) < 2)
        sched_yield();
    atomic_store(&e->is_unwanted, true);
    const long long ended = atomic_load(&e->ended);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    return ended;
}

/* The run that was under way is not brought to its end, but for its last step. */
IDI_TEST(threads, stop_a_run_of_another)
{
    static endless e;
    pthread_t thread;
    e.session = idi_test_session(world.generator, BATCH);
    cr_assert_eq(pthread_create(&thread, NULL, generate_endlessly, &e), 0);
    const long long ended = stop(&e, thread);
    cr_expect_eq(e.status, IDI_ERR_CANCELLED);
    cr_expect_leq(e.ended, ended + 1, "%lld runs ended, %lld before", (long long)e.ended, ended);
    idi_session_destroy(&e.session);
}

static int next_endlessly(void *user, int64_t index, idi_job *job)
{
    (void)user;
    (void)index;
    job->labels = idi_test_path("labels_0.png");
    job->style = idi_test_path("photo_0.png");
    job->out = idi_test_path("same.png");
    return 1;
}

static int done_unless_unwanted(void *user, int64_t index, idi_status status)
{
    endless *e = user;
    (void)index;
    (void)status;
    atomic_fetch_add(&e->ended, 1);
    return is_unwanted(e);
}

static void *batch_endlessly(void *user)
{
    endless *e = user;
    idi_batch_options options;
    idi_batch_options_init(&options);
    options.generator = world.generator;
    options.recogniser = world.recogniser;
    options.batch = BATCH;
    options.next = next_endlessly;
    options.done = done_unless_unwanted;
    options.user = e;
    e->status = idi_batch_run(&options, NULL);
    return NULL;
}

/* What is in work is finished: three groups, and no job more is begun. */
IDI_TEST(threads, stop_a_batch_of_another)
{
    static endless e;
    pthread_t thread;
    OK(idi_bitmap_save(world.context, idi_test_path("photo_0.png"), &world.photo[0], 0));
    OK(idi_bitmap_save(world.context, idi_test_path("labels_0.png"), &world.labels[0], 0));
    cr_assert_eq(pthread_create(&thread, NULL, batch_endlessly, &e), 0);
    const long long ended = stop(&e, thread);
    cr_expect_eq(e.status, IDI_ERR_CANCELLED);
    cr_expect_leq(e.ended, ended + 1 + 3LL * BATCH, "%lld jobs ended, %lld before",
                  (long long)e.ended, ended);
}
