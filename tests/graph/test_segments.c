/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_segments.c - segments that are computed again on the way back: the same
 * gradients to the bit, in less memory; and nodes that nobody uses, which do not run. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/add.h"
#include "ops/group_norm.h"
#include "ops/linear.h"
#include "ops/ops.h"
#include "ops/scale.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { WIDTH = 8, LAYERS = 6, NUMBERS = 4 * 4 * 3 * WIDTH, MATRIX = WIDTH * WIDTH };

static idi_memory *memory;
static idi_backend *backend;
static float weights[LAYERS][MATRIX], inputs[2][NUMBERS];

static void fill(float *numbers, int count, uint64_t stream)
{
    for (int i = 0; i < count; i++)
        numbers[i] = (float)(idi_uniform(idi_test_seed(), stream, (uint64_t)i) - 0.5);
}

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &backend));
    for (int i = 0; i < LAYERS; i++)
        fill(weights[i], MATRIX, (uint64_t)i);
    fill(inputs[0], NUMBERS, 100);
    fill(inputs[1], NUMBERS, 101);
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(segments, .init = open_rig, .fini = close_rig);

/* "w0" to "w5". */
static const void *find(void *user, const char *name, idi_dtype kind)
{
    (void)user;
    (void)kind;
    return weights[name[1] - '0'];
}

/* Layers of a segment; 0: there are none. */
typedef struct cut {
    bool is_told; /* to compute them again */
    int layers;
} cut;

typedef struct chain {
    idi_graph *graph;
    idi_value x, dy, y, halfway;
    idi_value wanted[LAYERS + 1], gradients[LAYERS + 1]; /* of the weights, then of x */
    int32_t forward;                                     /* nodes of the way there */
} chain;

static idi_value input(idi_graph *graph, const char *name)
{
    return idi_graph_input(graph, name, IDI_REAL, idi_shape4(4, 4, 3, WIDTH), IDI_RATE_IMAGE);
}

/* Layers that keep what they make for their gradients; the middle one is read from outside too. */
static void build_layers(chain *c, cut how)
{
    idi_value x = c->x;
    for (int i = 0; i < LAYERS; i++) {
        c->wanted[i] =
            idi_graph_parameter_f(c->graph, IDI_LAYOUT_PLAIN, idi_shape2(WIDTH, WIDTH), "w%d", i);
        if (how.layers && i % how.layers == 0) idi_graph_begin_segment(c->graph);
        x = idi_linear(c->graph, x, c->wanted[i], IDI_NONE, IDI_NONE, IDI_ACT_TANH);
        x = idi_group_norm(c->graph, x, IDI_NONE, IDI_NONE, 2, 1e-5, IDI_ACT_SILU);
        if (i == LAYERS / 2) c->halfway = x;
    }
    idi_graph_end_segment(c->graph);
    c->y = idi_add(c->graph, x, c->halfway);
}

static chain build(cut how)
{
    chain c;
    OK(idi_graph_create(memory, &c.graph));
    if (how.is_told) idi_graph_recompute_segments(c.graph);
    c.x = c.wanted[LAYERS] = input(c.graph, "x");
    c.dy = input(c.graph, "dy");
    build_layers(&c, how);
    c.forward = idi_graph_node_count(c.graph);
    OK(idi_backward(c.graph, c.y, c.dy, c.wanted, LAYERS + 1, c.gradients));
    idi_graph_mark_output(c.graph, c.y);
    for (int i = 0; i <= LAYERS; i++)
        idi_graph_mark_output(c.graph, c.gradients[i]);
    OK(idi_graph_status(c.graph));
    return c;
}

static idi_graph_session *run(const chain *c)
{
    idi_graph_session *session;
    OK(idi_graph_session_create(c->graph, backend, find, NULL, &session));
    OK(idi_graph_session_set_floats(session, c->x, inputs[0], NUMBERS));
    OK(idi_graph_session_set_floats(session, c->dy, inputs[1], NUMBERS));
    OK(idi_graph_session_run(session, NULL, NULL));
    return session;
}

