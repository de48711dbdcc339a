/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_core.c - memory, arenas, random numbers, errors, shapes. */
#include "core/arena.h"
#include "core/memory.h"
#include "core/rng.h"
#include "core/status.h"
#include "core/tensor.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

/* --- memory ----------------------------------------------------------------------------------- */

static idi_memory *limited(size_t bytes)
{
    idi_memory *memory;
    cr_assert_eq(idi_memory_create(NULL, bytes, &memory), IDI_OK);
    return memory;
}

static idi_memory_stats stats_of(idi_memory *memory)
{
    idi_memory_stats stats;
    idi_memory_get_stats(memory, &stats);
    return stats;
}

Test(memory, blocks_are_aligned_and_separate)
{
    idi_memory *memory = idi_test_memory();
    unsigned char *blocks[40];
    for (size_t i = 0; i < 40; i++) {
        cr_assert_eq(idi_alloc(memory, IDI_TAG_GENERAL, i * 7, &blocks[i]), IDI_OK);
        cr_assert_not_null(blocks[i], "%zu bytes", i * 7);
        cr_assert_eq((uintptr_t)blocks[i] % 64, 0, "%zu bytes", i * 7);
        memset(blocks[i], (int)i, i * 7);
    }
    for (size_t i = 0; i < 40; i++)
        for (size_t j = 0; j < i * 7; j++)
            cr_assert_eq(blocks[i][j], i);
    for (size_t i = 0; i < 40; i++)
        idi_free(memory, blocks[i]);
    idi_test_memory_close(&memory);
    cr_assert_null(memory);
}

Test(memory, is_counted_by_tag)
{
    idi_memory *memory = limited(0);
    void *a;
    void *b;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_WEIGHT, 100, &a), IDI_OK);
    cr_assert_eq(idi_alloc(memory, IDI_TAG_IMAGE, 30, &b), IDI_OK);
    idi_memory_stats stats = stats_of(memory);
    cr_assert_eq(stats.current_bytes[IDI_TAG_WEIGHT], 100);
    cr_assert_eq(stats.current_bytes[IDI_TAG_IMAGE], 30);
    cr_assert_eq(stats.current_bytes[IDI_TAG_GRAPH], 0);
    cr_assert_eq(stats.total_current_bytes, 130);
    idi_free(memory, a);
    cr_assert_eq(idi_alloc(memory, IDI_TAG_WEIGHT, 10, &a), IDI_OK);
    stats = stats_of(memory);
    cr_assert_eq(stats.current_bytes[IDI_TAG_WEIGHT], 10);
    cr_assert_eq(stats.peak_bytes[IDI_TAG_WEIGHT], 100);
    cr_assert_eq(stats.total_current_bytes, 40);
    cr_assert_eq(stats.total_peak_bytes, 130);
    cr_assert_eq(stats.allocation_count, 3);
    idi_free(memory, a);
    idi_free(memory, b);
    idi_free(memory, NULL);
    cr_assert_eq(stats_of(memory).total_current_bytes, 0);
    idi_memory_destroy(&memory);
    idi_memory_destroy(&memory);
    idi_memory_destroy(NULL);
}

Test(memory, the_limit_is_exact_and_holds_again_after_freeing)
{
    idi_memory *memory = limited(1000);
    void *a;
    void *b;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GRAPH, 600, &a), IDI_OK);
    b = a;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GRAPH, 401, &b), IDI_ERR_NOMEM);
    cr_assert_null(b);
    cr_assert_str_eq(idi_last_error(),
                     "memory limit reached: 401 more bytes for graph would exceed "
                     "the limit of 1000 bytes");
    cr_assert_eq(stats_of(memory).allocation_count, 1);
    cr_assert_eq(stats_of(memory).total_peak_bytes, 600);
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GRAPH, 400, &b), IDI_OK);
    void *none;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GRAPH, 1, &none), IDI_ERR_NOMEM);
    idi_free(memory, a);
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GRAPH, 600, &a), IDI_OK);
    idi_free(memory, a);
    idi_free(memory, b);
    idi_memory_destroy(&memory);
}

