/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_assign.c - parameters that a run changes: in place, seen by the next run, and
 * refused where a reader would see the wrong one. */
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/add.h"
#include "ops/moving_average.h"
#include "ops/reshape.h"
#include "ops/scale.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LENGTH = 4 };

static idi_memory *memory;
static idi_graph *graph;
static idi_backend *backend;
static idi_graph_session *session;
static double weights[2][LENGTH]; /* of "p" and "q" */

static void open_rig(void)
{
    memory = idi_test_memory();
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    for (int i = 0; i < LENGTH; i++) {
        weights[0][i] = 100.0 + i;
        weights[1][i] = 200.0 + i;
    }
}

static void close_rig(void)
{
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&backend);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

TestSuite(assign, .init = open_rig, .fini = close_rig);

static idi_value parameter(const char *name)
{
    return idi_graph_parameter(graph, name, IDI_LAYOUT_PLAIN, idi_shape1(LENGTH));
}

static idi_value input(const char *name)
{
    return idi_graph_input(graph, name, IDI_REAL, idi_shape1(LENGTH), IDI_RATE_IMAGE);
}

/* Halfway from p to x. */
static idi_value halfway(idi_value p, idi_value x)
{
    const idi_moving_average_attr attr = {0.5};
    return idi_moving_average(graph, p, x, IDI_NONE, &attr);
}

static const void *find_weights(void *user, const char *name, idi_dtype kind)
{
    (void)user;
    (void)kind;
    return weights[name[0] - 'p'];
}

static void open_session(void)
{
    cr_assert_eq(idi_graph_session_create(graph, backend, find_weights, NULL, &session), IDI_OK,
                 "%s", idi_last_error());
}

static void set(idi_value v, double value)
{
    const double data[LENGTH] = {value, value, value, value};
    cr_assert_eq(idi_graph_session_set(session, v, data, sizeof data), IDI_OK);
}

static void run(void)
{
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK, "%s", idi_last_error());
}

/* Element 2. */
static double get(idi_value v)
{
    double data[LENGTH];
    cr_assert_eq(idi_graph_session_get(session, v, data, sizeof data), IDI_OK, "%s",
                 idi_last_error());
    return data[2];
}

Test(assign, each_run_goes_on_from_the_one_before)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value moved = halfway(p, x);
    cr_assert_eq(idi_graph_assign(graph, p, moved), moved);
    open_session();
    set(x, 2.0);
    run();
    cr_expect_eq(weights[0][2], 52.0);
    run();
    cr_expect_eq(weights[0][2], 27.0);
    cr_expect_eq(weights[0][0], (((100.0 + 2.0) / 2.0) + 2.0) / 2.0);
}

Test(assign, readers_before_see_the_old_and_readers_of_the_value_the_new)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value before = idi_add(graph, p, x);
    const idi_value moved = idi_graph_assign(graph, p, halfway(p, x));
    const idi_value after = idi_add(graph, moved, x);
    idi_graph_mark_output(graph, before);
    idi_graph_mark_output(graph, after);
    open_session();
    set(x, 2.0);
    run();
    cr_expect_eq(get(before), 104.0);
    cr_expect_eq(get(after), 54.0);
    run();
    cr_expect_eq(get(before), 54.0);
    cr_expect_eq(get(after), 29.0);
}

Test(assign, views_made_before_follow)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value moved = halfway(p, x);
    const idi_value view = idi_reshape(graph, moved, idi_shape2(2, 2));
    (void)idi_graph_assign(graph, p, moved);
    const idi_value seen = idi_scale(graph, view, 3.0);
    idi_graph_mark_output(graph, seen);
    open_session();
    set(x, 2.0);
    run();
    cr_expect_eq(get(seen), 156.0);
}

/* What depends on weights alone is kept between runs, unless the run changes them. */
Test(assign, what_depends_on_weights_runs_again)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value twice = idi_scale(graph, p, 2.0);
    const idi_value y = idi_add(graph, twice, x);
    idi_graph_mark_output(graph, y);
    (void)idi_graph_assign(graph, p, halfway(p, x));
    open_session();
    set(x, 0.0);
    run();
    cr_expect_eq(get(y), 204.0);
    run();
    cr_expect_eq(get(y), 102.0);
    cr_expect_eq(idi_graph_session_run_count(session, 0), 2);
}

Test(assign, other_sessions_are_told)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value y = idi_add(graph, idi_scale(graph, p, 2.0), x);
    idi_graph_mark_output(graph, y);
    open_session();
    set(x, 0.0);
    run();
    weights[0][2] = 7.0;
    run();
    cr_expect_eq(get(y), 204.0);
    idi_graph_session_note_parameters(session);
    run();
    cr_expect_eq(get(y), 14.0);
}