/* y, the weights' gradients, x's. */
enum { RESULTS = 2 * NUMBERS + LAYERS * MATRIX };

static void results_of(cut how, float *results)
{
    chain c = build(how);
    idi_graph_session *session = run(&c);
    OK(idi_graph_session_get_floats(session, c.y, results, NUMBERS));
    results += NUMBERS;
    for (int i = 0; i < LAYERS; i++, results += MATRIX)
        OK(idi_graph_session_get_floats(session, c.gradients[i], results, MATRIX));
    OK(idi_graph_session_get_floats(session, c.gradients[LAYERS], results, NUMBERS));
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&c.graph);
}

Test(segments, gradients_are_the_same_to_the_bit)
{
    float kept[RESULTS], again[RESULTS];
    results_of((cut){false, 0}, kept);
    for (int layers = 1; layers <= LAYERS; layers++) {
        results_of((cut){true, layers}, again);
        cr_expect_eq(memcmp(again, kept, sizeof kept), 0, "segments of %d", layers);
    }
}

static size_t slab_of(cut how)
{
    chain c = build(how);
    idi_graph_plan plan;
    OK(idi_graph_plan_bytes(c.graph, backend, &plan));
    idi_graph_destroy(&c.graph);
    return plan.slab_bytes;
}

Test(segments, take_less_memory)
{
    const size_t kept = slab_of((cut){false, 0}), again = slab_of((cut){true, 2});
    cr_expect_leq(again + 3 * NUMBERS * sizeof(float), kept, "%zu bytes, kept %zu", again, kept);
}

Test(segments, are_nothing_unless_told)
{
    chain plain = build((cut){false, 0}), cut_up = build((cut){false, 2});
    cr_expect_eq(idi_graph_node_count(cut_up.graph), idi_graph_node_count(plain.graph));
    idi_graph_destroy(&plain.graph);
    idi_graph_destroy(&cut_up.graph);
}

/* The last norm of a segment is what comes after it: no rule reads its copy. */
Test(segments, compute_again_only_what_a_rule_reads)
{
    chain c = build((cut){true, 2});
    idi_graph_session *session = run(&c);
    int norms = 0, linears = 0;
    for (int32_t n = c.forward; n < idi_graph_node_count(c.graph); n++) {
        const char *name = idi_graph_get_node(c.graph, n)->op->name;
        const int64_t runs = idi_graph_session_run_count(session, n);
        if (strcmp(name, "group_norm") == 0) norms += (int)runs;
        if (strcmp(name, "linear") == 0) linears += (int)runs;
    }
    cr_expect_eq(linears, LAYERS);
    cr_expect_eq(norms, LAYERS / 2);
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&c.graph);
}

Test(segments, what_nobody_uses_does_not_run)
{
    idi_graph *graph;
    idi_graph_session *session;
    idi_graph_plan plan;
    OK(idi_graph_create(memory, &graph));
    const idi_value x = input(graph, "x");
    const idi_value used = idi_scale(graph, x, 2.0);
    (void)idi_scale(graph, idi_scale(graph, used, 3.0), 5.0);
    idi_graph_mark_output(graph, used);
    OK(idi_graph_session_create(graph, backend, find, NULL, &session));
    OK(idi_graph_session_set_floats(session, x, inputs[0], NUMBERS));
    OK(idi_graph_session_run(session, NULL, NULL));
    cr_expect_eq(idi_graph_session_run_count(session, 0), 1);
    cr_expect_eq(idi_graph_session_run_count(session, 1), 0);
    cr_expect_eq(idi_graph_session_run_count(session, 2), 0);
    OK(idi_graph_plan_bytes(graph, backend, &plan));
    cr_expect_eq(plan.slab_bytes, 2 * NUMBERS * sizeof(float));
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&graph);
}
