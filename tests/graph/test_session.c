/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_session.c - running: what re-runs when, what survives, what is refused, and
 * what it takes from memory. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/add.h"
#include "ops/label_conv.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/narrow.h"
#include "ops/reshape.h"
#include "ops/scale.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH = 5 };

static idi_memory *memory;
static idi_graph *graph;
static idi_backend *backend;
static idi_graph_session *session;

static void open_rig(void)
{
    memory = idi_test_memory();
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
}

static void close_rig(void)
{
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

TestSuite(session, .init = open_rig, .fini = close_rig);

static idi_value input(const char *name, idi_rate rate)
{
    return idi_graph_input(graph, name, IDI_REAL, idi_shape1(LENGTH), rate);
}

static void open_session(idi_parameter_source source, void *user)
{
    cr_assert_eq(idi_graph_session_create(graph, backend, source, user, &session), IDI_OK, "%s",
                 idi_last_error());
}

/* Element i is value + i. */
static void set(idi_value v, double value)
{
    double data[LENGTH];
    for (int i = 0; i < LENGTH; i++)
        data[i] = value + i;
    cr_assert_eq(idi_graph_session_set(session, v, data, sizeof data), IDI_OK, "%s",
                 idi_last_error());
}

static void run(void)
{
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK, "%s", idi_last_error());
}

/* Element 2, where set() gives value + 2. */
static double get(idi_value v)
{
    double data[LENGTH];
    cr_assert_eq(idi_graph_session_get(session, v, data, sizeof data), IDI_OK, "%s",
                 idi_last_error());
    return data[2];
}

static void expect_counts(const int64_t *counts)
{
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++)
        cr_expect_eq(idi_graph_session_run_count(session, n), counts[n],
                     "node %d ran %lld times, want %lld", n,
                     (long long)idi_graph_session_run_count(session, n), (long long)counts[n]);
}

/* --- rates ----------------------------------------------------------------------------------- */

/* Nodes 0: weights; 1: reference a; 2: reference b; 3: weights and a; 4: that and b;
 * 5: images; 6: everything. */
typedef struct rates {
    idi_value weight, a, b, image, y;
} rates;

static rates build_rates(void)
{
    rates r = {input("weight", IDI_RATE_WEIGHT), input("a", IDI_RATE_REFERENCE),
               input("b", IDI_RATE_REFERENCE), input("image", IDI_RATE_IMAGE), IDI_NONE};
    const idi_value w = idi_scale(graph, r.weight, 2.0);
    const idi_value a = idi_scale(graph, r.a, 3.0);
    const idi_value b = idi_scale(graph, r.b, 5.0);
    const idi_value wa = idi_add(graph, w, a);
    const idi_value wab = idi_add(graph, wa, b);
    const idi_value x = idi_scale(graph, r.image, 7.0);
    r.y = idi_add(graph, wab, x);
    idi_graph_mark_output(graph, r.y);
    open_session(NULL, NULL);
    set(r.weight, 10.0);
    set(r.a, 20.0);
    set(r.b, 30.0);
    set(r.image, 40.0);
    return r;
}

Test(session, everything_runs_at_first)
{
    const rates r = build_rates();
    run();
    expect_counts((int64_t[]){1, 1, 1, 1, 1, 1, 1});
    cr_assert_eq(get(r.y), 2 * 12.0 + 3 * 22.0 + 5 * 32.0 + 7 * 42.0);
}

Test(session, nodes_of_the_image_rate_always_run)
{
    const rates r = build_rates();
    run();
    run();
    expect_counts((int64_t[]){1, 1, 1, 1, 1, 2, 2});
    set(r.image, 50.0);
    run();
    expect_counts((int64_t[]){1, 1, 1, 1, 1, 3, 3});
    cr_assert_eq(get(r.y), 2 * 12.0 + 3 * 22.0 + 5 * 32.0 + 7 * 52.0);
}

Test(session, a_reference_re_runs_only_what_lies_behind_it)
{
    const rates r = build_rates();
    run();
    set(r.a, 21.0);
    run();
    expect_counts((int64_t[]){1, 2, 1, 2, 2, 2, 2});
    set(r.b, 31.0);
    run();
    expect_counts((int64_t[]){1, 2, 2, 2, 3, 3, 3});
    cr_assert_eq(get(r.y), 2 * 12.0 + 3 * 23.0 + 5 * 33.0 + 7 * 42.0);
    set(r.a, 22.0);
    set(r.b, 32.0);
    set(r.b, 33.0); /* twice counts once */
    run();
    expect_counts((int64_t[]){1, 3, 3, 3, 4, 4, 4});
    cr_assert_eq(get(r.y), 2 * 12.0 + 3 * 24.0 + 5 * 35.0 + 7 * 42.0);
}