Test(memory, sizes_that_overflow_are_refused)
{
    idi_memory *memory = limited(0);
    void *block = memory;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GENERAL, SIZE_MAX, &block), IDI_ERR_NOMEM);
    cr_assert_null(block);
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GENERAL, SIZE_MAX - 64, &block), IDI_ERR_NOMEM);
    cr_assert_eq(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, SIZE_MAX / 2, 3, &block), IDI_ERR_NOMEM);
    cr_assert_eq(
        idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)1 << 33, (size_t)1 << 33, &block),
        IDI_ERR_NOMEM);
    void *array = NULL;
    int64_t capacity = 0;
    cr_assert_eq(idi_grow(memory, IDI_TAG_GENERAL, &array, &capacity, INT64_MAX / 8 + 1, 16),
                 IDI_ERR_NOMEM);
    cr_assert_null(array);
    cr_assert_eq(capacity, 0);
    cr_assert_eq(stats_of(memory).total_current_bytes, 0);
    idi_memory_destroy(&memory);
}

Test(memory, zeroed_is_zero)
{
    idi_memory *memory = idi_test_memory();
    unsigned char *block;
    cr_assert_eq(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 33, 3, &block), IDI_OK);
    for (int i = 0; i < 99; i++)
        cr_assert_eq(block[i], 0);
    idi_free(memory, block);
    cr_assert_eq(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 5, 0, &block), IDI_OK);
    idi_free(memory, block);
    idi_test_memory_close(&memory);
}

Test(memory, growing_keeps_the_content)
{
    idi_memory *memory = idi_test_memory();
    int *array = NULL;
    int64_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(idi_grow(memory, IDI_TAG_GENERAL, &array, &capacity, i + 1, sizeof *array),
                     IDI_OK);
        cr_assert_geq(capacity, i + 1);
        array[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(array[i], i);
    cr_assert_leq(stats_of(memory).allocation_count, 10, "growth is not geometric");
    idi_free(memory, array);
    idi_test_memory_close(&memory);
}

Test(memory, a_failed_growth_loses_nothing)
{
    idi_memory *memory = idi_test_failing_memory(1);
    int *array = NULL;
    int64_t capacity = 0;
    cr_assert_eq(idi_grow(memory, IDI_TAG_GENERAL, &array, &capacity, 8, sizeof *array), IDI_OK);
    array[7] = 42;
    const int *before = array;
    cr_assert_eq(idi_grow(memory, IDI_TAG_GENERAL, &array, &capacity, 100, sizeof *array),
                 IDI_ERR_NOMEM);
    cr_assert_eq(array, before);
    cr_assert_eq(array[7], 42);
    cr_assert_eq(capacity, 8);
    idi_free(memory, array);
    idi_test_memory_close(&memory);
}

Test(memory, strings_are_copied)
{
    idi_memory *memory = idi_test_memory();
    char text[] = "res2.weight";
    char *copy;
    cr_assert_eq(idi_strdup(memory, text, &copy), IDI_OK);
    text[0] = 'x';
    cr_assert_str_eq(copy, "res2.weight");
    idi_free(memory, copy);
    idi_test_memory_close(&memory);
}

typedef struct odd_heap {
    int live;
    unsigned char bytes[4096];
} odd_heap;

/* Hands out addresses that are aligned to 16 and no more. */
static void *odd_alloc(void *user, size_t bytes)
{
    odd_heap *heap = user;
    heap->live++;
    unsigned char *start = heap->bytes + (16 - (uintptr_t)heap->bytes % 16) % 16;
    return bytes > 1000 ? NULL : start + (ptrdiff_t)(heap->live - 1) * 1008;
}

static void odd_free(void *user, void *block)
{
    ((odd_heap *)user)->live -= block != NULL;
}

Test(memory, goes_through_the_callers_allocator)
{
    odd_heap heap = {0};
    const idi_allocator allocator = {odd_alloc, odd_free, &heap};
    idi_memory *memory;
    cr_assert_eq(idi_memory_create(&allocator, 0, &memory), IDI_OK);
    cr_assert_eq(heap.live, 1);
    unsigned char *a;
    unsigned char *b;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GENERAL, 800, &a), IDI_OK);
    cr_assert_eq(idi_alloc(memory, IDI_TAG_GENERAL, 800, &b), IDI_OK);
    cr_assert_eq(heap.live, 3);
    cr_assert_eq((uintptr_t)a % 64, 0);
    cr_assert_eq((uintptr_t)b % 64, 0);
    memset(a, 1, 800);
    memset(b, 2, 800);
    cr_assert_eq(a[799], 1);
    idi_free(memory, b);
    idi_free(memory, a);
    idi_memory_destroy(&memory);
    cr_assert_eq(heap.live, 0);
}

