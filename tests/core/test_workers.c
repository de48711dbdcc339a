/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_workers.c - ordered work by several threads: order, bounds, failures, the end. */
#include "core/rng.h"
#include "core/workers.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

TestSuite(workers);

enum { MAX_WINDOW = 16, MAX_THREADS = 8 };

/* A workplace whose work checks that nobody else has its slot. */
typedef struct place {
    uint64_t seed; /* of the delays; 0: none */
    int64_t values[MAX_WINDOW];
    atomic_int users[MAX_WINDOW];
    atomic_int in_use, most_in_use, done, is_held;
} place;

static void pause_for(const place *at, int64_t index)
{
    if (at->seed == 0) return;
    const struct timespec time = {0, (long)(idi_uniform(at->seed, 0, (uint64_t)index) * 2e5)};
    (void)nanosleep(&time, NULL);
}

static void enter(place *at, int64_t slot)
{
    const int in_use = atomic_fetch_add(&at->in_use, 1) + 1;
    int most = atomic_load(&at->most_in_use);
    while (in_use > most && !atomic_compare_exchange_weak(&at->most_in_use, &most, in_use)) {
    }
    if (atomic_fetch_add(&at->users[slot], 1) != 0) abort(); /* an assertion of a thread's own */
}

static void leave(place *at, int64_t slot)
{
    (void)atomic_fetch_sub(&at->users[slot], 1);
    (void)atomic_fetch_sub(&at->in_use, 1);
}

static idi_status square(void *user, int64_t index, int64_t slot)
{
    place *at = user;
    enter(at, slot);
    pause_for(at, index);
    at->values[slot] = index * index;
    (void)atomic_fetch_add(&at->done, 1);
    return IDI_OK;
}

static idi_workers *start(idi_memory *memory, idi_workers_options options)
{
    idi_workers *workers;
    const idi_status st = idi_workers_create(memory, &options, &workers);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    return workers;
}

static idi_work_item take(idi_workers *workers)
{
    idi_work_item item;
    const idi_status st = idi_workers_take(workers, &item);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    return item;
}

static void expect_squares(int threads, int64_t window, int64_t first, int64_t count)
{
    place at = {.seed = idi_test_seed()};
    idi_memory *memory = idi_test_memory();
    idi_workers *workers =
        start(memory, (idi_workers_options){threads, window, first, count, false, square, &at});
    for (int64_t i = 0; i < count; i++) {
        const idi_work_item item = take(workers);
        cr_assert(!item.is_end && item.index == first + i && item.slot == i % window);
        cr_assert_eq(at.values[item.slot], item.index * item.index);
        leave(&at, item.slot);
        idi_workers_release(workers);
    }
    for (int i = 0; i < 2; i++) {
        const idi_work_item end = take(workers);
        cr_assert(end.is_end && end.index == -1 && end.slot == -1);
    }
    idi_workers_destroy(&workers);
    cr_assert_null(workers);
    cr_assert_eq(atomic_load(&at.done), count);
    cr_assert_leq(atomic_load(&at.most_in_use), window);
    idi_test_memory_close(&memory);
}

Test(workers, order_and_window_for_any_number_of_threads)
{
    for (int threads = 0; threads <= MAX_THREADS; threads++) {
        expect_squares(threads, 1, 0, 20);
        expect_squares(threads, 3, 5, 100);
        expect_squares(threads, MAX_WINDOW, 2000000000, 300);
        expect_squares(threads, 4, 0, 2);
        expect_squares(threads, 4, 0, 0);
    }
}

/* The window is used, and no item beyond it is begun while nothing is released. */
Test(workers, run_ahead_as_far_as_the_window)
{
    place at = {0};
    idi_memory *memory = idi_test_memory();
    idi_workers *workers =
        start(memory, (idi_workers_options){2, 5, 0, IDI_WORKERS_ENDLESS, false, square, &at});
    const struct timespec nap = {0, 1000000};
    for (int i = 0; i < 5000 && atomic_load(&at.done) < 5; i++)
        (void)nanosleep(&nap, NULL);
    (void)nanosleep(&nap, NULL);
    cr_assert_eq(atomic_load(&at.done), 5);
    idi_workers_destroy(&workers);
    idi_test_memory_close(&memory);
}

Test(workers, several_items_are_held)
{
    for (int threads = 0; threads <= 3; threads++) {
        place at = {0};
        idi_memory *memory = idi_test_memory();
        idi_workers *workers = start(
            memory, (idi_workers_options){threads, 6, 0, IDI_WORKERS_ENDLESS, false, square, &at});
        for (int64_t batch = 0; batch < 10; batch++) {
            for (int64_t i = 0; i < 3; i++)
                cr_assert_eq(take(workers).index, batch * 3 + i);
            for (int64_t i = 0; i < 3; i++) {
                const int64_t index = batch * 3 + i;
                cr_assert_eq(at.values[index % 6], index * index);
                leave(&at, index % 6);
                idi_workers_release(workers);
            }
        }
        idi_workers_release(workers); /* nothing is held: nothing happens */
        for (int64_t i = 0; i < 6; i++)
            (void)take(workers);
        idi_work_item item;
        cr_assert_eq(idi_workers_take(workers, &item), IDI_ERR_STATE);
        cr_assert(strstr(idi_last_error(), "all 6 slots"), "%s", idi_last_error());
        idi_workers_destroy(&workers);
        idi_test_memory_close(&memory);
    }
}