Test(session, a_weight_leaves_the_references_own_nodes)
{
    const rates r = build_rates();
    run();
    set(r.weight, 11.0);
    run();
    expect_counts((int64_t[]){2, 1, 1, 2, 2, 2, 2});
    cr_assert_eq(get(r.y), 2 * 13.0 + 3 * 22.0 + 5 * 32.0 + 7 * 42.0);
}

/* Outputs of slow nodes stay readable however often the fast ones run, also those before them. */
Test(session, slow_outputs_survive_fast_runs)
{
    const idi_value a = input("a", IDI_RATE_REFERENCE);
    idi_value x = input("image", IDI_RATE_IMAGE);
    const idi_value image = x;
    for (int i = 0; i < 6; i++)
        x = idi_scale(graph, x, 1.5);
    const idi_value slow = idi_scale(graph, a, 6.0);
    for (int i = 0; i < 6; i++)
        x = idi_scale(graph, x, 1.5);
    idi_graph_mark_output(graph, slow);
    idi_graph_mark_output(graph, x);
    open_session(NULL, NULL);
    set(a, 1.0);
    for (int i = 0; i < 3; i++) {
        set(image, i);
        run();
        cr_assert_eq(get(slow), 18.0);
    }
    cr_assert_eq(idi_graph_session_run_count(session, 6), 1);
}

/* The same for a slow value that only fast nodes read. */
Test(session, slow_values_survive_fast_runs)
{
    const idi_value a = input("a", IDI_RATE_REFERENCE);
    const idi_value image = input("image", IDI_RATE_IMAGE);
    idi_value x = image;
    for (int i = 0; i < 6; i++)
        x = idi_scale(graph, x, 2.0);
    const idi_value slow = idi_scale(graph, a, 3.0);
    idi_value y = idi_add(graph, x, slow);
    for (int i = 0; i < 6; i++)
        y = idi_scale(graph, y, 0.5);
    idi_graph_mark_output(graph, y);
    open_session(NULL, NULL);
    set(a, 1.0);
    for (int i = 0; i < 3; i++) {
        set(image, i);
        run();
        cr_assert_eq(get(y), i + 2.0 + 9.0 / 64.0);
    }
    cr_assert_eq(idi_graph_session_run_count(session, 6), 1);
}

/* What an image's nodes make is made anew with every run: reading it next to a reference must not
 * keep a place for it alone. */
Test(session, image_values_are_not_kept_for_nodes_that_depend_on_more)
{
    enum { MAPS = 10 };
    const idi_value image = input("image", IDI_RATE_IMAGE);
    const idi_value a = input("a", IDI_RATE_REFERENCE);
    idi_value y = a;
    for (int i = 0; i < MAPS; i++)
        y = idi_add(graph, y, idi_scale(graph, image, i));
    idi_graph_mark_output(graph, y);
    idi_graph_plan plan;
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &plan), IDI_OK);
    cr_assert_leq(plan.slab_bytes, 5 * 64, "%zu bytes", plan.slab_bytes);
    open_session(NULL, NULL);
    set(image, 1.0);
    set(a, 2.0);
    run();
    run();
    cr_assert_eq(get(y), 4.0 + 3.0 * (MAPS * (MAPS - 1) / 2));
}

/* A random net over all rates, run with random inputs set anew, against plain evaluation. Its
 * slab is far smaller than its values together, so what must survive is in danger. */
enum { NET_INPUTS = 6, NET_NODES = 60, NET_VALUES = NET_INPUTS + NET_NODES };

typedef struct net {
    idi_value value[NET_VALUES];
    int left[NET_VALUES], right[NET_VALUES]; /* right -1: scaled by half */
    double want[NET_VALUES];
} net;

static int pick(uint64_t seed, int at, int word, int below)
{
    uint32_t words[4];
    idi_philox(seed, 7, (uint64_t)at, words);
    return (int)(words[word] % (uint32_t)below);
}