Test(memory, an_allocator_that_gives_nothing_is_an_error)
{
    idi_memory *memory = idi_test_failing_memory(0);
    void *block = memory;
    cr_assert_eq(idi_alloc(memory, IDI_TAG_IMAGE, 77, &block), IDI_ERR_NOMEM);
    cr_assert_null(block);
    cr_assert_str_eq(idi_last_error(), "out of memory: no 77 bytes for image");
    idi_test_memory_close(&memory);
    const idi_allocator half = {odd_alloc, NULL, NULL};
    cr_assert_eq(idi_memory_create(&half, 0, &memory), IDI_ERR_ARG);
    cr_assert_null(memory);
}

static void *churn(void *user)
{
    for (int i = 0; i < 2000; i++) {
        void *block;
        if (idi_alloc(user, IDI_TAG_GENERAL, 64, &block) == IDI_OK) idi_free(user, block);
    }
    return NULL;
}

Test(memory, counts_right_with_several_threads)
{
    idi_memory *memory = limited(64 * 3);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, churn, memory), 0);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    const idi_memory_stats stats = stats_of(memory);
    cr_assert_eq(stats.total_current_bytes, 0);
    cr_assert_leq(stats.total_peak_bytes, 64 * 3);
    cr_assert_leq(stats.allocation_count, 8000);
    idi_memory_destroy(&memory);
}

Test(memory, tags_have_names)
{
    cr_assert_str_eq(idi_tag_name(IDI_TAG_GENERAL), "general");
    cr_assert_str_eq(idi_tag_name(IDI_TAG_IMAGE), "image");
    cr_assert_str_eq(idi_tag_name((idi_tag)99), "unknown");
}

/* --- arenas ----------------------------------------------------------------------------------- */