/* --- failures --------------------------------------------------------------------------------- */

static idi_status fail_every_third(void *user, int64_t index, int64_t slot)
{
    IDI_TRY(square(user, index, slot));
    IDI_REQUIRE(index % 3 != 0, index % 2 ? IDI_ERR_IO : IDI_ERR_FORMAT, "item %lld is bad",
                (long long)index);
    return IDI_OK;
}

Test(workers, failures_come_in_order_with_their_sentences)
{
    for (int threads = 0; threads <= MAX_THREADS; threads += 2) {
        place at = {.seed = idi_test_seed()};
        idi_memory *memory = idi_test_memory();
        idi_workers *workers =
            start(memory, (idi_workers_options){threads, 4, 0, 40, false, fail_every_third, &at});
        for (int64_t i = 0; i < 40; i++) {
            idi_work_item item;
            char wanted[64];
            const idi_status st = idi_workers_take(workers, &item);
            (void)snprintf(wanted, sizeof wanted, "item %lld is bad", (long long)i);
            cr_assert_eq(st, i % 3 ? IDI_OK : i % 2 ? IDI_ERR_IO : IDI_ERR_FORMAT);
            if (st != IDI_OK) cr_assert_str_eq(idi_last_error(), wanted);
            cr_assert(item.index == i && !item.is_end);
            leave(&at, item.slot);
            idi_workers_release(workers);
        }
        cr_assert(take(workers).is_end);
        idi_workers_destroy(&workers);
        idi_test_memory_close(&memory);
    }
}

Test(workers, refusals_say_why)
{
    static const idi_workers_options bad[] = {
        {-1, 1, 0, 1, false, square, NULL}, {1, 0, 0, 1, false, square, NULL},
        {1, 1, -1, 1, false, square, NULL}, {1, 1, 0, -1, false, square, NULL},
        {1, 1, 0, 1, false, NULL, NULL},    {IDI_WORKERS_MAX + 1, 1, 0, 1, false, square, NULL}};
    idi_memory *memory = idi_test_memory();
    idi_workers *workers;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(idi_workers_create(memory, &bad[i], &workers), IDI_ERR_ARG, "%zu", i);
        cr_assert_null(workers);
    }
    idi_workers_destroy(&workers);
    idi_workers_destroy(NULL);
    idi_test_memory_close(&memory);
    for (int64_t n = 0; n < 3; n++) {
        place at = {0};
        memory = idi_test_failing_memory(n);
        const idi_workers_options options = {2, 2, 0, 1, false, square, &at};
        cr_assert_eq(idi_workers_create(memory, &options, &workers), IDI_ERR_NOMEM);
        cr_assert_null(workers);
        idi_test_memory_close(&memory);
    }
}

/* --- cancelling ------------------------------------------------------------------------------- */

static idi_status hold(void *user, int64_t index, int64_t slot)
{
    place *at = user;
    (void)index;
    (void)slot;
    const struct timespec nap = {0, 100000};
    while (atomic_load(&at->is_held))
        (void)nanosleep(&nap, NULL);
    (void)atomic_fetch_add(&at->done, 1);
    return IDI_OK;
}

static void *cancel_soon(void *argument)
{
    const struct timespec nap = {0, 3000000};
    (void)nanosleep(&nap, NULL);
    idi_workers_cancel(argument);
    return NULL;
}

/* The taker waits for an item that is not done, and is woken. */
Test(workers, cancelling_wakes_the_taker)
{
    for (int threads = 1; threads <= MAX_THREADS; threads++) {
        place at = {.is_held = 1};
        idi_memory *memory = idi_test_memory();
        idi_workers *workers = start(
            memory, (idi_workers_options){threads, 3, 0, IDI_WORKERS_ENDLESS, false, hold, &at});
        pthread_t thread;
        cr_assert(pthread_create(&thread, NULL, cancel_soon, workers) == 0);
        idi_work_item item;
        for (int i = 0; i < 2; i++) {
            cr_assert_eq(idi_workers_take(workers, &item), IDI_ERR_CANCELLED);
            cr_assert(item.index == -1 && !item.is_end);
        }
        cr_assert(pthread_join(thread, NULL) == 0);
        atomic_store(&at.is_held, 0);
        idi_workers_destroy(&workers); /* waits for the items that were begun */
        cr_assert_leq(atomic_load(&at.done), threads < 3 ? threads : 3);
        idi_test_memory_close(&memory);
    }
}