static void build_net(net *t, uint64_t seed)
{
    static const idi_rate net_rates[NET_INPUTS] = {IDI_RATE_WEIGHT,    IDI_RATE_REFERENCE,
                                                   IDI_RATE_REFERENCE, IDI_RATE_REFERENCE,
                                                   IDI_RATE_IMAGE,     IDI_RATE_IMAGE};
    for (int i = 0; i < NET_INPUTS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "in%d", i);
        t->value[i] = input(name, net_rates[i]);
    }
    for (int i = NET_INPUTS; i < NET_VALUES; i++) {
        const int from = i > 12 && pick(seed, i, 3, 4) ? i - 8 : 0; /* mostly the recent ones */
        t->left[i] = from + pick(seed, i, 0, i - from);
        t->right[i] = pick(seed, i, 1, 3) ? pick(seed, i, 2, i) : -1;
        t->value[i] =
            t->right[i] < 0
                ? idi_scale(graph, t->value[t->left[i]], 0.5)
                : idi_scale(graph, idi_add(graph, t->value[t->left[i]], t->value[t->right[i]]),
                            0.5);
        if (i % 9 == 0) idi_graph_mark_output(graph, t->value[i]);
    }
    idi_graph_mark_output(graph, t->value[NET_VALUES - 1]);
}

static void evaluate_net(net *t)
{
    for (int i = NET_INPUTS; i < NET_VALUES; i++)
        t->want[i] = 0.5 * (t->want[t->left[i]] + (t->right[i] < 0 ? 0.0 : t->want[t->right[i]]));
}

Test(session, values_that_cross_rates_survive_a_reused_slab)
{
    const uint64_t seed = idi_test_seed();
    net t;
    build_net(&t, seed);
    idi_graph_plan plan;
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &plan), IDI_OK);
    cr_assert_lt(plan.slab_bytes, (size_t)NET_VALUES * 64, "nothing is reused");
    open_session(NULL, NULL);
    for (int i = 0; i < NET_INPUTS; i++) {
        set(t.value[i], i);
        t.want[i] = i + 2.0;
    }
    for (int step = 0; step < 40; step++) {
        run();
        evaluate_net(&t);
        for (int i = NET_INPUTS; i < NET_VALUES; i++)
            if (i % 9 == 0 || i == NET_VALUES - 1)
                cr_assert_float_eq(get(t.value[i]), t.want[i], 1e-12,
                                   "value %d at step %d (seed %llu)", i, step,
                                   (unsigned long long)seed);
        const int changed = pick(seed, 1000 + step, 0, NET_INPUTS);
        set(t.value[changed], step);
        t.want[changed] = step + 2.0;
    }
}

/* --- views ------------------------------------------------------------------------------------ */

Test(session, a_view_shares_its_sources_storage)
{
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value h = idi_scale(graph, x, 2.0);
    idi_graph_mark_output(graph, h);
    idi_graph_plan without;
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &without), IDI_OK);
    const idi_value view = idi_reshape(graph, h, idi_shape2(1, LENGTH));
    const idi_value of_input = idi_reshape(graph, x, idi_shape2(LENGTH, 1));
    idi_graph_mark_output(graph, view);
    idi_graph_mark_output(graph, of_input);
    idi_graph_plan with;
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &with), IDI_OK);
    cr_assert_eq(with.slab_bytes, without.slab_bytes);
    open_session(NULL, NULL);
    set(x, 1.0);
    run();
    cr_assert_eq(get(view), 6.0);
    cr_assert_eq(get(h), 6.0);
    cr_assert_eq(get(of_input), 3.0);
}

/* The source must live as long as its view is read. */
Test(session, a_view_keeps_its_source_alive)
{
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value view = idi_reshape(graph, idi_scale(graph, x, 2.0), idi_shape2(1, LENGTH));
    idi_value other = x;
    for (int i = 0; i < 4; i++)
        other = idi_scale(graph, other, 10.0);
    const idi_value y = idi_add(graph, view, idi_reshape(graph, other, idi_shape2(1, LENGTH)));
    idi_graph_mark_output(graph, y);
    open_session(NULL, NULL);
    set(x, 1.0);
    run();
    cr_assert_eq(get(y), 3.0 * 10002.0);
}

static const void *ones(void *user, const char *name, idi_dtype kind)
{
    (void)kind;
    static const double data[LENGTH * LENGTH] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    ++*(int *)user;
    return strcmp(name, "absent") == 0 ? NULL : data;
}

