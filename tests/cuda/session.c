/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/session.c - sessions on the CUDA backend: floats in and out, recordings, and what a
 * run may not do. */
#include "graph/session.h"
#include "cuda/runtime/backend.h"
#include "ops/add.h"
#include "ops/scale.h"
#include "support/random.h"
#ifdef IDI_EMULATION
#include "control.h"
#endif

#include <criterion/criterion.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { COUNT = 1031 };

/* y = 3*(2*reference + image), so that a run without the reference has two nodes less. */
typedef struct rig {
    idi_memory *memory;
    idi_cuda_device *device;
    idi_backend *backend;
    idi_graph *graph;
    idi_value reference, image, y;
    idi_graph_session *session;
} rig;

static void open_rig(rig *r, idi_dtype storage)
{
    *r = (rig){.memory = idi_test_memory()};
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    OK(idi_cuda_device_open(r->memory, 0, &r->device));
    OK(idi_cuda_backend_create(r->device, &(idi_cuda_backend_options){.storage = storage},
                               &r->backend));
    OK(idi_graph_create(r->memory, &r->graph));
    r->reference =
        idi_graph_input(r->graph, "reference", IDI_REAL, idi_shape1(COUNT), IDI_RATE_REFERENCE);
    r->image = idi_graph_input(r->graph, "image", IDI_REAL, idi_shape1(COUNT), IDI_RATE_IMAGE);
    const idi_value slow = idi_scale(r->graph, r->reference, 2.0);
    r->y = idi_scale(r->graph, idi_add(r->graph, slow, r->image), 3.0);
    idi_graph_mark_output(r->graph, r->y);
    OK(idi_graph_session_create(r->graph, r->backend, NULL, NULL, &r->session));
}

static void close_rig(rig *r)
{
    idi_graph_session_destroy(&r->session);
    idi_graph_destroy(&r->graph);
    idi_cuda_backend_destroy(&r->backend);
    idi_memory_stats stats;
    idi_cuda_arena_get_stats(r->device->arena, &stats);
    cr_expect_eq(stats.total_current_bytes, 0);
    idi_cuda_device_close(&r->device);
    idi_test_memory_close(&r->memory);
#ifdef IDI_EMULATION
    cr_expect_eq(idi_emulation_count().live_allocations, 0);
#endif
}

/* Whole numbers: exact in every type. */
static void set(const rig *r, idi_value input, int first)
{
    float values[COUNT];
    for (int i = 0; i < COUNT; i++)
        values[i] = (float)(first + i % 16);
    OK(idi_graph_session_set_floats(r->session, input, values, COUNT));
}

static void expect_result(const rig *r, int reference, int image)
{
    float values[COUNT];
    OK(idi_graph_session_get_floats(r->session, r->y, values, COUNT));
    for (int i = 0; i < COUNT; i++) {
        const float want = (float)(3 * (2 * (reference + i % 16) + image + i % 16));
        cr_assert_eq(values[i], want, "[%d] is %g, want %g", i, (double)values[i], (double)want);
    }
}

static void run(const rig *r)
{
    OK(idi_graph_session_run(r->session, NULL, NULL));
}

static void expect_runs(const rig *r, int64_t slow, int64_t fast)
{
    cr_expect_eq(idi_graph_session_run_count(r->session, 0), slow);
    cr_expect_eq(idi_graph_session_run_count(r->session, 1), fast);
    cr_expect_eq(idi_graph_session_run_count(r->session, 2), fast);
}

/* Every way to run - directly, recording, replaying, and with other nodes between - gives the
 * formula's numbers. */
static void check_runs(idi_dtype storage)
{
    rig r;
    open_rig(&r, storage);
    set(&r, r.reference, 1);
    for (int i = 0; i < 5; i++) {
        set(&r, r.image, 2 + i);
        run(&r);
        expect_result(&r, 1, 2 + i);
        expect_runs(&r, 1, 1 + i);
    }
    for (int i = 0; i < 5; i++) {
        set(&r, r.reference, 4 + i);
        run(&r);
        expect_result(&r, 4 + i, 6);
        expect_runs(&r, 2 + i, 6 + i);
    }
    set(&r, r.image, 9);
    run(&r);
    expect_result(&r, 8, 9);
    expect_runs(&r, 6, 11);
    close_rig(&r);
}

Test(cuda_session, floats_pass_through_f32)
{
    check_runs(IDI_F32);
}

