/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/emulation.c - the emulation itself: that it computes what a device would, and finds
 * in broken kernels what it claims to find. */
#ifdef IDI_EMULATION
#include "catch_abort.h"
#include "control.h"
#include "cuda/runtime/device.h"
#include "selftest.h"
#include "support/network_run.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = IDI_SELFTEST_THREADS, LANES = IDI_SELFTEST_LANES };

static cudaStream_t stream;

static void open_stream(void)
{
    cr_assert_eq(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
}

static void close_stream(void)
{
    cr_assert_eq(cudaStreamDestroy(stream), cudaSuccess);
}

TestSuite(emulation, .init = open_stream, .fini = close_stream);

/* Device memory is the host's, so that tests may look at it: poisoned at first. */
static void *device_memory(size_t bytes)
{
    void *memory;
    cr_assert_eq(cudaMalloc(&memory, bytes), cudaSuccess);
    return memory;
}

static void finish(void)
{
    cr_assert_eq(cudaGetLastError(), cudaSuccess);
    cr_assert_eq(cudaStreamSynchronize(stream), cudaSuccess);
}

/* Whether out[i] is first + i*step for all threads. */
static bool is_line(const float *out, float first, float step)
{
    for (int i = 0; i < THREADS; i++)
        if (!(out[i] == first + (float)i * step)) return false;
    return true;
}

typedef void (*barrier_kernel)(cudaStream_t stream, bool has_barrier, float *out);

/* Runs of `tries` that give the wrong result. */
static int count_wrong(barrier_kernel kernel, bool has_barrier, int tries, float first, float step)
{
    float *out = device_memory(THREADS * sizeof *out);
    int wrong = 0;
    for (int i = 0; i < tries; i++) {
        kernel(stream, has_barrier, out);
        finish();
        wrong += !is_line(out, first, step);
    }
    cr_assert_eq(cudaFree(out), cudaSuccess);
    return wrong;
}

Test(emulation, finds_a_missing_barrier)
{
    cr_expect_eq(count_wrong(idi_selftest_reverse, true, 100, THREADS - 1, -1.0F), 0);
    cr_expect_gt(count_wrong(idi_selftest_reverse, false, 10, THREADS - 1, -1.0F), 0);
}

/* Warps must drift apart by more than the collectives that lie between the two accesses. */
Test(emulation, finds_a_missing_barrier_behind_collectives)
{
    cr_expect_eq(count_wrong(idi_selftest_sum_twice, true, 100, THREADS, 0.0F), 0);
    cr_expect_gt(count_wrong(idi_selftest_sum_twice, false, 50, THREADS, 0.0F), 0);
}

Test(emulation, unwritten_shared_memory_is_not_a_number)
{
    float *out = device_memory(THREADS * sizeof *out);
    for (int is_dynamic = 0; is_dynamic < 2; is_dynamic++)
        for (int run = 0; run < 2; run++) {
            cr_assert_eq(cudaMemsetAsync(out, 0, THREADS * sizeof *out, stream), cudaSuccess);
            idi_selftest_read_unwritten(stream, is_dynamic, out);
            finish();
            for (int i = 0; i < THREADS; i++)
                cr_expect(isnan(out[i]), "dynamic %d, run %d: [%d] is %g", is_dynamic, run, i,
                          (double)out[i]);
        }
    cr_assert_eq(cudaFree(out), cudaSuccess);
}

/* Row `row` of idi_selftest_shuffles(), as the CUDA C++ Programming Guide has it. */
static int expected_shuffle(int row, int lane)
{
    const int place = lane % 8;
    switch (row) {
    case 0:
        return 100 + (place >= 3 ? lane - 3 : lane);
    case 1:
        return 100 + (place + 3 < 8 ? lane + 3 : lane);
    case 2:
        return 100 + (lane ^ 5);
    case 3: /* lanes of earlier segments can be read, those of later ones cannot */
        return 100 + ((lane ^ 12) / 8 <= lane / 8 ? lane ^ 12 : lane);
    case 4:
        return 100 + lane - place + 11 % 8;
    case 5:
        return 100 + 31;
    case 6:
        return 0x49249249;
    default:
        return 1 + 2;
    }
}

Test(emulation, shuffles_and_votes)
{
    enum { ROWS = IDI_SELFTEST_SHUFFLES };
    int *out = device_memory(sizeof(int[ROWS][LANES]));
    idi_selftest_shuffles(stream, out);
    finish();
    for (int row = 0; row < ROWS; row++)
        for (int lane = 0; lane < LANES; lane++)
            cr_expect_eq(out[row * LANES + lane], expected_shuffle(row, lane),
                         "row %d, lane %d: %d, want %d", row, lane, out[row * LANES + lane],
                         expected_shuffle(row, lane));
    cr_assert_eq(cudaFree(out), cudaSuccess);
}

Test(emulation, halves_of_a_warp_meet_alone)
{
    int *out = device_memory(LANES * sizeof *out);
    for (int early = 0; early < 2; early++) {
        idi_selftest_halves(stream, early, out);
        finish();
        for (int lane = 0; lane < LANES; lane++)
            cr_expect_eq(out[lane], (lane < 16 ? 120 : 376) + 31, "lane %d: %d", lane, out[lane]);
    }
    cr_assert_eq(cudaFree(out), cudaSuccess);
}

static void run_fault(int fault)
{
    idi_selftest_break(stream, (idi_selftest_fault)fault);
    (void)cudaStreamSynchronize(stream);
}

Test(emulation, what_a_device_leaves_undefined_aborts_and_names_the_kernel)
{
    static const char *const words[IDI_SELFTEST_FAULTS] = {
        "lanes of a warp meet in different collectives",
        "a lane of the collective's mask has ended or does not exist",
        "takes part in a collective outside its mask",
        "a shuffle reads a lane outside its mask",
        "waits for ever",
    };
    for (int fault = 0; fault < IDI_SELFTEST_FAULTS; fault++) {
        char text[512];
        catch_abort(run_fault, fault, text, sizeof text);
        cr_expect(strstr(text, words[fault]), "'%s' lacks '%s'", text, words[fault]);
        cr_expect(strstr(text, idi_selftest_fault_names[fault]), "'%s' lacks '%s'", text,
                  idi_selftest_fault_names[fault]);
    }
}

enum { UNASKED = 48 * 1024, FIXED = 1024, MOST = 227 * 1024 };

Test(emulation, shared_memory_beyond_48_kib_must_be_asked_for)
{
    float *out = device_memory(sizeof *out);
    cr_expect_eq(idi_selftest_use_shared(stream, UNASKED - FIXED, false, out), cudaSuccess);
    finish();
    cr_expect_eq(out[0], 1.0F);
    cr_expect_neq(idi_selftest_use_shared(stream, UNASKED + 4, false, out), cudaSuccess);
    cr_expect_eq(cudaGetLastError(), cudaSuccess, "the error is told once");
    cr_expect_neq(idi_selftest_use_shared(stream, MOST + 4, true, out), cudaSuccess);
    (void)cudaGetLastError();
    out[0] = 0.0F;
    cr_expect_eq(idi_selftest_use_shared(stream, MOST - FIXED, true, out), cudaSuccess);
    finish();
    cr_expect_eq(out[0], 1.0F);
    cr_assert_eq(cudaFree(out), cudaSuccess);
}

static void use_all_but_the_static(int asks)
{
    float *out;
    (void)cudaMalloc((void **)&out, sizeof *out);
    (void)idi_selftest_use_shared(stream, asks ? MOST : UNASKED, asks, out);
    (void)cudaStreamSynchronize(stream);
}

Test(emulation, static_shared_memory_counts_too)
{
    for (int asks = 0; asks < 2; asks++) {
        char text[512];
        catch_abort(use_all_but_the_static, asks, text, sizeof text);
        cr_expect(strstr(text, "use_shared") && strstr(text, "more shared memory"), "'%s'", text);
    }
}

Test(emulation, refuses_launches_beyond_the_limits)
{
    int *counters = device_memory(1024 * sizeof *counters);
    const unsigned refused[][2] = {{0, 32}, {1, 0}, {1, 1025}, {0x80000000U, 1}};
    const int64_t before = idi_emulation_count().launches;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        idi_selftest_count(stream, refused[i][0], refused[i][1], counters);
        cr_expect_eq(cudaPeekAtLastError(), cudaErrorInvalidConfiguration, "%u x %u", refused[i][0],
                     refused[i][1]);
        cr_expect_eq(cudaGetLastError(), cudaErrorInvalidConfiguration);
    }
    cr_expect_eq(idi_emulation_count().launches, before);
    idi_selftest_count(stream, 1, 1024, counters);
    finish();
    cr_expect_eq(idi_emulation_count().launches, before + 1);
    cr_assert_eq(cudaFree(counters), cudaSuccess);
}