Test(session, a_view_of_a_parameter_reads_the_parameter)
{
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value w =
        idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape1(LENGTH * LENGTH));
    const idi_value y = idi_linear(graph, x, idi_reshape(graph, w, idi_shape2(LENGTH, LENGTH)),
                                   IDI_NONE, IDI_NONE, IDI_ACT_NONE);
    idi_graph_mark_output(graph, y);
    int calls = 0;
    open_session(ones, &calls);
    set(x, 1.0);
    run();
    cr_assert_eq(get(y), 1.0 + 2.0 + 3.0 + 4.0 + 5.0);
    cr_assert_geq(calls, 1);
}

/* --- wide numbers ----------------------------------------------------------------------------- */

static const void *by_kind(void *user, const char *name, idi_dtype kind)
{
    static const double real[LENGTH] = {1, 2, 3, 4, 5};
    static const double wide[LENGTH] = {10, 20, 30, 40, 50};
    (void)user;
    (void)name;
    return kind == IDI_WIDE ? wide : real;
}

/* Both kinds are one type here; a parameter is asked for in the kind that its reader wants. */
Test(session, parameters_are_asked_for_by_kind)
{
    const idi_shape shape = idi_shape1(LENGTH);
    const idi_value real = idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, shape);
    const idi_value wide =
        idi_graph_parameter_of_kind(graph, IDI_WIDE, IDI_LAYOUT_PLAIN, shape, "w");
    const idi_value narrow = idi_narrow(graph, idi_scale(graph, wide, 0.5));
    const idi_value y = idi_add(graph, real, narrow);
    idi_graph_mark_output(graph, y);
    open_session(by_kind, NULL);
    run();
    cr_assert_eq(get(y), 3.0 + 15.0);
}

Test(session, wide_inputs_and_outputs_are_the_backends_reals_here)
{
    const idi_value x =
        idi_graph_input(graph, "x", IDI_WIDE, idi_shape1(LENGTH), IDI_RATE_REFERENCE);
    const idi_value twice = idi_scale(graph, x, 2.0);
    const idi_value y = idi_narrow(graph, twice);
    const float floats[LENGTH] = {1.0f, 2.0f, 3.5f, 4.0f, 5.0f};
    float got[LENGTH];
    idi_graph_mark_output(graph, twice);
    idi_graph_mark_output(graph, y);
    open_session(NULL, NULL);
    cr_assert_eq(idi_graph_session_bytes(session, twice), LENGTH * sizeof(double));
    cr_assert_eq(idi_graph_session_set_floats(session, x, floats, LENGTH), IDI_OK);
    run();
    cr_assert_eq(get(twice), 7.0);
    cr_assert_eq(get(y), 7.0);
    cr_assert_eq(idi_graph_session_get_floats(session, twice, got, LENGTH), IDI_OK);
    cr_assert_eq(got[2], 7.0f);
}

/* There is room to convert what can be set, and no more. */
Test(session, floats_are_set_to_inputs_alone)
{
    static const float floats[LENGTH * LENGTH];
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value w =
        idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape2(LENGTH, LENGTH));
    const idi_value inner = idi_scale(graph, w, 2.0);
    int calls = 0;
    idi_graph_mark_output(graph, idi_linear(graph, x, inner, IDI_NONE, IDI_NONE, IDI_ACT_NONE));
    open_session(ones, &calls);
    cr_assert_eq(idi_graph_session_set_floats(session, inner, floats, LENGTH * LENGTH),
                 IDI_ERR_ARG);
    cr_assert_str_eq(idi_last_error(), "session: value 2 is no input");
}

/* --- refusals --------------------------------------------------------------------------------- */

Test(session, an_input_never_set_is_named)
{
    const rates r = build_rates();
    idi_graph_session_destroy(&session);
    open_session(NULL, NULL);
    set(r.weight, 1.0);
    set(r.a, 1.0);
    set(r.image, 1.0);
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_ERR_STATE);
    cr_assert_str_eq(idi_last_error(), "session: input b was never set");
    expect_counts((int64_t[]){0, 0, 0, 0, 0, 0, 0});
    set(r.b, 1.0);
    run();
    expect_counts((int64_t[]){1, 1, 1, 1, 1, 1, 1});
}

