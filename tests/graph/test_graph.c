/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_graph.c - building: what is refused, with which sentence, and autodiff. */
#include "cpu/backend.h"
#include "graph/session.h"
#include "ops/add.h"
#include "ops/label_conv.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/narrow.h"
#include "ops/reshape.h"
#include "ops/row_sum.h"
#include "ops/scale.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static idi_memory *memory;
static idi_graph *graph;

static void open_graph(void)
{
    memory = idi_test_memory();
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
}

static void close_graph(void)
{
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

TestSuite(graph, .init = open_graph, .fini = close_graph);

static idi_value vector(const char *name, int64_t length)
{
    return idi_graph_input(graph, name, IDI_REAL, idi_shape1(length), IDI_RATE_IMAGE);
}

Test(graph, destroying_clears_the_pointer)
{
    idi_graph_destroy(&graph);
    cr_assert_null(graph);
    idi_graph_destroy(&graph);
    idi_graph_destroy(NULL);
}

Test(graph, the_first_failure_stays)
{
    const idi_value a = vector("a", 3);
    const idi_value b = vector("b", 4);
    cr_assert_eq(idi_graph_status(graph), IDI_OK);
    cr_assert_eq(idi_add(graph, a, b), IDI_NONE);
    const int32_t nodes = idi_graph_node_count(graph);
    const int32_t values = idi_graph_value_count(graph);
    cr_assert_eq(idi_scale(graph, a, 2.0), IDI_NONE);
    cr_assert_eq(idi_reshape(graph, a, idi_shape1(5)), IDI_NONE);
    cr_assert_eq(vector("a", 3), IDI_NONE);
    cr_assert_eq(idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape1(1)), IDI_NONE);
    idi_graph_mark_output(graph, a);
    cr_assert_eq(idi_graph_node_count(graph), nodes);
    cr_assert_eq(idi_graph_value_count(graph), values);
    cr_assert_eq(idi_graph_shape(graph, a).rank, 0);
    cr_assert(idi_graph_has_failed(graph));
    idi_status other = idi_fail(IDI_ERR_IO, "something else");
    cr_assert_eq(other, IDI_ERR_IO);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "add: [3] and [4] differ");
}

Test(graph, a_failed_graph_has_no_session_and_no_gradient)
{
    const idi_value a = vector("a", 3);
    (void)idi_reshape(graph, a, idi_shape1(4));
    idi_value gradient;
    cr_assert_eq(idi_backward(graph, a, a, &a, 1, &gradient), IDI_ERR_SHAPE);
    idi_backend *backend;
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    idi_graph_session *session;
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_ERR_SHAPE);
    cr_assert_null(session);
    idi_graph_plan plan;
    cr_assert_eq(idi_graph_plan_bytes(graph, backend, &plan), IDI_ERR_SHAPE);
    idi_cpu_backend_destroy(&backend);
}

Test(graph, two_inputs_of_one_name_are_refused)
{
    (void)vector("style", 3);
    cr_assert_eq(vector("style", 3), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "graph: two inputs are named style");
}

Test(graph, an_input_and_a_parameter_may_share_a_name)
{
    const idi_value input = vector("x", 3);
    const idi_value parameter = idi_graph_parameter(graph, "x", IDI_LAYOUT_PLAIN, idi_shape1(3));
    cr_assert_eq(idi_graph_status(graph), IDI_OK);
    cr_assert_neq(input, parameter);
    cr_assert_eq(idi_graph_find_input(graph, "x"), input);
    cr_assert_eq(idi_graph_find_input(graph, "y"), IDI_NONE);
}

Test(graph, a_parameter_asked_for_again_is_the_same_value)
{
    const idi_value w =
        idi_graph_parameter_f(graph, IDI_LAYOUT_CONV, idi_shape2(2, 3), "res%d.%s", 4, "weight");
    cr_assert_eq(idi_graph_parameter(graph, "res4.weight", IDI_LAYOUT_CONV, idi_shape2(2, 3)), w);
    const idi_value_info *info = idi_graph_get_value(graph, w);
    cr_assert_str_eq(info->name, "res4.weight");
    cr_assert_eq(info->role, IDI_ROLE_PARAMETER);
    cr_assert_eq(info->layout, IDI_LAYOUT_CONV);
    cr_assert_eq(info->producer, -1);
    cr_assert_eq(idi_graph_value_count(graph), 1);
}

