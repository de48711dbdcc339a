/* SPDX-License-Identifier: Apache-2.0 */
/* tsan/stops.c - a run and a batch that another thread ends. */
#include "tsan.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct endless {
    atomic_bool is_unwanted;
    atomic_llong ended; /* runs, or jobs */
    idi_status status;
} endless;

static int is_unwanted(void *user)
{
    endless *e = user;
    return atomic_load(&e->is_unwanted);
}

static void *generate_endlessly(void *user)
{
    static float image[TSAN_VALUES];
    endless *e = user;
    idi_session *session;
    idi_generate run;
    e->status = idi_session_create(world.generator, NULL, &session);
    if (e->status != IDI_OK) return NULL;
    idi_generate_init(&run);
    run.labels = world.labels[0].data;
    run.styles = (const idi_style *const *)&world.style[1];
    run.identities = (const idi_identity *const *)&world.identity[2];
    run.image_out = image;
    run.should_stop = is_unwanted;
    run.stop_user = e;
    while ((e->status = idi_session_generate(session, &run)) == IDI_OK)
        atomic_fetch_add(&e->ended, 1);
    idi_session_destroy(&session);
    return NULL;
}

static int next_endlessly(void *user, int64_t index, idi_job *job)
{
    (void)user;
    (void)index;
    job->labels = "labels_0.png";
    job->style = "photo_0.png";
    job->out = "same.png";
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
    options.batch = 3;
    options.thread_count = 2;
    options.next = next_endlessly;
    options.done = done_unless_unwanted;
    options.user = e;
    e->status = idi_batch_run(&options, NULL);
    return NULL;
}

static void stop_after_two(void *(*work)(void *))
{
    endless e = {.status = IDI_OK};
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, work, &e) == 0);
    while (atomic_load(&e.ended) < 2)
        (void)sched_yield();
    atomic_store(&e.is_unwanted, true);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(e.status == IDI_ERR_CANCELLED);
}

void tsan_stops(void)
{
    stop_after_two(generate_endlessly);
    stop_after_two(batch_endlessly);
}