Test(arena, blocks_are_aligned_and_keep_their_content)
{
    idi_memory *memory = idi_test_memory();
    idi_arena arena;
    idi_arena_init(&arena, memory, IDI_TAG_GRAPH);
    unsigned char source[300];
    unsigned char *blocks[300];
    for (size_t i = 0; i < 300; i++) {
        memset(source, (int)(i % 251), sizeof source);
        cr_assert_eq(idi_arena_copy(&arena, source, i, &blocks[i]), IDI_OK);
        cr_assert_eq((uintptr_t)blocks[i] % 16, 0);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_eq(blocks[i][j], i % 251);
    cr_assert_lt(stats_of(memory).allocation_count, 10);
    cr_assert_gt(stats_of(memory).current_bytes[IDI_TAG_GRAPH], 0);
    idi_arena_clear(&arena);
    idi_arena_clear(&arena);
    idi_test_memory_close(&memory);
}

Test(arena, takes_blocks_larger_than_a_chunk)
{
    enum { LARGE = 100000 };
    idi_memory *memory = idi_test_memory();
    idi_arena arena;
    idi_arena_init(&arena, memory, IDI_TAG_GRAPH);
    unsigned char *small;
    unsigned char *large;
    unsigned char *after;
    cr_assert_eq(idi_arena_copy(&arena, "ab", 3, &small), IDI_OK);
    cr_assert_eq(idi_arena_copy(&arena, NULL, LARGE, &large), IDI_OK);
    cr_assert_eq(idi_arena_copy(&arena, "cd", 3, &after), IDI_OK);
    for (int i = 0; i < LARGE; i++)
        cr_assert_eq(large[i], 0);
    cr_assert_str_eq((char *)small, "ab");
    cr_assert_str_eq((char *)after, "cd");
    idi_arena_clear(&arena);
    idi_test_memory_close(&memory);
}

Test(arena, fails_when_memory_does_or_the_size_overflows)
{
    idi_memory *memory = idi_test_failing_memory(1);
    idi_arena arena;
    idi_arena_init(&arena, memory, IDI_TAG_GRAPH);
    void *block;
    cr_assert_eq(idi_arena_copy(&arena, NULL, 10, &block), IDI_OK);
    cr_assert_eq(idi_arena_copy(&arena, NULL, 20000, &block), IDI_ERR_NOMEM);
    cr_assert_eq(idi_arena_copy(&arena, NULL, SIZE_MAX - 3, &block), IDI_ERR_NOMEM);
    cr_assert_eq(idi_arena_copy(&arena, NULL, 10, &block), IDI_OK, "the open chunk still serves");
    idi_arena_clear(&arena);
    idi_test_memory_close(&memory);
}

/* --- random numbers --------------------------------------------------------------------------- */

/* philox4x32-10 of Random123's kat_vectors. Counter words 0 and 1 are the index, 2 and 3 the
 * stream; the key is the seed. */
Test(rng, philox_gives_the_known_answers)
{
    static const struct {
        uint64_t seed, stream, index;
        uint32_t want[4];
    } known[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         0x0370734413198a2e,
         0x85a308d3243f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint32_t got[4];
        idi_philox(known[i].seed, known[i].stream, known[i].index, got);
        for (int w = 0; w < 4; w++)
            cr_assert_eq(got[w], known[i].want[w], "vector %zu word %d: %08x", i, w, got[w]);
    }
}

Test(rng, uniform_is_even_in_its_range)
{
    const uint64_t seed = idi_test_seed();
    int bins[10] = {0};
    for (uint64_t i = 0; i < 100000; i++) {
        const double u = idi_uniform(seed, 3, i);
        cr_assert(u >= 0.0 && u < 1.0);
        cr_assert_eq(u * 0x1p32, floor(u * 0x1p32));
        bins[(int)(u * 10.0)]++;
    }
    for (int b = 0; b < 10; b++) /* 10000 +- 95: seven deviations */
        cr_assert(abs(bins[b] - 10000) < 670, "bin %d has %d (seed %llu)", b, bins[b],
                  (unsigned long long)seed);
}

Test(rng, normal_has_mean_0_and_variance_1)
{
    const uint64_t seed = idi_test_seed();
    double sum = 0.0;
    double square = 0.0;
    for (uint64_t i = 0; i < 100000; i++) {
        const double z = idi_normal(seed, 4, i);
        cr_assert(isfinite(z));
        sum += z;
        square += z * z;
    }
    cr_assert(fabs(sum / 1e5) < 0.023, "mean %g (seed %llu)", sum / 1e5, (unsigned long long)seed);
    cr_assert(fabs(square / 1e5 - 1.0) < 0.032, "variance %g (seed %llu)", square / 1e5,
              (unsigned long long)seed);
}

Test(rng, seeds_streams_and_indices_are_independent)
{
    uint32_t base[4];
    uint32_t other[4];
    idi_philox(1, 2, 3, base);
    static const uint64_t changed[][3] = {{2, 2, 3},
                                          {1, 3, 3},
                                          {1, 2, 4},
                                          {1 + (1ULL << 32), 2, 3},
                                          {1, 2 + (1ULL << 32), 3},
                                          {1, 2, 3 + (1ULL << 32)}};
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        idi_philox(changed[i][0], changed[i][1], changed[i][2], other);
        cr_assert_neq(memcmp(base, other, sizeof base), 0, "change %zu", i);
    }
    idi_philox(1, 2, 3, other);
    cr_assert_eq(memcmp(base, other, sizeof base), 0);
}