Test(session, wrong_byte_counts_are_refused)
{
    const rates r = build_rates();
    const double data[LENGTH + 1] = {0};
    cr_assert_eq(idi_graph_session_set(session, r.image, data, sizeof data), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "session: input image [5] takes 40 bytes, got 48");
    cr_assert_eq(idi_graph_session_set(session, r.image, data, LENGTH * sizeof(float)),
                 IDI_ERR_SHAPE);
    run();
    double out[LENGTH];
    cr_assert_eq(idi_graph_session_get(session, r.y, out, sizeof out - 1), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "session: output [5] has 40 bytes, asked for 39");
    cr_assert_eq(idi_graph_session_bytes(session, r.y), sizeof out);
}

Test(session, only_outputs_and_inputs_are_read_and_only_inputs_set)
{
    const rates r = build_rates();
    run();
    double data[LENGTH];
    const idi_value inner = idi_graph_get_node(graph, 0)->out[0];
    cr_assert_eq(idi_graph_session_get(session, inner, data, sizeof data), IDI_ERR_ARG);
    cr_assert(strstr(idi_last_error(), "is no output"));
    cr_assert_eq(idi_graph_session_set(session, r.y, data, sizeof data), IDI_ERR_ARG);
    cr_assert(strstr(idi_last_error(), "is no input"));
    cr_assert_eq(get(r.image), 42.0);
}

Test(session, nothing_is_read_before_it_is_there)
{
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value y = idi_scale(graph, x, 2.0);
    double data[LENGTH];
    idi_graph_mark_output(graph, y);
    open_session(NULL, NULL);
    cr_assert_eq(idi_graph_session_get(session, x, data, sizeof data), IDI_ERR_STATE);
    cr_assert(strstr(idi_last_error(), "before it is set"));
    set(x, 1.0);
    cr_assert_eq(get(x), 3.0);
    cr_assert_eq(idi_graph_session_get(session, y, data, sizeof data), IDI_ERR_STATE);
    cr_assert(strstr(idi_last_error(), "before a run"));
    run();
    cr_assert_eq(get(y), 6.0);
}

/* On a host the device's memory is the host's. */
Test(session, copies_within_the_device_are_copies_on_a_host)
{
    const double numbers[LENGTH] = {1, 2, 3, 4, 5};
    float out[LENGTH];
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value y = idi_scale(graph, x, 0.5);
    idi_graph_mark_output(graph, y);
    open_session(NULL, NULL);
    cr_expect_eq(idi_graph_session_set_from(session, x, numbers, sizeof numbers - 1),
                 IDI_ERR_SHAPE);
    cr_expect_eq(idi_graph_session_set_from(session, y, numbers, sizeof numbers), IDI_ERR_ARG);
    cr_expect_eq(idi_graph_session_run(session, NULL, NULL), IDI_ERR_STATE, "x was never set");
    cr_assert_eq(idi_graph_session_set_from(session, x, numbers, sizeof numbers), IDI_OK);
    cr_expect_eq(idi_graph_session_get_floats_to(session, y, out, LENGTH), IDI_ERR_STATE);
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK);
    cr_expect_eq(idi_graph_session_get_floats_to(session, y, out, LENGTH - 1), IDI_ERR_SHAPE);
    cr_assert_eq(idi_graph_session_get_floats_to(session, y, out, LENGTH), IDI_OK, "%s",
                 idi_last_error());
    for (int i = 0; i < LENGTH; i++)
        cr_expect_eq(out[i], (float)numbers[i] / 2);
}

Test(session, a_missing_parameter_is_named)
{
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value w = idi_graph_parameter(graph, "absent", IDI_LAYOUT_PLAIN, idi_shape1(LENGTH));
    idi_graph_mark_output(graph, idi_add(graph, x, w));
    int calls = 0;
    cr_assert_eq(idi_graph_session_create(graph, backend, ones, &calls, &session), IDI_ERR_WEIGHTS);
    cr_assert_null(session);
    cr_assert_str_eq(idi_last_error(), "no weights for absent [5]");
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_ERR_WEIGHTS);
}

