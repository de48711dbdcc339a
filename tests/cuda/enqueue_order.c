/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/enqueue_order.c - runs on a caller's stream: in its order, and the host never waits.
 */
#include "caller.h"
#ifdef IDI_EMULATION
#include "control.h"
#endif

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { WARM_RUNS = 3 };

/* The picture of these people by idi_session_generate(). */
static void draw(idi_session *session, int labels, int style, int identity, float *image)
{
    OK(idi_test_generate(session, labels, style, identity, image));
}

/* Holds a stream until the test lets it go on; `was_late` tells that it never did. */
typedef struct gate {
    atomic_bool is_open, was_late;
} gate;

static void CUDART_CB hold(void *user)
{
    gate *g = user;
    const struct timespec pause = {0, 1000000};
    for (int i = 0; i < 5000 && !atomic_load(&g->is_open); i++)
        (void)nanosleep(&pause, NULL);
    if (!atomic_load(&g->is_open)) atomic_store(&g->was_late, true);
}

/* Runs until the first `kinds` of change are recorded: none, a style, an identity, both. */
static void warm_up(caller *c, idi_session *session, int kinds)
{
    static const int people[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 0}};
    for (int i = 0; i <= WARM_RUNS * kinds; i++) {
        idi_test_take_people(c, 0, people[i % kinds][0], people[i % kinds][1]);
        OK(idi_test_enqueue(c, session));
        CUDA(cudaStreamSynchronize(c->run.stream));
    }
}

/* --- order ------------------------------------------------------------------------------------ */

/* The stream cannot go on before the calls have returned, so they did not wait for it; new styles
 * and identities among them. */
GPU_TEST(cuda_enqueue_order, the_host_is_never_held_up)
{
    enum { RUNS = 4 };
    static float wanted[RUNS][IDI_TEST_VALUES];
    guest g;
    caller c[RUNS];
    gate at = {false, false};
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", 1);
    for (int i = 0; i < RUNS; i++)
        idi_test_open_caller(&c[i]);
    for (int i = 0; i < RUNS; i++)
        draw(session, i % 3, i % 2, i / 2, wanted[i]);
    warm_up(&c[0], session, 4);
    CUDA(cudaLaunchHostFunc(c[0].stream, hold, &at));
    for (int i = 0; i < RUNS; i++) {
        c[i].run.stream = c[0].stream;
        idi_test_take_people(&c[i], i % 3, i % 2, i / 2);
        OK(idi_test_enqueue(&c[i], session));
    }
    cr_expect(!atomic_load(&at.was_late), "a call waited for the stream");
    atomic_store(&at.is_open, true);
    CUDA(cudaStreamSynchronize(c[0].stream));
    cr_expect(!atomic_load(&at.was_late), "a call waited for the stream");
    for (int i = 0; i < RUNS; i++) {
        idi_test_expect_picture(&c[i], wanted[i]);
        idi_test_close_caller(&c[i]);
    }
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}

/* Only the second stream is waited for, and the session's run there waits for the one on the first
 * stream, which waits for that stream's labels. */
GPU_TEST(cuda_enqueue_order, one_session_on_two_streams)
{
    static float wanted[2][IDI_TEST_VALUES];
    guest g;
    caller a;
    caller b;
    gate at = {false, false};
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", 1);
    idi_test_open_caller(&a);
    idi_test_open_caller(&b);
    draw(session, 0, 0, 0, wanted[0]);
    draw(session, 1, 0, 0, wanted[1]);
    for (int i = 0; i < 4; i++) { /* the emulated streams take turns at random */
        atomic_store(&at.is_open, false);
        CUDA(cudaLaunchHostFunc(a.stream, hold, &at));
        idi_test_take_people(&a, 0, 0, 0);
        idi_test_take_people(&b, 1, 0, 0);
        OK(idi_test_enqueue(&a, session));
        OK(idi_test_enqueue(&b, session));
        atomic_store(&at.is_open, true);
        CUDA(cudaStreamSynchronize(b.stream));
        idi_test_expect_picture(&b, wanted[1]);
        CUDA(cudaStreamSynchronize(a.stream));
        idi_test_expect_picture(&a, wanted[0]);
    }
    idi_test_close_caller(&b);
    idi_test_close_caller(&a);
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_enqueue_order, two_sessions_on_two_streams)
{
    static float wanted[2][IDI_TEST_VALUES];
    guest g;
    caller c[2];
    idi_session *session[2];
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    for (int i = 0; i < 2; i++) {
        idi_test_open_caller(&c[i]);
        session[i] = idi_test_session_at(g.generator, "f32", 1);
    }
    for (int run = 0; run < 4; run++) {
        for (int i = 0; i < 2; i++) {
            draw(session[i], (run + i) % 3, i, i + 1, wanted[i]);
            idi_test_take_people(&c[i], (run + i) % 3, i, i + 1);
        }
        for (int i = 0; i < 2; i++)
            OK(idi_test_enqueue(&c[i], session[i]));
        for (int i = 1; i >= 0; i--) {
            CUDA(cudaStreamSynchronize(c[i].stream));
            idi_test_expect_picture(&c[i], wanted[i]);
        }
    }
    for (int i = 0; i < 2; i++) {
        idi_session_destroy(&session[i]);
        idi_test_close_caller(&c[i]);
    }
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_enqueue_order, a_session_ends_after_its_runs)
{
    static float wanted[IDI_TEST_VALUES];
    guest g;
    caller c;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", 1);
    idi_test_open_caller(&c);
    draw(session, 2, 1, 0, wanted);
    idi_test_take_people(&c, 2, 1, 0);
    OK(idi_test_enqueue(&c, session));
    idi_session_destroy(&session);
    CUDA(cudaStreamSynchronize(c.stream));
    idi_test_expect_picture(&c, wanted);
    idi_test_close_caller(&c);
    idi_test_close_guest(&g);
}

#ifdef IDI_EMULATION

/* `conversions`: kernels outside of the graph. */
static void check_steady_state(const char *precision, int kinds, int conversions)
{
    guest g;
    caller c;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, precision, 1);
    idi_test_open_caller(&c);
    warm_up(&c, session, kinds);
    const int64_t host = idi_test_memory_report(g.context).allocation_count;
    for (int i = 0; i < 2 + kinds - 1; i++) { /* two without a change, then one of each */
        idi_test_take_people(&c, i % 3, i == 2 || i == 3, i == 3);
        const idi_emulation_counters before = idi_emulation_count();
        OK(idi_session_enqueue(session, &c.run));
        const idi_emulation_counters after = idi_emulation_count();
        cr_expect_eq(after.graph_launches, before.graph_launches + 1, "run %d", i);
        cr_expect_eq(after.launches, before.launches + conversions, "run %d", i);
        cr_expect_eq(after.allocations, before.allocations, "run %d", i);
        cr_expect_eq(after.synchronizations, before.synchronizations, "run %d", i);
        cr_expect_eq(after.captures, before.captures, "run %d", i);
    }
    cr_expect_eq(idi_test_memory_report(g.context).allocation_count, host);
    idi_test_close_caller(&c);
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_enqueue_order, a_steady_run_is_one_graph_launch)
{
    check_steady_state("f32", 4, 0);
}

GPU_TEST(cuda_enqueue_order, a_steady_run_is_one_graph_launch_and_a_conversion)
{
    check_steady_state("bf16", 1, 1);
}

#endif
