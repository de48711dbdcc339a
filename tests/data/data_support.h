/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share: a memory that counts and fails on order, and fixtures. */
#ifndef IDI_TESTS_DATA_SUPPORT_H
#define IDI_TESTS_DATA_SUPPORT_H

#include "core/file.h"
#include "core/memory.h"
#include "data/npy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An allocator whose allocation number `fail_at` (from 0) fails; -1: none. From any thread. */
typedef struct test_heap {
    _Atomic int64_t fail_at, made, live;
} test_heap;

static inline void *test_heap_alloc(void *user, size_t bytes)
{
    test_heap *heap = user;
    if (heap->made++ == heap->fail_at) return NULL;
    void *block = malloc(bytes);
    if (block) heap->live++;
    return block;
}

static inline void test_heap_free(void *user, void *block)
{
    test_heap *heap = user;
    if (block) heap->live--;
    free(block);
}

static inline idi_memory *test_memory(test_heap *heap)
{
    const idi_allocator allocator = {test_heap_alloc, test_heap_free, heap};
    idi_memory *memory = NULL;
    heap->made = heap->live = 0;
    heap->fail_at = -1;
    cr_assert(idi_memory_create(&allocator, 0, &memory) == IDI_OK);
    return memory;
}

/* Everything was given back. */
static inline void test_memory_end(test_heap *heap, idi_memory *memory)
{
    idi_memory_destroy(&memory);
    cr_assert(heap->live == 0, "%lld blocks leaked", (long long)heap->live);
}

static inline const char *fixture(const char *name)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s/data/%s", IDI_FIXTURES, name);
    return path;
}

static inline const char *scratch(const char *name)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", IDI_SCRATCH, name);
    return path;
}

static inline idi_tensor load_array(idi_memory *memory, const char *name)
{
    idi_tensor tensor;
    const idi_status st = idi_npy_read(memory, fixture(name), &tensor);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    return tensor;
}

static inline uint8_t *load_bytes(idi_memory *memory, const char *path, size_t *size)
{
    uint8_t *bytes;
    const idi_status st = idi_file_read(memory, path, SIZE_MAX, &bytes, size);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    return bytes;
}

/* The last sentence names this. */
#define cr_assert_error_says(text)                                                                 \
    cr_assert(strstr(idi_last_error(), (text)), "\"%s\" does not say \"%s\"", idi_last_error(),    \
              (text))

#endif