/* A parameter lies with its owner, not in the slab: reading it here would give something else. */
Test(session, a_parameter_cannot_be_read_as_an_output)
{
    const idi_value x = input("x", IDI_RATE_IMAGE);
    const idi_value w = idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape1(LENGTH));
    const idi_value view = idi_reshape(graph, w, idi_shape2(1, LENGTH));
    (void)idi_add(graph, x, w);
    idi_graph_mark_output(graph, w);
    idi_graph_mark_output(graph, view);
    int calls = 0;
    open_session(ones, &calls);
    set(x, 1.0);
    run();
    double data[LENGTH];
    cr_assert_eq(idi_graph_session_get(session, w, data, sizeof data), IDI_ERR_ARG);
    cr_assert(strstr(idi_last_error(), "parameter w"));
    cr_assert_eq(idi_graph_session_get(session, view, data, sizeof data), IDI_ERR_ARG);
}

/* --- cancelling ------------------------------------------------------------------------------- */

static bool stop_after(void *user)
{
    int *left = user;
    return (*left)-- == 0;
}

Test(session, can_be_stopped_between_any_two_nodes)
{
    const rates r = build_rates();
    for (int nodes = 0; nodes < 7; nodes++) {
        set(r.weight, nodes);
        set(r.a, nodes);
        set(r.b, nodes);
        int left = nodes;
        cr_assert_eq(idi_graph_session_run(session, stop_after, &left), IDI_ERR_CANCELLED);
        run(); /* what was left undone is done now */
        cr_assert_eq(get(r.y), (2 + 3 + 5) * (nodes + 2.0) + 7 * 42.0, "stopped at %d", nodes);
    }
    int never = 1000;
    cr_assert_eq(idi_graph_session_run(session, stop_after, &never), IDI_OK);
}

Test(session, stopped_at_once_runs_nothing)
{
    (void)build_rates();
    int left = 0;
    cr_assert_eq(idi_graph_session_run(session, stop_after, &left), IDI_ERR_CANCELLED);
    expect_counts((int64_t[]){0, 0, 0, 0, 0, 0, 0});
}

/* --- memory ----------------------------------------------------------------------------------- */

/* A net whose fast versions want scratch. Returns the label input. */
static idi_value build_painter(void)
{
    const idi_value labels =
        idi_graph_input(graph, "labels", IDI_U8, idi_shape3(1, 16, 16), IDI_RATE_IMAGE);
    const idi_value w =
        idi_graph_input(graph, "w", IDI_REAL, idi_shape4(8, 3, 3, 5), IDI_RATE_WEIGHT);
    const idi_value b = idi_graph_input(graph, "b", IDI_REAL, idi_shape1(8), IDI_RATE_WEIGHT);
    idi_value y = idi_label_conv(graph, labels, w, b, 16, 16, IDI_ACT_RELU);
    for (int i = 0; i < 5; i++)
        y = idi_scale(graph, y, 0.9);
    idi_graph_mark_output(graph, y);
    return labels;
}

static idi_status set_all(idi_graph_session *s)
{
    static const double zeros[16 * 16 * 8] = {0};
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++)
        if (idi_graph_get_value(graph, v)->role == IDI_ROLE_INPUT)
            IDI_TRY(idi_graph_session_set(s, v, zeros, idi_graph_session_bytes(s, v)));
    return IDI_OK;
}

Test(session, the_plan_is_exact)
{
    (void)build_painter();
    idi_backend *fast;
    cr_assert_eq(idi_cpu32_backend_create(memory, false, &fast), IDI_OK);
    idi_graph_plan plan;
    cr_assert_eq(idi_graph_plan_bytes(graph, fast, &plan), IDI_OK);
    idi_memory_stats stats;
    idi_memory_get_stats(memory, &stats);
    cr_assert_eq(stats.peak_bytes[IDI_TAG_ACTIVATION], 0, "planning took device memory");
    cr_assert_eq(stats.peak_bytes[IDI_TAG_WORKSPACE], 0);
    cr_assert_gt(plan.workspace_bytes, 0);
    idi_graph_session *s;
    cr_assert_eq(idi_graph_session_create(graph, fast, NULL, NULL, &s), IDI_OK);
    cr_assert_eq(set_all(s), IDI_OK);
    cr_assert_eq(idi_graph_session_run(s, NULL, NULL), IDI_OK);
    idi_memory_get_stats(memory, &stats);
    cr_assert_eq(stats.peak_bytes[IDI_TAG_ACTIVATION], plan.slab_bytes);
    cr_assert_eq(stats.peak_bytes[IDI_TAG_WORKSPACE], plan.workspace_bytes);
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&fast);
}

