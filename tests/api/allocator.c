/* SPDX-License-Identifier: Apache-2.0 */
/* api/allocator.c - see allocator.h. */
#include "api/allocator.h"

#include <stdlib.h>
#include <string.h>

enum { GUARD_BYTES = 64, GUARD = 0xA5, POISON = 0xFF /* NaN as float and double */ };

static void *on_alloc(void *user, size_t bytes)
{
    idi_test_allocator *allocator = user;
    const long long number = atomic_fetch_add(&allocator->made, 1);
    const long long fail_at = atomic_load(&allocator->fail_at);
    if (fail_at >= 0 && (number == fail_at || (allocator->fails_on && number > fail_at))) {
        atomic_fetch_add(&allocator->refused, 1);
        return NULL;
    }
    unsigned char *block = malloc(bytes + 2 * GUARD_BYTES);
    if (!block) abort();
    memset(block, GUARD, GUARD_BYTES);
    memcpy(block, &bytes, sizeof bytes);
    memset(block + GUARD_BYTES, POISON, bytes);
    memset(block + GUARD_BYTES + bytes, GUARD, GUARD_BYTES);
    atomic_fetch_add(&allocator->live, 1);
    return block + GUARD_BYTES;
}

static bool is_whole(const unsigned char *guard, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (guard[i] != GUARD) return false;
    return true;
}

static void on_free(void *user, void *memory)
{
    idi_test_allocator *allocator = user;
    unsigned char *block = (unsigned char *)memory - GUARD_BYTES;
    size_t bytes;
    memcpy(&bytes, block, sizeof bytes);
    if (!is_whole(block + sizeof bytes, GUARD_BYTES - sizeof bytes) ||
        !is_whole(block + GUARD_BYTES + bytes, GUARD_BYTES))
        atomic_fetch_add(&allocator->damaged, 1);
    memset(memory, POISON, bytes);
    atomic_fetch_sub(&allocator->live, 1);
    free(block);
}

idi_context_options idi_test_allocator_options(idi_test_allocator *allocator)
{
    idi_context_options options;
    idi_context_options_init(&options);
    options.device = "cpu";
    options.alloc = on_alloc;
    options.free = on_free;
    options.allocator_user = allocator;
    return options;
}