Test(rng, names_hash_by_fnv_1a)
{
    cr_assert_eq(idi_hash_name(""), 0xcbf29ce484222325ULL);
    cr_assert_eq(idi_hash_name("a"), 0xaf63dc4c8601ec8cULL);
    cr_assert_eq(idi_hash_name("foobar"), 0x85944171f73967e8ULL);
}

/* --- errors ----------------------------------------------------------------------------------- */

Test(status, names)
{
    cr_assert_str_eq(idi_status_name(IDI_OK), "IDI_OK");
    cr_assert_str_eq(idi_status_name(IDI_ERR_ARG), "IDI_ERR_ARG");
    cr_assert_str_eq(idi_status_name(IDI_ERR_NOMEM), "IDI_ERR_NOMEM");
    cr_assert_str_eq(idi_status_name(IDI_ERR_SHAPE), "IDI_ERR_SHAPE");
    cr_assert_str_eq(idi_status_name(IDI_ERR_LABELS), "IDI_ERR_LABELS");
    cr_assert_str_eq(idi_status_name(IDI_ERR_UNSUPPORTED), "IDI_ERR_UNSUPPORTED");
    cr_assert_str_eq(idi_status_name(IDI_ERR_INTERNAL), "IDI_ERR_INTERNAL");
    cr_assert_str_eq(idi_status_name((idi_status)-15), "unknown status");
    cr_assert_str_eq(idi_status_name((idi_status)1), "unknown status");
}

static idi_status require_positive(int x)
{
    IDI_REQUIRE(x > 0, IDI_ERR_ARG, "x is %d, want 1 or more", x);
    return IDI_OK;
}

static idi_status caller(int x)
{
    IDI_TRY(require_positive(x));
    return IDI_OK;
}

static idi_status with_cleanup(int x, int *cleaned)
{
    idi_status st = IDI_OK;
    IDI_REQUIRE_TO(done, x != 7, IDI_ERR_STATE, "seven");
    IDI_TRY_TO(done, require_positive(x));
done:
    ++*cleaned;
    return st;
}

Test(status, requirements_return_status_sentence_and_trace)
{
    cr_assert_str_eq(idi_last_error(), "");
    cr_assert_eq(caller(1), IDI_OK);
    cr_assert_eq(caller(-2), IDI_ERR_ARG);
    cr_assert_str_eq(idi_last_error(), "x is -2, want 1 or more");
    const char *trace = idi_last_error_trace();
    cr_assert_eq(strncmp(trace, "test_core.c:", 12), 0, "%s", trace);
    cr_assert(strstr(trace, ": IDI_ERR_ARG\ntest_core.c:"), "%s", trace);
    cr_assert(strstr(trace, "require_positive(x)"), "%s", trace);
    cr_assert_null(strchr(trace, '/'));
}

Test(status, cleanup_runs_on_every_way_out)
{
    int cleaned = 0;
    cr_assert_eq(with_cleanup(1, &cleaned), IDI_OK);
    cr_assert_eq(with_cleanup(0, &cleaned), IDI_ERR_ARG);
    cr_assert_eq(with_cleanup(7, &cleaned), IDI_ERR_STATE);
    cr_assert_str_eq(idi_last_error(), "seven");
    cr_assert_eq(cleaned, 3);
}

Test(status, a_prefix_gives_context)
{
    idi_status st = idi_fail(IDI_ERR_FORMAT, "row %d is cut short", 3);
    st = idi_fail_prefix(st, "%s: ", "mask.png");
    cr_assert_eq(st, IDI_ERR_FORMAT);
    cr_assert_str_eq(idi_last_error(), "mask.png: row 3 is cut short");
    st = idi_fail(IDI_ERR_IO, "again: %s", idi_last_error()); /* its own argument */
    cr_assert_eq(st, IDI_ERR_IO);
    cr_assert_str_eq(idi_last_error(), "again: mask.png: row 3 is cut short");
}