Test(graph, a_parameter_of_another_shape_is_refused)
{
    (void)idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape2(2, 3));
    cr_assert_eq(idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape2(3, 2)), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "graph: w is used as [2, 3] and as [3, 2]");
}

Test(graph, a_parameter_name_too_long_is_refused)
{
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cr_assert_eq(idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(1), "%s", name),
                 IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "graph: a parameter's name is longer than 255 characters");
}

static idi_value wide_vector(const char *name, int64_t count)
{
    return idi_graph_input(graph, name, IDI_WIDE, idi_shape1(count), IDI_RATE_WEIGHT);
}

static idi_value weight(void)
{
    return idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(2), "%s.weight", "conv1");
}

static const char *name_of(idi_value value)
{
    return idi_graph_get_value(graph, value)->name;
}

Test(graph, a_scope_stands_before_the_names_of_parameters)
{
    const idi_value plain = weight();
    idi_graph_push_scope(graph, "first.");
    const idi_value first = weight();
    idi_graph_push_scope(graph, "deep.");
    const idi_value deep = weight();
    const idi_value other = idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape1(3));
    const idi_value input = vector("x", 3);
    idi_graph_pop_scope(graph);
    const idi_value again = weight();
    idi_graph_pop_scope(graph);
    cr_assert_eq(weight(), plain);
    cr_assert_eq(idi_graph_status(graph), IDI_OK);
    cr_assert_str_eq(name_of(plain), "conv1.weight");
    cr_assert_str_eq(name_of(first), "first.conv1.weight");
    cr_assert_str_eq(name_of(deep), "first.deep.conv1.weight");
    cr_assert_str_eq(name_of(other), "first.deep.w");
    cr_assert_str_eq(name_of(input), "x");
    cr_assert_eq(again, first);
}

Test(graph, a_scope_pushed_again_gives_the_same_parameters)
{
    idi_graph_push_scope(graph, "a.");
    const idi_value once = weight();
    idi_graph_pop_scope(graph);
    idi_graph_push_scope(graph, "b.");
    cr_assert_neq(weight(), once);
    idi_graph_pop_scope(graph);
    idi_graph_push_scope(graph, "a.");
    cr_assert_eq(weight(), once);
    cr_assert_eq(
        idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(3), "%s.weight", "conv1"),
        IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "graph: a.conv1.weight is used as [2] and as [3]");
}

Test(graph, a_pop_without_a_push_is_refused)
{
    idi_graph_push_scope(graph, "a.");
    idi_graph_pop_scope(graph);
    idi_graph_pop_scope(graph);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_ARG);
    cr_assert_str_eq(idi_last_error(), "graph: no scope is open");
}

Test(graph, too_many_scopes_are_refused)
{
    for (int i = 0; i < 8; i++)
        idi_graph_push_scope(graph, "a.");
    cr_assert_eq(idi_graph_status(graph), IDI_OK);
    idi_graph_push_scope(graph, "b.");
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_ARG);
    cr_assert_str_eq(idi_last_error(), "graph: scope b. is within 8 others, the most that can be");
}

Test(graph, scopes_too_long_are_refused)
{
    char scope[200];
    memset(scope, 'a', sizeof scope - 1);
    scope[sizeof scope - 1] = '\0';
    idi_graph_push_scope(graph, scope);
    cr_assert_eq(idi_graph_status(graph), IDI_OK);
    idi_graph_push_scope(graph, scope);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_ARG);
    cr_assert_str_eq(idi_last_error(),
                     "graph: the open scopes' names are together longer than 255 characters");
    idi_graph_pop_scope(graph); /* a failed graph keeps its first failure */
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_ARG);
}

Test(graph, a_name_too_long_with_its_scope_is_refused)
{
    char name[200];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    idi_graph_push_scope(graph, name);
    cr_assert_eq(idi_graph_parameter(graph, name, IDI_LAYOUT_PLAIN, idi_shape1(1)), IDI_NONE);
    cr_assert_str_eq(idi_last_error(), "graph: a parameter's name is longer than 255 characters");
}