Test(cuda_session, floats_pass_through_f16)
{
    check_runs(IDI_F16);
}

Test(cuda_session, floats_pass_through_bf16)
{
    check_runs(IDI_BF16);
}

Test(cuda_session, a_plan_is_what_is_taken)
{
    rig r;
    idi_graph_plan plan;
    idi_memory_stats stats;
    open_rig(&r, IDI_F16);
    OK(idi_graph_plan_bytes(r.graph, r.backend, &plan));
    idi_cuda_arena_get_stats(r.device->arena, &stats);
    cr_expect_eq(stats.current_bytes[IDI_TAG_ACTIVATION], plan.slab_bytes);
    cr_expect_eq(stats.current_bytes[IDI_TAG_WORKSPACE], plan.workspace_bytes);
    cr_expect_eq(stats.total_current_bytes, plan.slab_bytes + plan.workspace_bytes);
    close_rig(&r);
}

Test(cuda_session, a_limit_below_the_plan_leaves_nothing)
{
    rig r;
    idi_memory_stats stats;
    idi_graph_session *second;
    open_rig(&r, IDI_F32);
    idi_cuda_arena_get_stats(r.device->arena, &stats);
    idi_cuda_arena_set_limit(r.device->arena, 2 * stats.total_current_bytes - 1);
    cr_expect_eq(idi_graph_session_create(r.graph, r.backend, NULL, NULL, &second), IDI_ERR_NOMEM);
    cr_expect_null(second);
    cr_expect_not_null(strstr(idi_last_error(), "would exceed the limit"), "%s", idi_last_error());
    set(&r, r.reference, 1);
    set(&r, r.image, 2);
    run(&r);
    expect_result(&r, 1, 2);
    idi_cuda_arena_set_limit(r.device->arena, 2 * stats.total_current_bytes);
    OK(idi_graph_session_create(r.graph, r.backend, NULL, NULL, &second));
    idi_graph_session_destroy(&second);
    close_rig(&r);
}

static bool stop(void *user)
{
    int *asked = user;
    ++*asked;
    return true;
}

Test(cuda_session, a_replay_can_be_stopped_before_it_begins)
{
    rig r;
    int asked = 0;
    open_rig(&r, IDI_F32);
    set(&r, r.reference, 1);
    for (int i = 0; i < 4; i++) {
        set(&r, r.image, i);
        run(&r);
    }
    set(&r, r.image, 7);
    cr_expect_eq(idi_graph_session_run(r.session, stop, &asked), IDI_ERR_CANCELLED);
    cr_expect_eq(asked, 1);
    expect_runs(&r, 1, 4);
    run(&r);
    expect_result(&r, 1, 7);
    expect_runs(&r, 1, 5);
    close_rig(&r);
}

Test(cuda_session, other_counts_and_other_types_are_refused)
{
    rig r;
    float values[COUNT] = {0};
    open_rig(&r, IDI_F16);
    cr_expect_eq(idi_graph_session_set_floats(r.session, r.image, values, COUNT - 1),
                 IDI_ERR_SHAPE);
    cr_expect_eq(idi_graph_session_get_floats(r.session, r.y, values, COUNT - 1), IDI_ERR_SHAPE);
    cr_expect_eq(idi_graph_session_set_floats(r.session, r.y, values, COUNT), IDI_ERR_ARG);
    close_rig(&r);
}

#ifdef IDI_EMULATION

Test(cuda_session, a_steady_run_is_one_graph_launch)
{
    rig r;
    open_rig(&r, IDI_BF16);
    set(&r, r.reference, 1);
    for (int i = 0; i < 3; i++) {
        set(&r, r.image, i);
        run(&r);
    }
    for (int i = 0; i < 3; i++) {
        set(&r, r.image, 5 + i);
        const idi_emulation_counters before = idi_emulation_count();
        run(&r);
        const idi_emulation_counters after = idi_emulation_count();
        cr_expect_eq(after.graph_launches, before.graph_launches + 1);
        cr_expect_eq(after.launches, before.launches);
        cr_expect_eq(after.allocations, before.allocations);
        cr_expect_eq(after.synchronizations, before.synchronizations);
        cr_expect_eq(after.captures, before.captures);
        expect_result(&r, 1, 5 + i);
    }
    close_rig(&r);
}

/* The host neither allocates nor waits while a run is made, whichever way; and taking inputs and
 * giving outputs allocates nothing either. */