Test(session, running_allocates_nothing)
{
    (void)build_painter();
    idi_backend *fast;
    cr_assert_eq(idi_cpu32_backend_create(memory, false, &fast), IDI_OK);
    idi_graph_session *s;
    cr_assert_eq(idi_graph_session_create(graph, fast, NULL, NULL, &s), IDI_OK);
    idi_memory_stats before;
    idi_memory_get_stats(memory, &before);
    float out[16 * 16 * 8];
    const idi_value y = idi_graph_get_node(graph, idi_graph_node_count(graph) - 1)->out[0];
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(set_all(s), IDI_OK);
        cr_assert_eq(idi_graph_session_run(s, NULL, NULL), IDI_OK);
        cr_assert_eq(idi_graph_session_get(s, y, out, sizeof out), IDI_OK);
    }
    idi_memory_stats after;
    idi_memory_get_stats(memory, &after);
    cr_assert_eq(after.allocation_count, before.allocation_count);
    cr_assert_eq(after.total_current_bytes, before.total_current_bytes);
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&fast);
}

Test(session, the_limit_is_honoured)
{
    (void)build_painter();
    idi_graph_plan plan;
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &plan), IDI_OK);
    idi_memory *small;
    cr_assert_eq(idi_memory_create(NULL, plan.slab_bytes, &small), IDI_OK);
    idi_backend *limited;
    cr_assert_eq(idi_cpu64_backend_create(small, true, &limited), IDI_OK);
    idi_graph_session *s;
    cr_assert_eq(idi_graph_session_create(graph, limited, NULL, NULL, &s), IDI_ERR_NOMEM);
    cr_assert_null(s);
    cr_assert(strstr(idi_last_error(), "memory limit reached"));
    idi_cpu_backend_destroy(&limited);
    idi_memory_stats stats;
    idi_memory_get_stats(small, &stats);
    cr_assert_eq(stats.total_current_bytes, 0);
    cr_assert_eq(stats.peak_bytes[IDI_TAG_ACTIVATION], 0);
    idi_memory_destroy(&small);
}

/* Building, differentiating, planning and running once, in the memory that fails. */
static idi_status do_everything(idi_memory *failing)
{
    idi_graph_session *s = NULL;
    idi_backend *fast = NULL;
    idi_status st = IDI_OK;
    graph = NULL;
    IDI_TRY_TO(done, idi_graph_create(failing, &graph));
    const idi_value labels = build_painter();
    const idi_value y = idi_graph_find_input(graph, "w");
    const int32_t nodes = idi_graph_node_count(graph);
    IDI_TRY_TO(done, idi_graph_status(graph));
    const idi_value last = idi_graph_get_node(graph, nodes - 1)->out[0];
    const idi_value dy =
        idi_graph_input(graph, "dy", IDI_REAL, idi_graph_shape(graph, last), IDI_RATE_IMAGE);
    idi_value gradient;
    IDI_TRY_TO(done, idi_backward(graph, last, dy, &y, 1, &gradient));
    cr_assert_neq(labels, gradient);
    IDI_TRY_TO(done, idi_cpu32_backend_create(failing, false, &fast));
    idi_graph_plan plan;
    IDI_TRY_TO(done, idi_graph_plan_bytes(graph, fast, &plan));
    IDI_TRY_TO(done, idi_graph_session_create(graph, fast, NULL, NULL, &s));
    IDI_TRY_TO(done, set_all(s));
    IDI_TRY_TO(done, idi_graph_session_run(s, NULL, NULL));
done:
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&fast);
    idi_graph_destroy(&graph);
    return st;
}

Test(session, every_allocation_may_fail)
{
    idi_graph *kept = graph;
    int64_t n = 0;
    for (;; n++) {
        cr_assert_lt(n, 1000);
        idi_memory *failing = idi_test_failing_memory(n);
        const idi_status st = do_everything(failing);
        idi_test_memory_close(&failing); /* nothing leaked */
        if (st == IDI_OK) break;
        cr_assert_eq(st, IDI_ERR_NOMEM, "allocation %lld: %s", (long long)n, idi_last_error());
        cr_assert(strstr(idi_last_error(), "out of memory"), "allocation %lld: %s", (long long)n,
                  idi_last_error());
    }
    cr_assert_gt(n, 10, "only %lld allocations were seen", (long long)n);
    graph = kept;
}