Test(status, long_sentences_are_cut_not_overrun)
{
    char text[5000];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    idi_status st = idi_fail(IDI_ERR_ARG, "%s", text);
    cr_assert_eq(strlen(idi_last_error()), 1023);
    st = idi_fail_prefix(st, "%s", text);
    cr_assert_eq(strlen(idi_last_error()), 1023);
    for (int i = 0; i < 300; i++)
        st = idi_fail_pass("dir/file.c", i, "a long expression that is passed on", st);
    cr_assert_eq(st, IDI_ERR_ARG);
    cr_assert_lt(strlen(idi_last_error_trace()), 2048);
}

static void *fail_elsewhere(void *user)
{
    const idi_status st = idi_fail(IDI_ERR_IO, "the other thread's");
    *(bool *)user = st == IDI_ERR_IO && strcmp(idi_last_error(), "the other thread's") == 0;
    return NULL;
}

Test(status, each_thread_has_its_own_error)
{
    const idi_status st = idi_fail(IDI_ERR_ARG, "mine");
    cr_assert_eq(st, IDI_ERR_ARG);
    bool is_right = false;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, fail_elsewhere, &is_right), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert(is_right);
    cr_assert_str_eq(idi_last_error(), "mine");
}

/* --- shapes ----------------------------------------------------------------------------------- */

Test(tensor, shapes_count_and_compare)
{
    const idi_shape s = idi_shape4(2, 3, 5, 7);
    cr_assert_eq(idi_shape_count(&s), 210);
    cr_assert_eq(idi_shape_last(&s), 7);
    cr_assert_eq(idi_shape_rows(&s), 30);
    const idi_shape v = idi_shape1(9);
    cr_assert_eq(idi_shape_rows(&v), 1);
    cr_assert_eq(idi_shape_last(&v), 9);
    const idi_shape scalar = {0, {1, 1, 1, 1}};
    cr_assert_eq(idi_shape_count(&scalar), 1);
    cr_assert_eq(idi_shape_last(&scalar), 1);
    const idi_shape t = idi_shape3(2, 3, 35);
    const idi_shape u = idi_shape4(2, 3, 5, 8);
    cr_assert(idi_shape_equal(&s, &s));
    cr_assert_not(idi_shape_equal(&s, &t));
    cr_assert_not(idi_shape_equal(&s, &u));
}

Test(tensor, shapes_are_written_as_in_python)
{
    const idi_shape s = idi_shape4(1, 16, 16, 512);
    cr_assert_str_eq(idi_shape_format(&s).text, "[1, 16, 16, 512]");
    const idi_shape scalar = {0, {1, 1, 1, 1}};
    cr_assert_str_eq(idi_shape_format(&scalar).text, "[]");
    const idi_shape huge = idi_shape4(INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN);
    const size_t length = strlen(idi_shape_format(&huge).text);
    cr_assert_eq(idi_shape_format(&huge).text[length - 1], ']');
}

Test(tensor, types_have_names_and_sizes)
{
    cr_assert_str_eq(idi_dtype_name(IDI_BF16), "bf16");
    cr_assert_str_eq(idi_dtype_name((idi_dtype)77), "unknown");
    cr_assert_eq(idi_dtype_bytes(IDI_REAL), 0);
    cr_assert_eq(idi_dtype_bytes(IDI_WIDE), 0);
    cr_assert_eq(idi_dtype_bytes(IDI_F32), 4);
    cr_assert_eq(idi_dtype_bytes(IDI_F64), 8);
    cr_assert_eq(idi_dtype_bytes(IDI_F16), 2);
    cr_assert_eq(idi_dtype_bytes(IDI_U8), 1);
    cr_assert_eq(idi_dtype_bytes(IDI_I64), 8);
    cr_assert_eq(idi_dtype_bytes((idi_dtype)-1), 0);
}
