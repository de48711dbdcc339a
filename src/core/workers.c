/* SPDX-License-Identifier: Apache-2.0 */
/* core/workers.c - one lock, two conditions, and four counters that follow each other:
 * released <= taken <= begun <= submitted <= released + window. */
#include "core/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_BYTES = 1024 };

typedef struct slot_state {
    bool is_done;
    idi_status status;
    char sentence[SENTENCE_BYTES]; /* of a failure */
} slot_state;

struct idi_workers {
    idi_memory *memory;
    idi_workers_options options;
    slot_state *slots; /* [window] */
    pthread_t *threads;
    int thread_count;
    pthread_mutex_t lock;
    pthread_cond_t has_work;                   /* workers wait for items to begin */
    pthread_cond_t has_result;                 /* the taker waits for an item to be done */
    int64_t released, taken, begun, submitted; /* items so far, counted from 0 */
    bool is_cancelled;
};

static slot_state *slot_of(idi_workers *workers, int64_t item)
{
    return &workers->slots[item % workers->options.window];
}

/* A source submits its own items, as far as the window and their number go. */
static void submit_ahead(idi_workers *workers)
{
    if (workers->options.is_fed) return;
    const int64_t left = workers->options.count - workers->released;
    const int64_t window = workers->options.window;
    workers->submitted = workers->released + (left < window ? left : window);
}

/* The slot belongs to the thread that began the item, until is_done is set under the lock. */
static void do_item(idi_workers *workers, int64_t item)
{
    const idi_workers_options *options = &workers->options;
    slot_state *slot = slot_of(workers, item);
    slot->status = options->work(options->user, options->first + item, item % options->window);
    if (slot->status != IDI_OK)
        (void)snprintf(slot->sentence, sizeof slot->sentence, "%s", idi_last_error());
}

static void *work_until_cancelled(void *argument)
{
    idi_workers *workers = argument;
    (void)pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->is_cancelled && workers->begun == workers->submitted)
            (void)pthread_cond_wait(&workers->has_work, &workers->lock);
        if (workers->is_cancelled) break;
        const int64_t item = workers->begun++;
        (void)pthread_mutex_unlock(&workers->lock);
        do_item(workers, item);
        (void)pthread_mutex_lock(&workers->lock);
        slot_of(workers, item)->is_done = true;
        if (item == workers->taken) (void)pthread_cond_signal(&workers->has_result);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return NULL;
}

static idi_status check_options(const idi_workers_options *options)
{
    IDI_REQUIRE(options->worker_count >= 0 && options->worker_count <= IDI_WORKERS_MAX, IDI_ERR_ARG,
                "%d worker threads: want 0 to %d", options->worker_count, (int)IDI_WORKERS_MAX);
    IDI_REQUIRE(options->window >= 1, IDI_ERR_ARG, "a window of %lld items: want at least 1",
                (long long)options->window);
    IDI_REQUIRE(options->first >= 0 && (options->is_fed || options->count >= 0), IDI_ERR_ARG,
                "%lld items from number %lld: want numbers from 0", (long long)options->count,
                (long long)options->first);
    IDI_REQUIRE(options->work, IDI_ERR_ARG, "workers without work");
    return IDI_OK;
}

static idi_status start_threads(idi_workers *workers)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    IDI_ENSURE(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    int error = 0;
    while (!error && workers->thread_count < workers->options.worker_count) {
        error = pthread_create(&workers->threads[workers->thread_count], NULL, work_until_cancelled,
                               workers);
        if (!error) workers->thread_count++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    IDI_REQUIRE(!error, IDI_ERR_NOMEM, "the system starts no more than %d of %d worker threads",
                workers->thread_count, workers->options.worker_count);
    return IDI_OK;
}

static idi_status make_locks(idi_workers *workers)
{
    const char *failed = "the workers' lock could not be made";
    IDI_REQUIRE(pthread_mutex_init(&workers->lock, NULL) == 0, IDI_ERR_NOMEM, "%s", failed);
    if (pthread_cond_init(&workers->has_work, NULL) == 0) {
        if (pthread_cond_init(&workers->has_result, NULL) == 0) return IDI_OK;
        (void)pthread_cond_destroy(&workers->has_work);
    }
    (void)pthread_mutex_destroy(&workers->lock);
    return idi_fail(IDI_ERR_NOMEM, "%s", failed);
}

static void free_workers(idi_workers *workers)
{
    idi_free(workers->memory, workers->threads);
    idi_free(workers->memory, workers->slots);
    idi_free(workers->memory, workers);
}

static idi_status build(idi_workers *workers, const idi_workers_options *options)
{
    IDI_TRY(idi_alloc_zeroed(workers->memory, IDI_TAG_GENERAL, (size_t)options->window,
                             sizeof *workers->slots, &workers->slots));
    IDI_TRY(idi_alloc_zeroed(workers->memory, IDI_TAG_GENERAL, (size_t)options->worker_count,
                             sizeof *workers->threads, &workers->threads));
    IDI_TRY(make_locks(workers));
    return IDI_OK;
}

idi_status idi_workers_create(idi_memory *memory, const idi_workers_options *options,
                              idi_workers **workers_out)
{
    idi_workers *workers;
    *workers_out = NULL;
    IDI_TRY(check_options(options));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *workers, &workers));
    workers->memory = memory;
    workers->options = *options;
    submit_ahead(workers);
    idi_status st = build(workers, options);
    if (st != IDI_OK) {
        free_workers(workers);
        return st;
    }
    st = start_threads(workers);
    if (st != IDI_OK) idi_workers_destroy(&workers);
    *workers_out = workers;
    return st;
}