Test(graph, outputs_are_of_their_inputs_kind)
{
    const idi_value x = wide_vector("x", 6);
    const idi_value sum = idi_add(graph, x, idi_scale(graph, x, 2.0));
    const idi_value view = idi_reshape(graph, sum, idi_shape2(2, 3));
    const idi_value narrow = idi_narrow(graph, view);
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_graph_dtype(graph, sum), IDI_WIDE);
    cr_assert_eq(idi_graph_dtype(graph, view), IDI_WIDE);
    cr_assert_eq(idi_graph_dtype(graph, narrow), IDI_REAL);
    cr_assert_eq(idi_graph_dtype(graph, idi_scale(graph, narrow, 2.0)), IDI_REAL);
    cr_assert_eq(idi_graph_dtype(graph, IDI_NONE), IDI_REAL);
}

/* Labels and indices are of neither kind. */
Test(graph, whole_numbers_go_with_either_kind)
{
    const idi_value labels =
        idi_graph_input(graph, "labels", IDI_U8, idi_shape3(1, 8, 8), IDI_RATE_IMAGE);
    const idi_value w =
        idi_graph_input(graph, "w", IDI_WIDE, idi_shape4(4, 3, 3, 5), IDI_RATE_WEIGHT);
    const idi_value y = idi_label_conv(graph, labels, w, wide_vector("b", 4), 8, 8, IDI_ACT_RELU);
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_graph_dtype(graph, y), IDI_WIDE);
}

Test(graph, kinds_do_not_mix)
{
    const idi_value x = vector("x", 3);
    const idi_value wide = wide_vector("w", 3);
    cr_assert_eq(idi_add(graph, x, wide), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "add: input 1 is wide, the inputs before it are real");
}

Test(graph, kinds_do_not_mix_beyond_absent_inputs)
{
    const idi_value x = idi_graph_input(graph, "x", IDI_WIDE, idi_shape2(2, 3), IDI_RATE_IMAGE);
    const idi_value w = idi_graph_input(graph, "w", IDI_WIDE, idi_shape2(2, 3), IDI_RATE_WEIGHT);
    const idi_value y = idi_graph_input(graph, "y", IDI_REAL, idi_shape2(2, 2), IDI_RATE_IMAGE);
    cr_assert_eq(idi_linear(graph, x, w, IDI_NONE, y, IDI_ACT_NONE), IDI_NONE);
    cr_assert_str_eq(idi_last_error(), "linear: input 3 is real, the inputs before it are wide");
}

Test(graph, a_parameter_may_be_of_both_kinds)
{
    const idi_shape shape = idi_shape2(2, 3);
    const idi_value real = idi_graph_parameter(graph, "a.w", IDI_LAYOUT_CONV, shape);
    const idi_value wide =
        idi_graph_parameter_of_kind(graph, IDI_WIDE, IDI_LAYOUT_CONV, shape, "%s.w", "a");
    cr_assert_eq(idi_graph_value_count(graph), 2);
    cr_assert_eq(idi_graph_dtype(graph, real), IDI_REAL);
    cr_assert_eq(idi_graph_dtype(graph, wide), IDI_WIDE);
    cr_assert_str_eq(idi_graph_get_value(graph, wide)->name, "a.w");
    cr_assert_eq(idi_graph_get_value(graph, wide)->layout, IDI_LAYOUT_CONV);
    cr_assert_eq(idi_graph_parameter(graph, "a.w", IDI_LAYOUT_CONV, shape), real);
    cr_assert_eq(idi_graph_parameter_of_kind(graph, IDI_WIDE, IDI_LAYOUT_CONV, shape, "a.w"), wide);
    cr_assert_eq(
        idi_graph_parameter_of_kind(graph, IDI_WIDE, IDI_LAYOUT_CONV, idi_shape2(3, 2), "a.w"),
        IDI_NONE);
    cr_assert_str_eq(idi_last_error(), "graph: a.w is used as [2, 3] and as [3, 2]");
}

