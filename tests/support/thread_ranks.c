/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/thread_ranks.c - see thread_ranks.h: everybody shows where its data are, and copies
 * from the others between two barriers. */
#include "support/thread_ranks.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

typedef struct meeting {
    pthread_barrier_t barrier;
    int count;
    const void *shown[MOST];
    void (*work)(void *user, idi_memory *memory, idi_ranks *ranks);
    void *user;
} meeting;

typedef struct member {
    meeting *all;
    int rank;
} member;

static void meet(const member *m)
{
    (void)pthread_barrier_wait(&m->all->barrier);
}

static void show(const member *m, const void *data)
{
    m->all->shown[m->rank] = data;
    meet(m);
}

static int exchange(void *state, const float *values, const int *counts, const int *starts,
                    float *received)
{
    const member *m = state;
    const int count = counts[m->rank];
    show(m, values);
    for (int p = 0; p < m->all->count; p++)
        memcpy(received + (size_t)p * count, (const float *)m->all->shown[p] + starts[m->rank],
               (size_t)count * sizeof *received);
    meet(m);
    return 0;
}

static int gather(void *state, float *values, const int *counts, const int *starts)
{
    const member *m = state;
    show(m, values);
    for (int p = 0; p < m->all->count; p++)
        if (p != m->rank)
            memcpy(values + starts[p], (const float *)m->all->shown[p] + starts[p],
                   (size_t)counts[p] * sizeof *values);
    meet(m);
    return 0;
}

static int broadcast(void *state, void *data, int bytes, int from)
{
    const member *m = state;
    show(m, data);
    if (m->rank != from) memcpy(data, m->all->shown[from], (size_t)bytes);
    meet(m);
    return 0;
}

static void explain(void *state, int error, char *text, int text_bytes)
{
    (void)state;
    (void)snprintf(text, (size_t)text_bytes, "%d", error);
}

static void close_member(void *state, int is_together)
{
    (void)state;
    (void)is_together;
}

static void *run(void *user)
{
    member *m = user;
    const idi_transport transport = {.rank = m->rank,
                                     .count = m->all->count,
                                     .state = m,
                                     .exchange = exchange,
                                     .gather = gather,
                                     .broadcast = broadcast,
                                     .explain = explain,
                                     .close = close_member};
    idi_memory *memory = idi_test_memory();
    idi_ranks *ranks;
    cr_assert_eq(idi_ranks_create(memory, &transport, &ranks), IDI_OK);
    m->all->work(m->all->user, memory, ranks);
    idi_ranks_close(&ranks);
    idi_test_memory_close(&memory);
    return NULL;
}

void idi_with_thread_ranks(int count,
                           void (*work)(void *user, idi_memory *memory, idi_ranks *ranks),
                           void *user)
{
    meeting all = {.count = count, .work = work, .user = user};
    member members[MOST];
    pthread_t threads[MOST];
    cr_assert_leq(count, MOST);
    cr_assert_eq(pthread_barrier_init(&all.barrier, NULL, (unsigned)count), 0);
    for (int p = 0; p < count; p++) {
        members[p] = (member){&all, p};
        cr_assert_eq(pthread_create(&threads[p], NULL, run, &members[p]), 0);
    }
    for (int p = 0; p < count; p++)
        cr_assert_eq(pthread_join(threads[p], NULL), 0);
    (void)pthread_barrier_destroy(&all.barrier);
}