void idi_workers_destroy(idi_workers **workers)
{
    if (!workers || !*workers) return;
    idi_workers *old = *workers;
    idi_workers_cancel(old);
    for (int i = 0; i < old->thread_count; i++)
        (void)pthread_join(old->threads[i], NULL);
    (void)pthread_cond_destroy(&old->has_result);
    (void)pthread_cond_destroy(&old->has_work);
    (void)pthread_mutex_destroy(&old->lock);
    free_workers(old);
    *workers = NULL;
}

/* With the lock held. */
static idi_status find_next(const idi_workers *workers, bool *is_end_out)
{
    const bool is_fed = workers->options.is_fed;
    *is_end_out = workers->taken == (is_fed ? workers->submitted : workers->options.count);
    IDI_REQUIRE(!workers->is_cancelled, IDI_ERR_CANCELLED, "cancelled");
    IDI_REQUIRE(*is_end_out || workers->taken < workers->submitted, IDI_ERR_STATE,
                "all %lld slots are taken and none is released",
                (long long)workers->options.window);
    return IDI_OK;
}

/* With the lock held; without threads the lock is given away while the item is worked on, so that
 * others may cancel. */
static void wait_for(idi_workers *workers, slot_state *slot)
{
    if (workers->options.worker_count == 0) {
        const int64_t item = workers->begun++;
        (void)pthread_mutex_unlock(&workers->lock);
        do_item(workers, item);
        (void)pthread_mutex_lock(&workers->lock);
        slot->is_done = true;
    }
    while (!slot->is_done && !workers->is_cancelled)
        (void)pthread_cond_wait(&workers->has_result, &workers->lock);
}

static idi_status take_locked(idi_workers *workers, idi_work_item *item)
{
    bool is_end;
    IDI_TRY(find_next(workers, &is_end));
    item->is_end = is_end;
    if (is_end) return IDI_OK;
    slot_state *slot = slot_of(workers, workers->taken);
    wait_for(workers, slot);
    IDI_REQUIRE(!workers->is_cancelled, IDI_ERR_CANCELLED, "cancelled");
    item->index = workers->options.first + workers->taken;
    item->slot = workers->taken++ % workers->options.window;
    return slot->status == IDI_OK ? IDI_OK : idi_fail(slot->status, "%s", slot->sentence);
}

idi_status idi_workers_take(idi_workers *workers, idi_work_item *item_out)
{
    *item_out = (idi_work_item){.index = -1, .slot = -1};
    (void)pthread_mutex_lock(&workers->lock);
    const idi_status st = take_locked(workers, item_out);
    (void)pthread_mutex_unlock(&workers->lock);
    return st;
}

void idi_workers_release(idi_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    if (workers->released < workers->taken) {
        slot_of(workers, workers->released++)->is_done = false;
        submit_ahead(workers);
        (void)pthread_cond_signal(&workers->has_work);
    }
    (void)pthread_mutex_unlock(&workers->lock);
}

int64_t idi_workers_next_slot(idi_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    const bool is_free = workers->submitted - workers->released < workers->options.window;
    const int64_t slot = workers->submitted % workers->options.window;
    (void)pthread_mutex_unlock(&workers->lock);
    return is_free ? slot : -1;
}

void idi_workers_submit(idi_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    if (workers->options.is_fed &&
        workers->submitted - workers->released < workers->options.window) {
        workers->submitted++;
        (void)pthread_cond_signal(&workers->has_work);
    }
    (void)pthread_mutex_unlock(&workers->lock);
}

void idi_workers_cancel(idi_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->is_cancelled = true;
    (void)pthread_cond_broadcast(&workers->has_work);
    (void)pthread_cond_broadcast(&workers->has_result);
    (void)pthread_mutex_unlock(&workers->lock);
}