Test(cuda_session, running_allocates_nothing_and_never_waits)
{
    rig r;
    idi_memory_stats before_host;
    idi_memory_stats after_host;
    open_rig(&r, IDI_F16);
    const int64_t allocations = idi_emulation_count().allocations;
    idi_memory_get_stats(r.memory, &before_host);
    set(&r, r.reference, 1);
    for (int i = 0; i < 6; i++) {
        set(&r, r.image, i);
        const int64_t waits = idi_emulation_count().synchronizations;
        run(&r);
        cr_expect_eq(idi_emulation_count().synchronizations, waits);
        expect_result(&r, 1, i);
    }
    idi_memory_get_stats(r.memory, &after_host);
    cr_expect_eq(idi_emulation_count().allocations, allocations);
    cr_expect_eq(after_host.allocation_count, before_host.allocation_count);
    close_rig(&r);
}

Test(cuda_session, a_failed_recording_leaves_the_session_usable)
{
    rig r;
    open_rig(&r, IDI_F32);
    set(&r, r.reference, 1);
    set(&r, r.image, 2);
    run(&r);
    run(&r);
    idi_emulation_get_machine()->failing_captures = 1;
    cr_expect_eq(idi_graph_session_run(r.session, NULL, NULL), IDI_ERR_DEVICE);
    cr_expect_not_null(strstr(idi_last_error(), "recording the nodes of a run"), "%s",
                       idi_last_error());
    expect_runs(&r, 1, 2);
    set(&r, r.image, 3);
    run(&r);
    expect_result(&r, 1, 3);
    run(&r);
    expect_result(&r, 1, 3);
    expect_runs(&r, 1, 4);
    close_rig(&r);
}

/* A node that fails between begin and end: the capture is ended, and the next run records. */
static idi_status (*real_run)(idi_backend *backend, const idi_op_info *op, const idi_exec *exec);
static int fail_in;

static idi_status failing_run(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    if (fail_in > 0 && --fail_in == 0) return idi_fail(IDI_ERR_NUMERIC, "as the test wants");
    return real_run(backend, op, exec);
}

Test(cuda_session, a_node_that_fails_while_recording_ends_the_capture)
{
    rig r;
    open_rig(&r, IDI_F32);
    real_run = r.backend->run;
    r.backend->run = failing_run;
    set(&r, r.reference, 1);
    set(&r, r.image, 2);
    run(&r);
    run(&r);
    fail_in = 2;
    cr_expect_eq(idi_graph_session_run(r.session, NULL, NULL), IDI_ERR_NUMERIC);
    cr_expect_str_eq(idi_last_error(), "as the test wants");
    set(&r, r.image, 3);
    const int64_t captures = idi_emulation_count().captures;
    run(&r);
    cr_expect_eq(idi_emulation_count().captures, captures + 1);
    expect_result(&r, 1, 3);
    close_rig(&r);
}

/* More sets of nodes than there are slots: old recordings go, results stay. */
Test(cuda_session, many_sets_of_nodes_share_the_slots)
{
    enum { REFERENCES = 4 };
    rig r;
    idi_value references[REFERENCES];
    float values[COUNT];
    open_rig(&r, IDI_F32);
    idi_graph_session_destroy(&r.session);
    idi_value sum = r.y;
    for (int k = 0; k < REFERENCES; k++) {
        const char name[2] = {(char)('a' + k), '\0'};
        references[k] =
            idi_graph_input(r.graph, name, IDI_REAL, idi_shape1(COUNT), IDI_RATE_REFERENCE);
        sum = idi_add(r.graph, sum, idi_scale(r.graph, references[k], 1.0));
    }
    idi_graph_mark_output(r.graph, sum);
    OK(idi_graph_session_create(r.graph, r.backend, NULL, NULL, &r.session));
    set(&r, r.reference, 0);
    set(&r, r.image, 0);
    int now[REFERENCES] = {0};
    for (int step = 0; step < 4 * 16; step++) {
        int total = 0;
        for (int k = 0; k < REFERENCES; k++) {
            if (step == 0 || (step >> k & 1)) set(&r, references[k], now[k] = step % 13 + k);
            total += now[k];
        }
        run(&r);
        OK(idi_graph_session_get_floats(r.session, sum, values, COUNT));
        for (int i = 0; i < COUNT; i++)
            cr_assert_eq(values[i], (float)(total + (REFERENCES + 9) * (i % 16)), "step %d", step);
    }
    close_rig(&r);
}

#endif