/* As input, as parameter and as what a node makes. */
static void expect_unsound(idi_shape shape, const char *sentence)
{
    for (int i = 0; i < 3; i++) {
        char wanted[160];
        idi_graph_destroy(&graph);
        cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
        idi_value v = i == 2 ? vector("x", 2) : IDI_NONE;
        if (i == 0) v = idi_graph_input(graph, "x", IDI_REAL, shape, IDI_RATE_IMAGE);
        if (i == 1) v = idi_graph_parameter(graph, "x", IDI_LAYOUT_PLAIN, shape);
        if (i == 2) v = idi_op_build(graph, idi_op_row_sum, NULL, 0, &v, 1, shape);
        cr_expect_eq(v, IDI_NONE);
        cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
        (void)snprintf(wanted, sizeof wanted, "%s: %s", i == 2 ? "row_sum" : "x", sentence);
        cr_expect_str_eq(idi_last_error(), wanted);
    }
}

Test(graph, shapes_that_cannot_be_are_refused)
{
#define WANTED ", want dimensions from 1 and at most 2^40 elements"
    expect_unsound(idi_shape2(3, 0), "shape [3, 0]" WANTED);
    expect_unsound(idi_shape2(-1, 3), "shape [-1, 3]" WANTED);
    expect_unsound(idi_shape2(-4, -4), "shape [-4, -4]" WANTED);
    expect_unsound(idi_shape2(1LL << 40, 2), "shape [1099511627776, 2]" WANTED);
    /* 2^64 elements, and 2^62 of four bytes: products that come round to 0. */
    expect_unsound(idi_shape4(1 << 16, 1 << 16, 1 << 16, 1 << 16),
                   "shape [65536, 65536, 65536, 65536]" WANTED);
    expect_unsound(idi_shape3(1 << 30, 1 << 30, 4), "shape [1073741824, 1073741824, 4]" WANTED);
    expect_unsound(idi_shape1(INT64_MAX), "shape [9223372036854775807]" WANTED);
#undef WANTED
    expect_unsound((idi_shape){5, {1, 1, 1, 1}}, "rank 5, want 1 to 4");
    expect_unsound((idi_shape){-1, {1, 1, 1, 1}}, "rank -1, want 1 to 4");
}

Test(graph, the_largest_shape_can_be_described)
{
    (void)idi_graph_input(graph, "x", IDI_REAL, idi_shape2(1 << 20, 1 << 20), IDI_RATE_IMAGE);
    cr_expect_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
}

Test(graph, an_input_has_a_rank)
{
    cr_expect_eq(
        idi_graph_input(graph, "x", IDI_REAL, (idi_shape){0, {1, 1, 1, 1}}, IDI_RATE_IMAGE),
        IDI_NONE);
    cr_expect_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
}

Test(graph, too_many_inputs_are_refused)
{
    const idi_value x = vector("x", 3);
    const idi_value in[3] = {x, x, x};
    cr_assert_eq(idi_op_build(graph, idi_op_add, NULL, 0, in, 3, idi_shape1(3)), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "add: 3 inputs and 1 outputs, at most 2 and 1");
}

Test(graph, a_view_of_nothing_is_refused)
{
    cr_assert_eq(idi_reshape(graph, IDI_NONE, idi_shape1(1)), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "reshape: its input is absent");
}

/* 2^64 elements: a product that comes round to 0 must not pass for any other. */
Test(graph, a_view_of_an_impossible_shape_is_refused)
{
    const idi_shape wild = idi_shape4(1 << 16, 1 << 16, 1 << 16, 1 << 16);
    cr_assert_eq(idi_reshape(graph, vector("x", 1), wild), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_ERR_SHAPE);
    cr_assert_str_eq(idi_last_error(), "reshape: [1] has another number of elements than "
                                       "[65536, 65536, 65536, 65536]");
}

Test(graph, attributes_are_copied)
{
    idi_scale_attr attr = {3.0};
    const idi_value x = vector("x", 2);
    (void)idi_op_build(graph, idi_op_scale, &attr, sizeof attr, &x, 1, idi_shape1(2));
    attr.factor = -1.0;
    const idi_scale_attr *kept = idi_graph_get_node(graph, 0)->attr;
    cr_assert_eq(kept->factor, 3.0);
}