Test(emulation, every_thread_of_every_block_runs_once)
{
    enum { BLOCKS = 67, BLOCK = 45 }; /* a ragged last warp */
    int *counters = device_memory(sizeof(int[BLOCKS][BLOCK]));
    cr_assert_eq(cudaMemsetAsync(counters, 0, sizeof(int[BLOCKS][BLOCK]), stream), cudaSuccess);
    idi_selftest_count(stream, BLOCKS, BLOCK, counters);
    finish();
    for (int i = 0; i < BLOCKS * BLOCK; i++)
        cr_assert_eq(counters[i], 1, "[%d] is %d", i, counters[i]);
    cr_assert_eq(cudaFree(counters), cudaSuccess);
}

enum { HELD = 45 }; /* ints: no multiple of anything */

/* 0: a kernel writes one element too many; 1 and 2: somebody wrote behind or before a block that is
 * freed. */
static void write_outside(int how)
{
    int *counters;
    (void)cudaMalloc((void **)&counters, HELD * sizeof *counters);
    if (how == 0) {
        idi_selftest_count(stream, 1, HELD + 1, counters);
        (void)cudaStreamSynchronize(stream);
    } else {
        counters[how == 1 ? HELD : -1] = 0;
        (void)cudaFree(counters);
    }
}

Test(emulation, finds_writes_beside_a_buffer)
{
    if (IDI_TEST_IS_SANITIZED) cr_skip_test("a sanitizer finds them itself");
    const char *const offsets[] = {"offset 180", "offset 180", "offset -1"};
    for (int how = 0; how < 3; how++) {
        char text[512];
        catch_abort(write_outside, how, text, sizeof text);
        cr_expect(strstr(text, "of 180 bytes") && strstr(text, offsets[how]), "%d: '%s'", how,
                  text);
    }
}

