/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_mixed.c - graphs whose parameters are wide and whose networks are real: what is
 * narrowed, of which kind a gradient is, and what is refused. */
#include "ops/add.h"
#include "ops/batch_stats.h"
#include "ops/linear.h"
#include "ops/moving_average.h"
#include "ops/narrow.h"
#include "ops/row_sum.h"
#include "ops/scale.h"
#include "ops/widen.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <string.h>

enum { WIDTH = 4 };

static idi_memory *memory;
static idi_graph *graph;
static idi_value x; /* [3, WIDTH], reals */

static void open_rig(void)
{
    memory = idi_test_memory();
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    idi_mix(graph);
    x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(3, WIDTH), IDI_RATE_IMAGE);
}

static void close_rig(void)
{
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

TestSuite(mixed_graph, .init = open_rig, .fini = close_rig);

static idi_value weight(idi_dtype kind)
{
    return idi_graph_parameter_of_kind(graph, kind, IDI_LAYOUT_PLAIN, idi_shape2(WIDTH, WIDTH),
                                       "weight");
}

static idi_value layer(idi_value of)
{
    return idi_linear(graph, of, weight(IDI_REAL), IDI_NONE, IDI_NONE, IDI_ACT_NONE);
}

static const idi_node *producer(idi_value value)
{
    return idi_graph_get_node(graph, idi_graph_get_value(graph, value)->producer);
}

static int count_of(idi_op_id op)
{
    int count = 0;
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++)
        count += idi_graph_get_node(graph, n)->op->id == (int)op;
    return count;
}

static void expect_failure(const char *words)
{
    cr_assert_neq(idi_graph_status(graph), IDI_OK);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
}

Test(mixed_graph, a_parameter_is_wide_and_narrowed_once)
{
    const idi_value real = weight(IDI_REAL);
    const idi_value wide = weight(IDI_WIDE);
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(weight(IDI_REAL), real);
    cr_expect_eq(producer(real)->op->id, idi_op_narrow);
    cr_expect_eq(producer(real)->in[0], wide);
    cr_expect_eq(idi_graph_get_value(graph, wide)->role, IDI_ROLE_PARAMETER);
    cr_expect_eq(idi_graph_get_value(graph, wide)->dtype, IDI_WIDE);
    cr_expect_eq(count_of(idi_op_narrow), 1);
    cr_expect_eq(idi_graph_exact_kind(graph), IDI_WIDE);
}

/* What comes from each use is widened, then added up. */
Test(mixed_graph, gradients_of_a_parameter_are_added_up_wide)
{
    const idi_value wide = weight(IDI_WIDE);
    const idi_value y = layer(layer(x));
    const idi_value dy =
        idi_graph_input(graph, "dy", IDI_REAL, idi_shape2(3, WIDTH), IDI_RATE_IMAGE);
    idi_value gradients[2];
    const idi_value wrt[2] = {wide, x};
    cr_assert_eq(idi_backward(graph, y, dy, wrt, 2, gradients), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(idi_graph_dtype(graph, gradients[0]), IDI_WIDE);
    cr_expect_eq(idi_graph_dtype(graph, gradients[1]), IDI_REAL);
    const idi_node *sum = producer(gradients[0]);
    cr_expect_eq(sum->op->id, idi_op_add);
    cr_expect_eq(producer(sum->in[0])->op->id, idi_op_widen);
    cr_expect_eq(producer(sum->in[1])->op->id, idi_op_widen);
}

Test(mixed_graph, sums_over_rows_are_wide_and_stay_so_for_a_parameter)
{
    const idi_batch_stats stats = idi_batch_stats_of(graph, x);
    const idi_value bias =
        idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(WIDTH), "bias");
    const idi_value y = idi_linear(graph, x, weight(IDI_REAL), bias, IDI_NONE, IDI_ACT_NONE);
    const idi_value dy =
        idi_graph_input(graph, "dy", IDI_REAL, idi_shape2(3, WIDTH), IDI_RATE_IMAGE);
    idi_value gradient;
    cr_expect_eq(idi_graph_dtype(graph, stats.mean), IDI_WIDE);
    cr_expect_eq(idi_graph_dtype(graph, stats.variance), IDI_WIDE);
    cr_assert_eq(idi_backward(graph, y, dy, &bias, 1, &gradient), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(producer(gradient)->op->id, idi_op_row_sum);
    cr_expect_eq(idi_graph_dtype(graph, gradient), IDI_WIDE);
}

/* Elsewhere they are of their inputs' kind. */
Test(mixed_graph, a_graph_that_does_not_mix_is_as_it_was)
{
    idi_graph *other;
    cr_assert_eq(idi_graph_create(memory, &other), IDI_OK);
    const idi_value in =
        idi_graph_input(other, "x", IDI_REAL, idi_shape2(3, WIDTH), IDI_RATE_IMAGE);
    const idi_value p = idi_graph_parameter(other, "p", IDI_LAYOUT_PLAIN, idi_shape1(WIDTH));
    cr_expect_eq(idi_graph_get_value(other, p)->role, IDI_ROLE_PARAMETER);
    cr_expect_eq(idi_graph_dtype(other, idi_row_sum(other, in)), IDI_REAL);
    cr_expect_eq(idi_exact(other, in), in);
    cr_expect_eq(idi_real(other, in), in);
    cr_expect_eq(idi_graph_exact_kind(other), IDI_REAL);
    idi_graph_destroy(&other);
}

Test(mixed_graph, kinds_are_changed_where_they_differ)
{
    const idi_value wide = idi_exact(graph, x);
    cr_expect_eq(idi_graph_dtype(graph, wide), IDI_WIDE);
    cr_expect_eq(idi_exact(graph, wide), wide);
    cr_expect_eq(idi_real(graph, x), x);
    cr_expect_eq(idi_graph_dtype(graph, idi_real(graph, wide)), IDI_REAL);
    cr_expect_eq(idi_exact(graph, IDI_NONE), IDI_NONE);
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
}

Test(mixed_graph, kinds_do_not_meet_in_a_nodes_inputs)
{
    (void)idi_add(graph, x, idi_exact(graph, x));
    expect_failure("add: input 1 is wide, the inputs before it are real");
}

Test(mixed_graph, reals_take_no_parameters_place)
{
    const idi_moving_average_attr attr = {0.5};
    const idi_value wide = weight(IDI_WIDE);
    const idi_value real = weight(IDI_REAL);
    (void)idi_graph_assign(graph, wide, idi_moving_average(graph, real, real, IDI_NONE, &attr));
    expect_failure("or given the other");
}

Test(mixed_graph, wide_numbers_take_it)
{
    const idi_moving_average_attr attr = {0.5};
    const idi_value wide = weight(IDI_WIDE);
    (void)layer(x);
    const idi_value moved =
        idi_moving_average(graph, wide, idi_scale(graph, wide, 2.0), IDI_NONE, &attr);
    cr_expect_eq(idi_graph_assign(graph, wide, moved), moved);
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
    (void)layer(x); /* the narrowed one is older, and may be read on */
    cr_assert_eq(idi_graph_status(graph), IDI_OK, "%s", idi_last_error());
}