Test(graph, a_view_lies_in_its_source)
{
    const idi_value x = vector("x", 6);
    const idi_value a = idi_reshape(graph, x, idi_shape2(2, 3));
    const idi_value b = idi_reshape(graph, a, idi_shape3(1, 6, 1));
    cr_assert_eq(idi_graph_get_value(graph, a)->storage, x);
    cr_assert_eq(idi_graph_get_value(graph, b)->storage, x);
    cr_assert_eq(idi_graph_get_value(graph, b)->producer, 1);
}

/* More references than bits: the last ones share a bit, and none is lost. */
Test(graph, references_have_bits_of_their_own)
{
    uint64_t all = 0;
    for (int i = 0; i < 80; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "r%d", i);
        const idi_value v =
            idi_graph_input(graph, name, IDI_REAL, idi_shape1(1), IDI_RATE_REFERENCE);
        const uint64_t bit = idi_graph_get_value(graph, v)->depends;
        cr_assert_eq(bit & (bit - 1), 0);
        cr_assert_neq(bit & ~3ULL, 0, "reference %d has the bit of weights or images", i);
        if (i < 61) cr_assert_eq(all & bit, 0, "reference %d shares its bit", i);
        all |= bit;
    }
    cr_assert_eq(all, ~3ULL);
}

Test(graph, a_node_depends_on_what_its_inputs_depend_on)
{
    const idi_value w = idi_graph_parameter(graph, "w", IDI_LAYOUT_PLAIN, idi_shape1(2));
    const idi_value x = vector("x", 2);
    const idi_value r = idi_graph_input(graph, "r", IDI_REAL, idi_shape1(2), IDI_RATE_REFERENCE);
    const idi_value y = idi_add(graph, idi_add(graph, w, x), r);
    const uint64_t all = idi_graph_get_value(graph, w)->depends |
                         idi_graph_get_value(graph, x)->depends |
                         idi_graph_get_value(graph, r)->depends;
    cr_assert_eq(idi_graph_get_value(graph, y)->depends, all);
    cr_assert_eq(idi_graph_get_node(graph, 0)->depends & idi_graph_get_value(graph, r)->depends, 0);
}

/* --- autodiff -------------------------------------------------------------------------------- */

/* Runs the graph in double with every input set to 1, 2, 3, ... and reads `value`. */
static void evaluate(idi_value value, double *out, size_t bytes)
{
    idi_graph_mark_output(graph, value);
    idi_backend *backend;
    idi_graph_session *session;
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_OK, "%s",
                 idi_last_error());
    double ramp[64];
    for (int i = 0; i < 64; i++)
        ramp[i] = 1.0 + i;
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++)
        if (idi_graph_get_value(graph, v)->role == IDI_ROLE_INPUT)
            cr_assert_eq(
                idi_graph_session_set(session, v, ramp, idi_graph_session_bytes(session, v)),
                IDI_OK);
    cr_assert_eq(idi_graph_session_run(session, NULL, NULL), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_graph_session_get(session, value, out, bytes), IDI_OK, "%s", idi_last_error());
    idi_graph_session_destroy(&session);
    idi_cpu_backend_destroy(&backend);
}

Test(graph, an_op_without_gradient_is_refused_by_name)
{
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(3, 2), IDI_RATE_IMAGE);
    const idi_value y = idi_row_sum(graph, x);
    const idi_value dy = vector("dy", 2);
    idi_value gradient;
    cr_assert_eq(idi_backward(graph, y, dy, &x, 1, &gradient), IDI_ERR_UNSUPPORTED);
    cr_assert_str_eq(idi_last_error(), "row_sum has no gradient");
}

