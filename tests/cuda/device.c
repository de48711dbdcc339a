/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/device.c - choosing a device, and its memory: sentences, counters, limit, hooks. On a
 * real machine only what needs no control of it runs. */
#include "cuda/runtime/device.h"
#include "cuda/runtime/staging.h"
#include "support/random.h"
#ifdef IDI_EMULATION
#include "control.h"
#endif

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static idi_memory *memory;
static idi_cuda_device *device;
static cudaStream_t stream;

static void open_device(void)
{
    memory = idi_test_memory();
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    OK(idi_cuda_device_open(memory, 0, &device));
    cr_assert_eq(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
}

static void close_device(void)
{
    cr_expect_eq(cudaStreamDestroy(stream), cudaSuccess);
    idi_cuda_device_close(&device);
    idi_test_memory_close(&memory);
}

/* --- the arena ------------------------------------------------------------------------------- */

static void *take(idi_tag tag, size_t bytes)
{
    void *block;
    OK(idi_cuda_arena_alloc(device->arena, tag, bytes, stream, &block));
    cr_assert_not_null(block);
    return block;
}

static idi_memory_stats stats(void)
{
    idi_memory_stats s;
    idi_cuda_arena_get_stats(device->arena, &s);
    return s;
}

Test(cuda_device, memory_is_counted_by_tag)
{
    open_device();
    void *weights = take(IDI_TAG_WEIGHT, 1000);
    void *slab = take(IDI_TAG_ACTIVATION, 300);
    void *nothing = take(IDI_TAG_WORKSPACE, 0);
    cr_expect_eq(stats().current_bytes[IDI_TAG_WEIGHT], 1000);
    cr_expect_eq(stats().current_bytes[IDI_TAG_ACTIVATION], 300);
    cr_expect_eq(stats().total_current_bytes, 1300);
    cr_expect_eq(stats().allocation_count, 3);
    idi_cuda_arena_free(device->arena, slab, stream);
    idi_cuda_arena_free(device->arena, NULL, stream);
    slab = take(IDI_TAG_ACTIVATION, 200);
    idi_cuda_arena_free(device->arena, slab, stream);
    idi_cuda_arena_free(device->arena, nothing, stream);
    idi_cuda_arena_free(device->arena, weights, stream);
    cr_expect_eq(stats().total_current_bytes, 0);
    cr_expect_eq(stats().peak_bytes[IDI_TAG_ACTIVATION], 300);
    cr_expect_eq(stats().total_peak_bytes, 1300);
    idi_cuda_arena_trim(device->arena);
    close_device();
}

Test(cuda_device, a_limit_is_exact_and_says_what_is_in_use)
{
    open_device();
    void *block;
    idi_cuda_arena_set_limit(device->arena, 1000);
    void *first = take(IDI_TAG_WEIGHT, 600);
    cr_expect_eq(idi_cuda_arena_alloc(device->arena, IDI_TAG_ACTIVATION, 401, stream, &block),
                 IDI_ERR_NOMEM);
    cr_expect_str_eq(idi_last_error(),
                     "device memory: 401 more bytes for activation would exceed the limit; 600 "
                     "bytes are in use, the limit is 1000 bytes");
    cr_expect_null(block);
    cr_expect_eq(stats().total_current_bytes, 600);
    void *second = take(IDI_TAG_ACTIVATION, 400);
    idi_cuda_arena_free(device->arena, first, stream);
    first = take(IDI_TAG_WEIGHT, 600);
    idi_cuda_arena_free(device->arena, first, stream);
    idi_cuda_arena_free(device->arena, second, stream);
    close_device();
}

typedef struct hooks {
    int taken, given;
    bool refuses;
    void *stream;
} hooks;

static void *hook_alloc(void *user, size_t bytes, void *on)
{
    hooks *h = user;
    void *block = NULL;
    h->stream = on;
    if (h->refuses || cudaMalloc(&block, bytes) != cudaSuccess) return NULL;
    h->taken++;
    return block;
}

static void hook_free(void *user, void *block, void *on)
{
    hooks *h = user;
    h->stream = on;
    h->given++;
    cr_expect_eq(cudaFree(block), cudaSuccess);
}

Test(cuda_device, the_callers_allocator_is_asked)
{
    open_device();
    hooks h = {0, 0, false, NULL};
    void *refused;
    idi_cuda_arena_set_allocator(device->arena, &(idi_cuda_allocator){hook_alloc, hook_free, &h});
    void *block = take(IDI_TAG_WEIGHT, 64);
    cr_expect(h.taken == 1 && h.stream == (void *)stream);
    cr_expect_eq(stats().total_current_bytes, 64);
    h.refuses = true;
    cr_expect_eq(idi_cuda_arena_alloc(device->arena, IDI_TAG_WEIGHT, 5, stream, &refused),
                 IDI_ERR_NOMEM);
    cr_expect_not_null(strstr(idi_last_error(), "refused by the caller's allocator"));
    cr_expect_null(refused);
    idi_cuda_arena_free(device->arena, block, stream);
    cr_expect_eq(h.given, 1);
    close_device();
}

/* --- staging --------------------------------------------------------------------------------- */

/* There and back, for sizes around the chunk's. */
static void check_copies(idi_cuda_staging *staging, size_t most)
{
    const size_t chunk = staging->chunk_bytes ? staging->chunk_bytes : 4096;
    const size_t ring = IDI_CUDA_STAGING_CHUNKS * chunk;
    const size_t sizes[] = {0, 1, chunk - 1, chunk, chunk + 1, ring, ring + 1, most};
    unsigned char *there = malloc(most + 1);
    unsigned char *back = malloc(most + 1);
    cr_assert(there && back);
    for (size_t i = 0; i < most; i++)
        there[i] = (unsigned char)(i * 31 % 251);
    void *block = take(IDI_TAG_WEIGHT, most);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i] > most) continue;
        memset(back, 0xAA, most + 1);
        OK(idi_cuda_staging_upload(staging, block, there, sizes[i], stream));
        OK(idi_cuda_staging_download(staging, back, block, sizes[i], stream));
        cr_expect_eq(memcmp(there, back, sizes[i]), 0, "%zu bytes came back otherwise", sizes[i]);
        cr_expect_eq(back[sizes[i]], 0xAA);
    }
    idi_cuda_arena_free(device->arena, block, stream);
    free(back);
    free(there);
}

