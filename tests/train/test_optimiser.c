/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_optimiser.c - what an optimiser puts into a graph: on two weights by hand, in
 * two groups, with two optimisers in one graph, and what it refuses. */
#include "cpu/backend.h"
#include "ops/add.h"
#include "ops/linear.h"
#include "ops/mean_loss.h"
#include "support/random.h"
#include "train/optimiser.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static idi_memory *memory;
static idi_backend *backend;
static idi_graph *graph;
static idi_store *store;
static idi_graph_session *session;
static idi_value x; /* [1, 1] */

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &backend));
    OK(idi_graph_create(memory, &graph));
    OK(idi_store_create(backend, &store));
    x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(1, 1), IDI_RATE_IMAGE);
}

static void close_rig(void)
{
    idi_graph_session_destroy(&session);
    idi_store_destroy(&store);
    idi_graph_destroy(&graph);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(optimiser, .init = open_rig, .fini = close_rig);

static const idi_optimiser_config plain = {
    .name = "",
    .group_count = 1,
    .groups = {{.schedule = {.rate = 0.5}, .adam = {0.0, 0.0, 1e-8, 0.0}}}};

static idi_value layer(const char *name, idi_value in)
{
    const idi_value weight = idi_graph_parameter(graph, name, IDI_LAYOUT_PLAIN, idi_shape2(1, 1));
    return idi_linear(graph, in, weight, IDI_NONE, IDI_NONE, IDI_ACT_NONE);
}

/* -(a x): its gradient with respect to a is -x. */
static idi_value falling(idi_value y)
{
    return idi_mean_loss(graph, y, IDI_NONE, IDI_LOSS_NEGATIVE);
}

static void put(const char *name, float value)
{
    const int64_t index = idi_store_find(store, name);
    cr_assert_geq(index, 0, "no tensor %s", name);
    OK(idi_store_set(store, index, &value));
}

static double take(const char *name)
{
    float value;
    const int64_t index = idi_store_find(store, name);
    cr_assert_geq(index, 0, "no tensor %s", name);
    OK(idi_store_get(store, index, &value));
    return (double)value;
}

static void open_session(float input)
{
    OK(idi_store_add(store, graph, 1));
    OK(idi_graph_session_create(graph, backend, idi_store_source, store, &session));
    OK(idi_graph_session_set_floats(session, x, &input, 1));
}

static idi_step_report step(const idi_optimiser *o, int64_t number)
{
    idi_step_report report;
    OK(idi_optimiser_prepare(o, session, number));
    OK(idi_graph_session_run(session, NULL, NULL));
    OK(idi_optimiser_check(o, session, store, number, &report));
    return report;
}

/* Without memory of earlier steps Adam goes one rate down the slope's sign. */
Test(optimiser, a_step_goes_down_the_slope)
{
    idi_optimiser o;
    OK(idi_optimiser_build(graph, falling(layer("a", x)), &plain, &o));
    open_session(3.0F);
    put("a", 2.0F);
    const idi_step_report report = step(&o, 1);
    cr_expect_float_eq(report.loss, -6.0, 1e-6);
    cr_expect_float_eq(report.gradient_norm, 3.0, 1e-6);
    cr_expect_float_eq(take("a"), 2.5, 1e-6);
    cr_expect_float_eq(take("train.m.a"), -3.0, 1e-6);
    cr_expect_float_eq(take("train.v.a"), 9.0, 1e-5);
    const idi_step_report next = step(&o, 2);
    cr_expect_float_eq(next.loss, -7.5, 1e-5);
    cr_expect_eq(idi_store_find(store, "average.a"), -1);
}

/* Of the loss -(a b x) the slopes are -b x and -a x: together 15 long, of which 5 are left. */
Test(optimiser, long_gradients_are_cut_over_all_parameters)
{
    idi_optimiser_config config = plain;
    idi_optimiser o;
    config.clip_norm = 5.0;
    OK(idi_optimiser_build(graph, falling(layer("b", layer("a", x))), &config, &o));
    open_session(3.0F);
    put("a", 3.0F);
    put("b", 4.0F);
    const idi_step_report report = step(&o, 1);
    cr_expect_float_eq(report.gradient_norm, 15.0, 1e-5);
    cr_expect_float_eq(take("train.m.a"), -4.0, 1e-5);
    cr_expect_float_eq(take("train.m.b"), -3.0, 1e-5);
}

Test(optimiser, averages_follow_and_start_where_the_weights_do)
{
    idi_optimiser_config config = plain;
    idi_optimiser o;
    config.average_decay = 0.9;
    OK(idi_optimiser_build(graph, falling(layer("a", x)), &config, &o));
    open_session(3.0F);
    const double first = take("a");
    cr_expect_eq(take("average.a"), first);
    (void)step(&o, 1);
    cr_expect_float_eq(take("a"), first + 0.5, 1e-6);
    cr_expect_float_eq(take("average.a"), first + 0.5 * (1.0 - 2.0 / 11.0), 1e-6);
}

static int by_name(void *user, const char *name)
{
    return name[0] == ((const char *)user)[0] ? 0 : name[0] == ((const char *)user)[1] ? 1 : -1;
}

Test(optimiser, groups_have_their_rates_and_frozen_weights_stay)
{
    static char names[] = "ab";
    idi_optimiser_config config = plain;
    idi_optimiser o;
    config.group_count = 2;
    config.groups[1] = config.groups[0];
    config.groups[1].schedule.rate = 0.25;
    config.group_of = by_name;
    config.user = names;
    OK(idi_optimiser_build(graph, falling(layer("c", layer("b", layer("a", x)))), &config, &o));
    open_session(3.0F);
    put("a", 1.0F);
    put("b", 1.0F);
    put("c", 1.0F);
    (void)step(&o, 1);
    cr_expect_float_eq(take("a"), 1.5, 1e-6);
    cr_expect_float_eq(take("b"), 1.25, 1e-6);
    cr_expect_eq(take("c"), 1.0);
    cr_expect_eq(idi_store_find(store, "train.m.c"), -1);
}

/* Two losses on one graph, each with its own weight, as a generator and its discriminator have. */
Test(optimiser, two_optimisers_share_a_run)
{
    static char names[2][3] = {"a", "b"};
    idi_optimiser_config config = plain;
    idi_optimiser o[2];
    idi_step_report report;
    const idi_value inner = layer("a", x);
    const idi_value outer = layer("b", inner);
    const idi_value losses[2] = {falling(outer),
                                 idi_mean_loss(graph, outer, IDI_NONE, IDI_LOSS_HINGE_FAKE)};
    config.group_of = by_name;
    for (int i = 0; i < 2; i++) {
        config.name = i ? "second." : "first.";
        config.user = names[i];
        OK(idi_optimiser_build(graph, losses[i], &config, &o[i]));
    }
    open_session(3.0F);
    put("a", 1.0F);
    put("b", 1.0F);
    for (int i = 0; i < 2; i++)
        OK(idi_optimiser_prepare(&o[i], session, 1));
    OK(idi_graph_session_run(session, NULL, NULL));
    for (int i = 0; i < 2; i++)
        OK(idi_optimiser_check(&o[i], session, store, 1, &report));
    cr_expect_float_eq(take("a"), 1.5, 1e-6); /* up the product */
    cr_expect_float_eq(take("b"), 0.5, 1e-6); /* and down */
}

/* The inner weight changes first, and the outer's gradient does not read it; the other way round
 * the inner's gradient would read the changed outer weight. */
Test(optimiser, a_gradient_through_a_changed_weight_is_refused)
{
    static char names[2][3] = {"b", "a"};
    idi_optimiser_config config = plain;
    idi_optimiser o;
    const idi_value outer = layer("b", layer("a", x));
    const idi_value losses[2] = {falling(outer),
                                 idi_mean_loss(graph, outer, IDI_NONE, IDI_LOSS_HINGE_FAKE)};
    config.group_of = by_name;
    config.user = names[0];
    OK(idi_optimiser_build(graph, losses[0], &config, &o));
    config.name = "second.";
    config.user = names[1];
    cr_expect_eq(idi_optimiser_build(graph, losses[1], &config, &o), IDI_ERR_ARG);
    cr_expect(strstr(idi_last_error(), "reads b, which has been assigned"), "%s", idi_last_error());
}

/* 10^25 is a float and its square is not. */
Test(optimiser, what_the_damage_has_reached_is_named)
{
    idi_optimiser_config config = plain;
    idi_optimiser o;
    idi_step_report report;
    config.clip_norm = 1.0;
    const idi_value y = idi_add(graph, layer("a", x), layer("b", layer("c", x)));
    OK(idi_optimiser_build(graph, falling(y), &config, &o));
    open_session(1e25F);
    put("a", 0.0F);
    put("b", 0.0F); /* so that the slope of c is 0 */
    put("c", 1e-20F);
    OK(idi_optimiser_prepare(&o, session, 7));
    OK(idi_graph_session_run(session, NULL, NULL));
    cr_expect_eq(idi_optimiser_check(&o, session, store, 7, &report), IDI_ERR_NUMERIC);
    cr_expect(strstr(idi_last_error(),
                     "step 7: the loss is 0 and the gradient's length inf; 1 of 9 tensors are not "
                     "finite, the first is train.v.a"),
              "%s", idi_last_error());
}

/* --- a batch in parts ------------------------------------------------------------------------ */

enum { WIDTH = 64, ROWS = 8, MOST_PARTS = 4 };

typedef struct batch {
    int64_t rows; /* of a part */
    idi_value x[MOST_PARTS];
} batch;

/* Two layers and a loss whose slopes differ from row to row. */
static idi_value build_part(void *user, idi_graph *in, int part)
{
    batch *b = user;
    char name[] = "part0";
    name[4] = (char)('0' + part);
    b->x[part] = idi_graph_input(in, name, IDI_REAL, idi_shape2(b->rows, WIDTH), IDI_RATE_IMAGE);
    idi_value y = b->x[part];
    for (int i = 0; i < 2; i++) {
        const idi_value weight =
            idi_graph_parameter(in, i ? "b" : "a", IDI_LAYOUT_PLAIN, idi_shape2(WIDTH, WIDTH));
        y = idi_linear(in, y, weight, IDI_NONE, IDI_NONE, IDI_ACT_TANH);
    }
    return idi_mean_loss(in, y, b->x[part], IDI_LOSS_SQUARE);
}

/* One step on the same rows in so many parts, and the gradient of a weight. */
static void take_parts(int parts, idi_step_report *report, float *gradient)
{
    batch b = {.rows = ROWS / parts};
    float rows[ROWS * WIDTH];
    idi_graph *own;
    idi_graph_session *s;
    idi_store *tensors;
    idi_optimiser o;
    for (int i = 0; i < ROWS * WIDTH; i++)
        rows[i] = (float)(i * 37 % 101) / 50.0F - 1.0F;
    OK(idi_graph_create(memory, &own));
    OK(idi_optimiser_build_parts(own, parts, build_part, &b, &plain, &o));
    OK(idi_store_create(backend, &tensors));
    OK(idi_store_add(tensors, own, 1));
    OK(idi_graph_session_create(own, backend, idi_store_source, tensors, &s));
    for (int p = 0; p < parts; p++)
        OK(idi_graph_session_set_floats(s, b.x[p], rows + p * b.rows * WIDTH, b.rows * WIDTH));
    OK(idi_optimiser_prepare(&o, s, 1));
    OK(idi_graph_session_run(s, NULL, NULL));
    OK(idi_optimiser_check(&o, s, tensors, 1, report));
    OK(idi_store_get(tensors, idi_store_find(tensors, "train.m.a"), gradient));
    idi_graph_session_destroy(&s);
    idi_store_destroy(&tensors);
    idi_graph_destroy(&own);
}

Test(optimiser, a_batch_in_parts_is_the_whole_batch)
{
    static float gradient[2][WIDTH * WIDTH];
    idi_step_report report[2];
    take_parts(1, &report[0], gradient[0]);
    take_parts(MOST_PARTS, &report[1], gradient[1]);
    cr_expect_float_eq(report[1].loss, report[0].loss, 1e-6 * report[0].loss);
    cr_expect_float_eq(report[1].gradient_norm, report[0].gradient_norm,
                       1e-5 * report[0].gradient_norm);
    for (int i = 0; i < WIDTH * WIDTH; i++)
        cr_assert_float_eq(gradient[1][i], gradient[0][i], 1e-6 * report[0].gradient_norm);
}

/* Of long batches, whose activations outweigh the gradients. */
Test(optimiser, parts_share_the_memory_of_one)
{
    size_t bytes[2];
    for (int i = 0; i < 2; i++) {
        batch b = {.rows = 4096};
        idi_graph *own;
        idi_optimiser o;
        idi_graph_plan plan;
        OK(idi_graph_create(memory, &own));
        OK(idi_optimiser_build_parts(own, i ? MOST_PARTS : 1, build_part, &b, &plain, &o));
        OK(idi_graph_plan_bytes(own, backend, &plan));
        bytes[i] = plan.slab_bytes;
        idi_graph_destroy(&own);
    }
    const size_t inputs = 4096 * WIDTH * sizeof(float);
    cr_expect_leq(bytes[1], bytes[0] + 3 * inputs + 4 * WIDTH * WIDTH * sizeof(float),
                  "%zu bytes in parts, %zu for one", bytes[1], bytes[0]);
}

static void expect_refusal(idi_value loss, const idi_optimiser_config *config, const char *words)
{
    idi_optimiser o;
    cr_expect_eq(idi_optimiser_build(graph, loss, config, &o), IDI_ERR_ARG, "wanted: %s", words);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
}

static int far_group(void *user, const char *name)
{
    (void)user;
    (void)name;
    return 3;
}

Test(optimiser, refusals)
{
    const idi_value loss = falling(layer("a", x));
    idi_optimiser_config config = plain;
    idi_optimiser o;
    config.group_count = 0;
    expect_refusal(loss, &config, "0 groups, want 1 to 4");
    config = plain;
    cr_expect_eq(idi_optimiser_build_parts(graph, 0, build_part, NULL, &plain, &o), IDI_ERR_ARG);
    cr_expect(strstr(idi_last_error(), "0 parts, want 1 or more"), "%s", idi_last_error());
    config.clip_norm = -1.0;
    expect_refusal(loss, &config, "clip_norm is -1");
    config = plain;
    config.average_decay = 1.0;
    expect_refusal(loss, &config, "average_decay is 1");
    config = plain;
    config.group_of = far_group;
    expect_refusal(loss, &config, "a is of group 3, want 0 to 0");
    expect_refusal(falling(x), &plain, "the loss depends on no parameter to train");
}
