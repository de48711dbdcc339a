/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/random.c - see random.h. */
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t idi_test_seed(void)
{
    static uint64_t seed;
    const char *text = getenv("IDI_TEST_SEED");
    if (text) return strtoull(text, NULL, 10);
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (seed == 0) seed = (uint64_t)now.tv_sec * 1000003U + (uint64_t)now.tv_nsec;
    return seed;
}

static void *poison_alloc(void *user, size_t bytes)
{
    int64_t *remaining = user;
    if (remaining && *remaining >= 0 && (*remaining)-- == 0) {
        *remaining = 0;
        return NULL;
    }
    void *block = malloc(bytes);
    if (block) memset(block, 0xFF, bytes);
    return block;
}

static void poison_free(void *user, void *block)
{
    (void)user;
    free(block);
}

idi_memory *idi_test_memory(void)
{
    const idi_allocator allocator = {poison_alloc, poison_free, NULL};
    idi_memory *memory;
    cr_assert_eq(idi_memory_create(&allocator, 0, &memory), IDI_OK);
    return memory;
}

idi_memory *idi_test_failing_memory(int64_t n)
{
    static int64_t remaining;
    remaining = -1;
    const idi_allocator allocator = {poison_alloc, poison_free, &remaining};
    idi_memory *memory;
    cr_assert_eq(idi_memory_create(&allocator, 0, &memory), IDI_OK);
    remaining = n;
    return memory;
}

void idi_test_memory_close(idi_memory **memory)
{
    idi_memory_stats stats;
    idi_memory_get_stats(*memory, &stats);
    cr_expect_eq(stats.total_current_bytes, 0, "%zu bytes were not freed",
                 stats.total_current_bytes);
    /* Criterion 2.4.1 prints a failure in a suite's teardown but does not count it. */
    if (stats.total_current_bytes) abort();
    idi_memory_destroy(memory);
}