Test(emulation, work_waits_until_somebody_waits_for_it)
{
    int *counter = device_memory(sizeof *counter);
    *counter = 7;
    idi_selftest_count(stream, 1, 1, counter);
    cr_expect_eq(*counter, 7, "it ran at once");
    int copy = -1;
    cr_assert_eq(cudaMemcpyAsync(&copy, counter, sizeof copy, cudaMemcpyDeviceToHost, stream),
                 cudaSuccess);
    cr_expect_eq(copy, 8, "a copy to ordinary memory waits for what is before it");
    idi_selftest_count(stream, 1, 1, counter);
    cr_expect_eq(*counter, 8);
    finish();
    cr_expect_eq(*counter, 9);
    cr_assert_eq(cudaFree(counter), cudaSuccess);
}

Test(emulation, an_event_orders_two_streams_and_waits_for_nobody)
{
    cudaStream_t other;
    cudaEvent_t event;
    int *counter = device_memory(2 * sizeof *counter);
    cr_assert_eq(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
    cr_assert_eq(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
    cr_expect_eq(cudaEventQuery(event), cudaSuccess, "nothing was recorded");
    for (int run = 0; run < 50; run++) { /* streams get ahead of each other at random */
        counter[0] = counter[1] = 0;
        const int64_t waits = idi_emulation_count().synchronizations;
        idi_selftest_count(stream, 1, 1, counter);
        cr_assert_eq(cudaEventRecord(event, stream), cudaSuccess);
        cr_assert_eq(cudaStreamWaitEvent(other, event, 0), cudaSuccess);
        cr_assert_eq(
            cudaMemcpyAsync(counter + 1, counter, sizeof *counter, cudaMemcpyDeviceToDevice, other),
            cudaSuccess);
        cr_expect_eq(idi_emulation_count().synchronizations, waits);
        cr_expect_eq(counter[0], 0, "it ran at once");
        cr_assert_eq(cudaStreamSynchronize(other), cudaSuccess);
        cr_expect_eq(counter[1], 1);
        cr_expect_eq(cudaEventQuery(event), cudaSuccess);
    }
    idi_selftest_count(stream, 1, 1, counter);
    cr_assert_eq(cudaEventRecord(event, stream), cudaSuccess);
    cr_expect_eq(cudaEventQuery(event), cudaErrorNotReady);
    (void)cudaGetLastError();
    cr_assert_eq(cudaEventSynchronize(event), cudaSuccess);
    cr_expect_eq(cudaEventQuery(event), cudaSuccess);
    cr_assert_eq(cudaEventDestroy(event), cudaSuccess);
    cr_assert_eq(cudaStreamDestroy(other), cudaSuccess);
    cr_assert_eq(cudaFree(counter), cudaSuccess);
}

/* Without an event between them, either may come first. */
Test(emulation, streams_get_ahead_of_each_other)
{
    enum { RUNS = 200 };
    cudaStream_t other;
    int early = 0;
    int *counter = device_memory(sizeof *counter);
    cr_assert_eq(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
    for (int run = 0; run < RUNS; run++) {
        *counter = 0;
        idi_selftest_count(stream, 1, 1, counter);
        cr_assert_eq(cudaStreamSynchronize(other), cudaSuccess);
        early += *counter;
        finish();
        cr_expect_eq(*counter, 1);
    }
    cr_expect(early > 0 && early < RUNS, "%d of %d", early, RUNS);
    cr_assert_eq(cudaStreamDestroy(other), cudaSuccess);
    cr_assert_eq(cudaFree(counter), cudaSuccess);
}

Test(emulation, a_graph_replays_what_was_captured)
{
    int *counter = device_memory(sizeof *counter);
    *counter = 0;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cr_assert_eq(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    idi_selftest_count(stream, 1, 1, counter);
    cr_expect_neq(cudaStreamSynchronize(stream), cudaSuccess, "a capture cannot be waited for");
    (void)cudaGetLastError();
    cr_assert_eq(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    finish();
    cr_expect_eq(*counter, 0, "recorded work ran");
    cr_assert_eq(cudaGraphInstantiate(&exec, graph, 0), cudaSuccess);
    cr_assert_eq(cudaGraphDestroy(graph), cudaSuccess);
    for (int run = 1; run <= 2; run++) {
        cr_assert_eq(cudaGraphLaunch(exec, stream), cudaSuccess);
        cr_expect_eq(*counter, run - 1, "a graph is deferred like all work");
        finish();
        cr_expect_eq(*counter, run);
    }
    cr_expect_eq(idi_emulation_count().graph_launches, 2);
    cr_assert_eq(cudaGraphExecDestroy(exec), cudaSuccess);
    cr_assert_eq(cudaFree(counter), cudaSuccess);
}

Test(emulation, a_device_has_so_much_memory)
{
    idi_emulation_get_machine()->memory_bytes = 1000;
    void *block;
    void *more;
    cr_assert_eq(cudaMalloc(&block, 900), cudaSuccess);
    cr_expect_eq(cudaMalloc(&more, 101), cudaErrorMemoryAllocation);
    cr_expect_null(more);
    cr_expect_eq(cudaGetLastError(), cudaErrorMemoryAllocation);
    cr_assert_eq(cudaFree(block), cudaSuccess);
    cr_expect_eq(cudaMalloc(&more, 1000), cudaSuccess);
    cr_assert_eq(cudaFree(more), cudaSuccess);
    cr_expect_eq(idi_emulation_count().live_allocations, 0);
}

Test(emulation, a_machine_may_have_no_device)
{
    idi_emulation_get_machine()->device_count = 0;
    idi_memory *memory = idi_test_memory();
    idi_cuda_device *device;
    cr_expect_eq(idi_cuda_device_count(), 0);
    cr_expect_eq(idi_cuda_device_open(memory, 0, &device), IDI_ERR_DEVICE);
    cr_expect_null(device);
    cr_expect(strstr(idi_last_error(), "cuda:0") && strstr(idi_last_error(), "no CUDA"), "'%s'",
              idi_last_error());
    idi_test_memory_close(&memory);
}
#endif