/* Off the way from the wanted value to y, such an op does no harm. */
Test(graph, an_op_without_gradient_beside_the_way_is_no_obstacle)
{
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(3, 2), IDI_RATE_IMAGE);
    const idi_value w = vector("w", 2);
    const idi_value y = idi_add(graph, idi_row_sum(graph, x), idi_scale(graph, w, 3.0));
    (void)idi_row_sum(graph, idi_reshape(graph, w, idi_shape2(1, 2)));
    const idi_value dy = vector("dy", 2);
    idi_value gradient;
    cr_assert_eq(idi_backward(graph, y, dy, &w, 1, &gradient), IDI_OK);
    double got[2];
    evaluate(gradient, got, sizeof got);
    cr_assert_eq(got[0], 3.0);
    cr_assert_eq(got[1], 6.0);
}

Test(graph, gradients_of_a_value_used_twice_add_up)
{
    const idi_value x = vector("x", 3);
    const idi_value y = idi_add(graph, idi_add(graph, x, idi_scale(graph, x, 4.0)), x);
    const idi_value dy = vector("dy", 3);
    idi_value gradient;
    cr_assert_eq(idi_backward(graph, y, dy, &x, 1, &gradient), IDI_OK);
    double got[3];
    evaluate(gradient, got, sizeof got);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(got[i], 6.0 * (1.0 + i));
}

/* y = x x' for a row x: both operands are the same value, dx = 2 x dy. */
Test(graph, both_operands_may_be_the_same_value)
{
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(1, 3), IDI_RATE_IMAGE);
    const idi_value y = idi_matmul(graph, x, x, false, true);
    const idi_value dy = idi_graph_input(graph, "dy", IDI_REAL, idi_shape2(1, 1), IDI_RATE_IMAGE);
    idi_value gradient;
    cr_assert_eq(idi_backward(graph, y, dy, &x, 1, &gradient), IDI_OK);
    double got[3];
    evaluate(gradient, got, sizeof got);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(got[i], 2.0 * (1.0 + i));
}

Test(graph, gradients_with_respect_to_inner_values_and_y_itself)
{
    const idi_value x = vector("x", 2);
    const idi_value h = idi_scale(graph, x, 5.0);
    const idi_value y = idi_scale(graph, h, 7.0);
    const idi_value dy = vector("dy", 2);
    const idi_value wrt[3] = {x, h, y};
    idi_value gradients[3];
    cr_assert_eq(idi_backward(graph, y, dy, wrt, 3, gradients), IDI_OK);
    cr_assert_eq(gradients[2], dy);
    double got[2];
    evaluate(gradients[1], got, sizeof got);
    cr_assert_eq(got[1], 14.0);
    evaluate(gradients[0], got, sizeof got);
    cr_assert_eq(got[1], 70.0);
}

Test(graph, what_y_does_not_depend_on_has_no_gradient)
{
    const idi_value x = vector("x", 2);
    const idi_value z = vector("z", 2);
    const idi_value y = idi_scale(graph, x, 2.0);
    (void)idi_add(graph, y, z);
    const idi_value dy = vector("dy", 2);
    const idi_value wrt[2] = {z, x};
    idi_value gradients[2];
    const int32_t before = idi_graph_node_count(graph);
    cr_assert_eq(idi_backward(graph, y, dy, wrt, 2, gradients), IDI_OK);
    cr_assert_eq(gradients[0], IDI_NONE);
    cr_assert_neq(gradients[1], IDI_NONE);
    cr_assert_eq(idi_graph_node_count(graph), before + 1);
}

/* The gradient of a gradient: y = x'(x x'), by calling backward twice. */
Test(graph, gradients_can_be_differentiated_again)
{
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(1, 1), IDI_RATE_IMAGE);
    const idi_value one = idi_graph_input(graph, "one", IDI_REAL, idi_shape2(1, 1), IDI_RATE_IMAGE);
    const idi_value square = idi_matmul(graph, x, x, false, false);
    const idi_value y = idi_scale(graph, idi_matmul(graph, square, x, false, false), 2.0);
    idi_value first;
    idi_value second;
    cr_assert_eq(idi_backward(graph, y, one, &x, 1, &first), IDI_OK);
    cr_assert_eq(idi_backward(graph, first, one, &x, 1, &second), IDI_OK);
    double got;
    evaluate(first, &got, sizeof got); /* at x = 1: 6 x^2, then 12 x */
    cr_assert_eq(got, 6.0);
    evaluate(second, &got, sizeof got);
    cr_assert_eq(got, 12.0);
}