/* An op that does not read the target may write there whatever it is. */
Test(assign, any_op_writes_over_what_it_does_not_read)
{
    const idi_value p = parameter("p");
    const idi_value q = parameter("q");
    (void)idi_graph_assign(graph, p, idi_scale(graph, q, 2.0));
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    open_session();
    run();
    cr_expect_eq(weights[0][2], 404.0);
    cr_expect_eq(weights[1][2], 202.0);
}

Test(assign, takes_no_place_of_its_own)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value moved = halfway(p, x);
    idi_graph_plan apart;
    idi_graph_plan in_place;
    idi_graph_mark_output(graph, moved);
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &apart), IDI_OK);
    (void)idi_graph_assign(graph, p, moved);
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &in_place), IDI_OK);
    cr_expect_eq(apart.slab_bytes, 128);
    cr_expect_eq(in_place.slab_bytes, 64); /* the input */
}

static void expect_refusal(idi_value target, idi_value value, const char *words)
{
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(idi_graph_assign(graph, target, value), IDI_NONE, "wanted: %s", words);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_ARG);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
}

Test(assign, refuses_what_is_no_parameter)
{
    const idi_value x = input("x");
    expect_refusal(x, halfway(x, x), "value 0 is no parameter");
}

Test(assign, refuses_a_second_value)
{
    const idi_value p = parameter("p");
    const idi_value x = input("x");
    const idi_value one = halfway(p, x);
    const idi_value two = idi_scale(graph, x, 2.0);
    (void)idi_graph_assign(graph, p, one);
    expect_refusal(p, two, "p is assigned twice");
}

Test(assign, refuses_a_value_for_two)
{
    const idi_value p = parameter("p");
    const idi_value q = parameter("q");
    const idi_value one = halfway(p, q);
    (void)idi_graph_assign(graph, p, one);
    expect_refusal(q, one, "q takes a node's own output");
}

Test(assign, refuses_a_view)
{
    const idi_value p = parameter("p");
    const idi_value view = idi_reshape(graph, halfway(p, input("x")), idi_shape1(LENGTH));
    expect_refusal(p, view, "p takes a node's own output");
}

Test(assign, refuses_another_shape)
{
    const idi_value p = parameter("p");
    const idi_value matrix = idi_reshape(graph, input("x"), idi_shape2(2, 2));
    expect_refusal(p, idi_scale(graph, matrix, 2.0), "p is [4], not [2, 2]");
}

/* Where reals are floats, both kinds are the same memory. */
Test(assign, refuses_what_is_read_in_wide_numbers_too)
{
    const idi_value p = parameter("p");
    (void)idi_graph_parameter_of_kind(graph, IDI_WIDE, IDI_LAYOUT_PLAIN, idi_shape1(LENGTH), "p");
    expect_refusal(p, halfway(p, input("x")), "p is wanted in both kinds of numbers");
}

Test(assign, refuses_an_op_that_cannot_work_in_place)
{
    const idi_value p = parameter("p");
    expect_refusal(p, idi_scale(graph, p, 2.0), "scale cannot work in place of p");
}

/* The third input of moving_average is read by all elements. */
Test(assign, refuses_an_input_that_all_elements_read)
{
    const idi_value p = idi_graph_parameter(graph, "p", IDI_LAYOUT_PLAIN, idi_shape1(1));
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape1(1), IDI_RATE_IMAGE);
    const idi_moving_average_attr attr = {0.5};
    expect_refusal(p, idi_moving_average(graph, x, x, p, &attr),
                   "moving_average cannot work in place of p");
}

Test(assign, refuses_where_a_later_node_reads)
{
    const idi_value p = parameter("p");
    const idi_value moved = halfway(p, input("x"));
    (void)idi_scale(graph, idi_reshape(graph, p, idi_shape2(2, 2)), 3.0);
    expect_refusal(p, moved, "p is read by reshape after it has changed");
}

Test(assign, refuses_readers_that_come_later)
{
    const idi_value p = parameter("p");
    const idi_value view = idi_reshape(graph, p, idi_shape2(2, 2));
    (void)idi_graph_assign(graph, p, halfway(p, input("x")));
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(idi_scale(graph, view, 3.0), IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_ARG);
    cr_expect(strstr(idi_last_error(), "scale: reads p, which has been assigned"), "%s",
              idi_last_error());
}