Test(workers, cancelled_before_anything_is_taken)
{
    for (int threads = 0; threads <= 2; threads++) {
        place at = {0};
        idi_memory *memory = idi_test_memory();
        idi_workers *workers =
            start(memory, (idi_workers_options){threads, 2, 0, 9, false, hold, &at});
        idi_workers_cancel(workers);
        idi_work_item item;
        cr_assert_eq(idi_workers_take(workers, &item), IDI_ERR_CANCELLED);
        idi_workers_destroy(&workers);
        idi_test_memory_close(&memory);
    }
}

Test(workers, destroyed_at_any_moment)
{
    for (int round = 0; round < 40; round++) {
        place at = {.seed = idi_test_seed() + (uint64_t)round};
        idi_memory *memory = idi_test_memory();
        idi_workers *workers =
            start(memory,
                  (idi_workers_options){round % 5, 4, 0, IDI_WORKERS_ENDLESS, false, square, &at});
        for (int i = 0; i < round % 7; i++) {
            leave(&at, take(workers).slot);
            idi_workers_release(workers);
        }
        idi_workers_destroy(&workers);
        idi_test_memory_close(&memory);
    }
}

/* --- sinks and pipelines ---------------------------------------------------------------------- */

/* Writes what was put into the slot to the item's place in the results. */
typedef struct sink {
    int64_t slots[MAX_WINDOW];
    int64_t results[200];
    uint64_t seed;
} sink;

static idi_status write_result(void *user, int64_t index, int64_t slot)
{
    sink *to = user;
    const place delays = {.seed = to->seed};
    pause_for(&delays, index);
    to->results[index] = to->slots[slot] + 1;
    IDI_REQUIRE(index != 17, IDI_ERR_IO, "the disk is full at %lld", (long long)index);
    return IDI_OK;
}

static int64_t retire(idi_workers *workers)
{
    idi_work_item item;
    const idi_status st = idi_workers_take(workers, &item);
    cr_assert(st == (item.index == 17 ? IDI_ERR_IO : IDI_OK), "%s", idi_last_error());
    if (st != IDI_OK) cr_assert_str_eq(idi_last_error(), "the disk is full at 17");
    idi_workers_release(workers);
    return item.is_end ? -1 : item.index;
}

static void feed(idi_workers *workers, sink *to, int64_t value, int64_t *retired)
{
    int64_t slot;
    while ((slot = idi_workers_next_slot(workers)) < 0)
        cr_assert_eq(retire(workers), (*retired)++);
    to->slots[slot] = value;
    idi_workers_submit(workers);
}

/* square -> +2 in this thread -> +1 in the sink's. */
static void pipeline(int source_threads, int sink_threads, int64_t sink_window)
{
    enum { COUNT = 150 };
    place at = {.seed = idi_test_seed()};
    sink to = {.seed = idi_test_seed() + 1};
    idi_memory *memory = idi_test_memory();
    idi_workers *from =
        start(memory, (idi_workers_options){source_threads, 4, 0, COUNT, false, square, &at});
    idi_workers *into = start(
        memory, (idi_workers_options){sink_threads, sink_window, 0, 0, true, write_result, &to});
    int64_t retired = 0;
    cr_assert(take(into).is_end);
    for (idi_work_item item = take(from); !item.is_end; item = take(from)) {
        const int64_t value = at.values[item.slot] + 2;
        leave(&at, item.slot);
        idi_workers_release(from);
        feed(into, &to, value, &retired);
    }
    while (retired < COUNT)
        cr_assert_eq(retire(into), retired++);
    cr_assert(take(into).is_end);
    for (int64_t i = 0; i < COUNT; i++)
        cr_assert_eq(to.results[i], i * i + 3, "%lld", (long long)i);
    idi_workers_destroy(&from);
    idi_workers_destroy(&into);
    idi_test_memory_close(&memory);
}

Test(workers, a_pipeline_of_source_and_sink)
{
    for (int source = 0; source <= 4; source += 2)
        for (int threads = 0; threads <= 4; threads++)
            for (int64_t window = 1; window <= 7; window += 3)
                pipeline(source, threads, window);
}

Test(workers, a_sink_takes_no_more_than_its_window)
{
    sink to = {0};
    idi_memory *memory = idi_test_memory();
    idi_workers *workers =
        start(memory, (idi_workers_options){2, 2, 0, 0, true, write_result, &to});
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(idi_workers_next_slot(workers), i);
        idi_workers_submit(workers);
    }
    cr_assert_eq(idi_workers_next_slot(workers), -1);
    idi_workers_submit(workers); /* no slot is free: nothing happens */
    cr_assert_eq(take(workers).index, 0);
    cr_assert_eq(idi_workers_next_slot(workers), -1);
    idi_workers_release(workers);
    cr_assert_eq(idi_workers_next_slot(workers), 0);
    cr_assert_eq(take(workers).index, 1);
    cr_assert(take(workers).is_end);
    idi_workers_destroy(&workers);
    idi_test_memory_close(&memory);
}
