/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_ranks.c - ranks that are threads: means, bytes from the first, agreeing and
 * failing together; and a process on its own. */
#include "support/random.h"
#include "support/thread_ranks.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { RANKS = 3, LONG = (1 << 20) + 5 };

TestSuite(ranks);

/* --- means ------------------------------------------------------------------------------------ */

/* Rank r's number i. */
static float value_of(int rank, int64_t i)
{
    return (float)((i * 2654435761U + (uint64_t)rank * 40503U) % 10007U) / 5003.0F - 1.0F;
}

static void check_mean(idi_ranks *ranks, float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = value_of(idi_ranks_rank(ranks), i);
    OK(idi_ranks_mean(ranks, values, count));
    for (int64_t i = 0; i < count; i++) {
        double sum = 0.0;
        for (int r = 0; r < RANKS; r++)
            sum += (double)value_of(r, i);
        cr_assert_eq(values[i], (float)(sum / RANKS), "%lld of %lld", (long long)i,
                     (long long)count);
    }
}

/* None, fewer than ranks, ragged, and more than a block. */
static void average(void *user, idi_memory *memory, idi_ranks *ranks)
{
    static const int64_t counts[] = {0, 1, 2, 3, 100, LONG};
    float *values = malloc(LONG * sizeof *values);
    (void)user;
    (void)memory;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        check_mean(ranks, values, counts[i]);
    free(values);
}

Test(ranks, a_mean_is_rounded_once_and_the_same_everywhere)
{
    idi_with_thread_ranks(RANKS, average, NULL);
}

/* Each sum of three is no float, its third is the number again. */
static void average_equals(void *user, idi_memory *memory, idi_ranks *ranks)
{
    float values[1000];
    (void)user;
    (void)memory;
    for (int i = 0; i < 1000; i++)
        values[i] = value_of(7, i);
    values[1] = -0.0F;
    OK(idi_ranks_mean(ranks, values, 1000));
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(values[i], i == 1 ? 0.0F : value_of(7, i), "%d", i);
    values[0] = idi_ranks_rank(ranks) == 1 ? NAN : 1.0F;
    OK(idi_ranks_mean(ranks, values, 1));
    cr_expect(isnan(values[0]), "a NaN of one rank is lost");
}

Test(ranks, what_is_equal_stays_and_what_is_not_a_number_shows)
{
    idi_with_thread_ranks(RANKS, average_equals, NULL);
}

/* --- words ------------------------------------------------------------------------------------ */

static void share(void *user, idi_memory *memory, idi_ranks *ranks)
{
    char text[16];
    bool any = true;
    int first = 7;
    const int rank = idi_ranks_rank(ranks);
    (void)user;
    (void)memory;
    memset(text, 'a' + rank, sizeof text);
    OK(idi_ranks_broadcast(ranks, text, sizeof text));
    cr_expect_eq(text[15], 'a');
    OK(idi_ranks_any(ranks, false, &any));
    cr_expect(!any);
    OK(idi_ranks_any(ranks, rank == 2, &any));
    cr_expect(any);
    OK(idi_ranks_first(ranks, false, &first));
    cr_expect_eq(first, -1);
    OK(idi_ranks_first(ranks, rank > 0, &first));
    cr_expect_eq(first, 1);
    OK(idi_ranks_agree(ranks, IDI_OK));
    cr_expect(!idi_ranks_are_over(ranks));
}

Test(ranks, the_first_ones_bytes_and_anybodys_wish_reach_all)
{
    idi_with_thread_ranks(RANKS, share, NULL);
}

