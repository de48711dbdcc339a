/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/rank_mean.c - cases of ops/rank_mean.h for a process on its own, whose mean is a copy;
 * and two ranks that are threads, on the host's backends. */
#include "ops/rank_mean.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/op_check.h"
#include "support/thread_ranks.h"

#include <criterion/criterion.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_rank_mean_attr attr = {NULL};
    (void)c;
    return idi_rank_mean(graph, in[0], &attr);
}

#define ALONE(title, rows, columns)                                                                \
    {                                                                                              \
        .name = title, .in = {{{2, {rows, columns}}}}, .build = build,                             \
        .is_not_differentiable = true                                                              \
    }

static const idi_op_case cases[] = {ALONE("one", 1, 1), ALONE("ragged", 3, 7),
                                    ALONE("whole packs", 4, 16), ALONE("several blocks", 3, 2057)};
IDI_SUITE(rank_mean, cases);

enum { COUNT = 3000 };

static void run_on(idi_backend *backend, idi_memory *memory, idi_ranks *ranks)
{
    static const float share[2] = {0.25F, 3.0F};
    const idi_rank_mean_attr attr = {ranks};
    idi_graph *graph;
    idi_graph_session *session;
    float values[COUNT];
    OK(idi_graph_create(memory, &graph));
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape1(COUNT), IDI_RATE_IMAGE);
    const idi_value y = idi_rank_mean(graph, x, &attr);
    idi_graph_mark_output(graph, y);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    for (int i = 0; i < COUNT; i++)
        values[i] = share[idi_ranks_rank(ranks)] * (float)i;
    OK(idi_graph_session_set_floats(session, x, values, COUNT));
    OK(idi_graph_session_run(session, NULL, NULL));
    OK(idi_graph_session_get_floats(session, y, values, COUNT));
    for (int i = 0; i < COUNT; i++)
        cr_assert_eq(values[i], 1.625F * (float)i, "%d", i);
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&graph);
}

static void average(void *user, idi_memory *memory, idi_ranks *ranks)
{
    idi_backend *backend;
    (void)user;
    OK(idi_cpu32_backend_create(memory, false, &backend));
    run_on(backend, memory, ranks);
    idi_cpu_backend_destroy(&backend);
    OK(idi_cpu64_backend_create(memory, false, &backend));
    run_on(backend, memory, ranks);
    idi_cpu_backend_destroy(&backend);
}

Test(rank_mean, two_ranks)
{
    idi_with_thread_ranks(2, average, NULL);
}