Test(cuda_device, copies_come_back_unchanged)
{
    open_device();
    idi_cuda_staging staging = {.memory = NULL};
    check_copies(&staging, 10000);
    OK(idi_cuda_staging_grow(&staging, memory, 5000));
    cr_expect_eq(staging.chunk_bytes, 8192);
    check_copies(&staging, 80000);
    OK(idi_cuda_staging_grow(&staging, memory, 1));
    cr_expect_eq(staging.chunk_bytes, 8192);
    OK(idi_cuda_staging_grow(&staging, memory, (size_t)1 << 40));
    cr_expect_eq(staging.chunk_bytes, IDI_CUDA_STAGING_BYTES);
    check_copies(&staging, (size_t)(IDI_CUDA_STAGING_CHUNKS + 1) * IDI_CUDA_STAGING_BYTES + 17);
    idi_cuda_staging_destroy(&staging);
    close_device();
}

/* --- machines -------------------------------------------------------------------------------- */

#ifdef IDI_EMULATION

static void expect_refused(int ordinal, const char *words)
{
    idi_cuda_device_report report;
    memory = idi_test_memory();
    cr_expect_eq(idi_cuda_device_open(memory, ordinal, &device), IDI_ERR_DEVICE);
    cr_expect_null(device);
    cr_expect_not_null(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    cr_expect_not_null(strstr(idi_last_error(), "use cpu or auto"));
    idi_cuda_device_look(ordinal, &report);
    cr_expect(!report.is_usable && strstr(report.reason, words), "'%s'", report.reason);
    idi_test_memory_close(&memory);
}

Test(cuda_device, a_device_that_is_not_there)
{
    expect_refused(1, "cuda:1 cannot be used: no such device: this machine has 1 CUDA device" + 24);
    expect_refused(-1, "this machine has 1 CUDA device");
    idi_emulation_get_machine()->device_count = 0;
    cr_expect_eq(idi_cuda_device_count(), 0);
    expect_refused(0, "no CUDA-capable device is detected");
}

Test(cuda_device, a_machine_without_a_driver)
{
    idi_emulation_get_machine()->driver_error = cudaErrorInsufficientDriver;
    cr_expect_eq(idi_cuda_device_count(), 0);
    expect_refused(0, "the driver is missing or too old");
}

Test(cuda_device, an_old_device)
{
    idi_emulation_get_machine()->compute_capability = 61;
    expect_refused(0, "needs 7.5 or newer, emulated device has 6.1");
}

Test(cuda_device, a_device_without_kernels)
{
    idi_emulation_get_machine()->has_kernels = 0;
    expect_refused(0, "was not compiled for emulated device, compute capability 9.0");
}

Test(cuda_device, a_device_that_is_too_small)
{
    void *block;
    idi_emulation_get_machine()->memory_bytes = 4096;
    open_device();
    cr_expect_eq(idi_cuda_arena_alloc(device->arena, IDI_TAG_WEIGHT, 5000, stream, &block),
                 IDI_ERR_NOMEM);
    cr_expect_str_eq(idi_last_error(), "device memory: 5000 more bytes for weight are not there; 0 "
                                       "bytes are in use, no limit is set");
    void *small = take(IDI_TAG_WEIGHT, 4000);
    idi_cuda_arena_free(device->arena, small, stream);
    close_device();
}

/* Older devices have no pools, and some machines pin no memory: slower, nothing else. */
Test(cuda_device, without_pools_and_pinning)
{
    idi_emulation_get_machine()->has_pools = 0;
    idi_emulation_get_machine()->has_pinning = 0;
    open_device();
    idi_cuda_staging staging = {.memory = NULL};
    OK(idi_cuda_staging_grow(&staging, memory, 5000));
    cr_expect(!staging.is_pinned);
    check_copies(&staging, 20000);
    idi_cuda_staging_destroy(&staging);
    idi_cuda_arena_trim(device->arena);
    cr_expect_eq(stats().total_current_bytes, 0);
    close_device();
    cr_expect_eq(idi_emulation_count().live_allocations, 0);
}

#endif