/* *user: the first rank that fails; those behind it fail too. */
static void fall(void *user, idi_memory *memory, idi_ranks *ranks)
{
    const int first = *(const int *)user;
    const int rank = idi_ranks_rank(ranks);
    const idi_status mine = rank >= first ? idi_fail(IDI_ERR_IO, "disk %d is full", rank) : IDI_OK;
    (void)memory;
    cr_expect_eq(idi_ranks_agree(ranks, mine), IDI_ERR_IO);
    cr_expect_str_eq(idi_last_error(), first ? "rank 1: disk 1 is full" : "disk 0 is full");
    cr_expect(idi_ranks_are_over(ranks));
    cr_expect_eq(idi_ranks_agree(ranks, rank ? IDI_OK : IDI_ERR_ARG), rank ? IDI_OK : IDI_ERR_ARG,
                 "over, and still talking");
}

Test(ranks, all_fail_with_the_first_ones_sentence)
{
    int first = 1;
    idi_with_thread_ranks(RANKS, fall, &first);
    first = 0;
    idi_with_thread_ranks(RANKS, fall, &first);
}

/* --- alone ------------------------------------------------------------------------------------ */

Test(ranks, a_process_on_its_own_needs_none)
{
    idi_memory *memory = idi_test_memory();
    idi_ranks *ranks;
    float value = 3.0F;
    bool any = false;
    int first = 7;
    OK(idi_ranks_open(memory, &ranks));
    cr_expect_null(ranks);
    cr_expect_eq(idi_ranks_count(ranks), 1);
    cr_expect_eq(idi_ranks_rank(ranks), 0);
    OK(idi_ranks_mean(ranks, &value, 1));
    OK(idi_ranks_broadcast(ranks, &value, sizeof value));
    cr_expect_eq(value, 3.0F);
    OK(idi_ranks_any(ranks, true, &any));
    cr_expect(any);
    OK(idi_ranks_first(ranks, true, &first));
    cr_expect_eq(first, 0);
    OK(idi_ranks_first(ranks, false, &first));
    cr_expect_eq(first, -1);
    cr_expect_eq(idi_ranks_agree(ranks, IDI_ERR_IO), IDI_ERR_IO);
    cr_expect(!idi_ranks_are_over(ranks));
    idi_ranks_finish(ranks);
    idi_ranks_close(&ranks);
    idi_test_memory_close(&memory);
}

/* A transport that loses everything. */
static int lose(void *state, float *values, const int *counts, const int *starts)
{
    (void)state;
    (void)values;
    (void)counts;
    (void)starts;
    return 7;
}

static void explain(void *state, int error, char *text, int text_bytes)
{
    (void)state;
    cr_expect_eq(error, 7);
    (void)snprintf(text, (size_t)text_bytes, "the cable is out");
}

static void note_close(void *state, int is_together)
{
    *(int *)state = 1 + is_together;
}

Test(ranks, a_message_that_is_lost_is_told)
{
    idi_memory *memory = idi_test_memory();
    int closed = 0;
    const idi_transport transport = {.rank = 1,
                                     .count = 2,
                                     .state = &closed,
                                     .gather = lose,
                                     .explain = explain,
                                     .close = note_close};
    idi_ranks *ranks;
    OK(idi_ranks_create(memory, &transport, &ranks));
    cr_expect_eq(idi_ranks_agree(ranks, IDI_OK), IDI_ERR_STATE);
    cr_expect(strstr(idi_last_error(), "rank 1 of 2") && strstr(idi_last_error(), "the cable"),
              "%s", idi_last_error());
    idi_ranks_close(&ranks);
    cr_expect_eq(closed, 1, "the others were not left to their launcher");
    idi_test_memory_close(&memory);
}

Test(ranks, without_memory_the_transport_is_closed)
{
    for (int64_t n = 0; n < 3; n++) {
        idi_memory *memory = idi_test_failing_memory(n);
        int closed = 0;
        const idi_transport transport = {.count = 2, .state = &closed, .close = note_close};
        idi_ranks *ranks;
        cr_expect_eq(idi_ranks_create(memory, &transport, &ranks), IDI_ERR_NOMEM);
        cr_expect_null(ranks);
        cr_expect_eq(closed, 1);
        idi_test_memory_close(&memory);
    }
}
