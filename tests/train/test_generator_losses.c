/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_generator_losses.c - a generator's losses against loops in double: identities by
 * their cosines, looks by a recogniser's features; and the scores behind the attention loss against
 * the attention itself. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "nets/cross_block.h"
#include "ops/attention.h"
#include "ops/l2_normalize.h"
#include "support/random.h"
#include "train/generator_losses.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { FACES = 3 };

static idi_memory *memory;
static idi_backend *backend; /* double */
static idi_graph *graph;
static uint64_t seed;

static void open_rig(void)
{
    memory = idi_test_memory();
    seed = idi_test_seed();
    OK(idi_cpu64_backend_create(memory, true, &backend));
    OK(idi_graph_create(memory, &graph));
}

static void close_rig(void)
{
    idi_graph_destroy(&graph);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(generator_losses, .init = open_rig, .fini = close_rig);

static double number(uint64_t stream, int64_t i)
{
    return 2.0 * idi_uniform(seed, stream, (uint64_t)i) - 1.0;
}

static idi_value random_input(const char *name, idi_shape shape)
{
    return idi_graph_input(graph, name, IDI_REAL, shape, IDI_RATE_IMAGE);
}

static void fill(idi_graph_session *session, idi_value input, uint64_t stream)
{
    const idi_shape shape = idi_graph_shape(graph, input);
    const int64_t count = idi_shape_count(&shape);
    double *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = number(stream, i);
    OK(idi_graph_session_set(session, input, values, (size_t)count * sizeof *values));
    free(values);
}

static double read_number(idi_graph_session *session, idi_value value)
{
    double y;
    OK(idi_graph_session_get(session, value, &y, sizeof y));
    return y;
}

/* 1 - cosine of two rows of `count` random numbers. */
static double one_minus_cosine(uint64_t a, uint64_t b, int64_t row, int64_t count)
{
    double ab = 0.0;
    double aa = 0.0;
    double bb = 0.0;
    for (int64_t i = row * count; i < (row + 1) * count; i++) {
        ab += number(a, i) * number(b, i);
        aa += number(a, i) * number(a, i);
        bb += number(b, i) * number(b, i);
    }
    return 1.0 - ab / sqrt(aa * bb);
}

static double mean_distance(uint64_t a, uint64_t b, int64_t rows, int64_t count)
{
    double sum = 0.0;
    for (int64_t row = 0; row < rows; row++)
        sum += one_minus_cosine(a, b, row, count);
    return sum / (double)rows;
}

Test(generator_losses, identities_by_their_cosines)
{
    enum { DIM = 7 };
    idi_graph_session *session;
    const idi_value a = random_input("a", idi_shape2(FACES, DIM));
    const idi_value b = random_input("b", idi_shape2(FACES, DIM));
    const idi_value loss =
        idi_identity_loss(graph, idi_l2_normalize(graph, a), idi_l2_normalize(graph, b));
    idi_graph_mark_output(graph, loss);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    fill(session, a, 1);
    fill(session, b, 2);
    OK(idi_graph_session_run(session, NULL, NULL));
    cr_expect_float_eq(read_number(session, loss), mean_distance(1, 2, FACES, DIM), 1e-12);
    idi_graph_session_destroy(&session);
}

/* Of unit rows the squared distance is twice 1 - cosine. */
Test(generator_losses, looks_by_features_of_unit_length)
{
    static const char *const view_names[] = {"v0", "v1", "v2", "v3"};
    static const char *const target_names[] = {"t0", "t1", "t2", "t3"};
    static const int64_t sides[IDI_RECOGNISER_STAGES] = {4, 3, 2, 1};
    static const int64_t channels[IDI_RECOGNISER_STAGES] = {2, 3, 5, 8};
    idi_graph_session *session;
    idi_view view = {.embedding = IDI_NONE};
    idi_view target = {.embedding = IDI_NONE};
    double want = 0.0;
    for (int i = 0; i < IDI_RECOGNISER_STAGES; i++) {
        const idi_shape shape = idi_shape4(FACES, sides[i], sides[i], channels[i]);
        view.stages[i] = random_input(view_names[i], shape);
        target.stages[i] = random_input(target_names[i], shape);
        want += 2.0 * mean_distance((uint64_t)(10 + i), (uint64_t)(20 + i),
                                    FACES * sides[i] * sides[i], channels[i]);
    }
    const idi_value loss = idi_view_distance(graph, &view, &target);
    idi_graph_mark_output(graph, loss);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    for (int i = 0; i < IDI_RECOGNISER_STAGES; i++) {
        fill(session, view.stages[i], (uint64_t)(10 + i));
        fill(session, target.stages[i], (uint64_t)(20 + i));
    }
    OK(idi_graph_session_run(session, NULL, NULL));
    cr_expect_float_eq(read_number(session, loss), want / IDI_RECOGNISER_STAGES, 1e-12);
    idi_graph_session_destroy(&session);
}

Test(generator_losses, a_sum_leaves_out_what_has_no_weight)
{
    idi_graph_session *session;
    idi_loss_sum sum = {graph, IDI_NONE};
    const idi_value a = random_input("a", idi_shape1(1));
    const idi_value b = random_input("b", idi_shape1(1));
    idi_loss_sum_add(&sum, a, 0.0);
    cr_expect_eq(sum.total, IDI_NONE);
    idi_loss_sum_add(&sum, a, 3.0);
    idi_loss_sum_add(&sum, b, 0.5);
    idi_graph_mark_output(graph, sum.total);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    fill(session, a, 1);
    fill(session, b, 2);
    OK(idi_graph_session_run(session, NULL, NULL));
    cr_expect_float_eq(read_number(session, sum.total), 3.0 * number(1, 0) + 0.5 * number(2, 0),
                       1e-15);
    idi_graph_session_destroy(&session);
}

/* log softmax(s) = s - a constant of the query's. */
Test(generator_losses, scores_are_what_the_attention_takes_its_softmax_of)
{
    enum { HEADS = 2, PIXELS = 5, TOKENS = 4, WIDTH = 6 };
    double maps_of[HEADS * PIXELS * TOKENS];
    double scores_of[PIXELS * TOKENS];
    idi_value maps;
    idi_graph_session *session;
    const idi_value q = random_input("q", idi_shape3(1, PIXELS, WIDTH));
    const idi_value k = random_input("k", idi_shape3(1, TOKENS, WIDTH));
    const idi_value y = idi_attention_with_maps(graph, q, k, k, HEADS, &maps);
    const idi_value scores = idi_mean_scores(graph, q, k, HEADS);
    idi_graph_mark_output(graph, y);
    idi_graph_mark_output(graph, maps);
    idi_graph_mark_output(graph, scores);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    fill(session, q, 1);
    fill(session, k, 2);
    OK(idi_graph_session_run(session, NULL, NULL));
    OK(idi_graph_session_get(session, maps, maps_of, sizeof maps_of));
    OK(idi_graph_session_get(session, scores, scores_of, sizeof scores_of));
    for (int p = 0; p < PIXELS; p++)
        for (int t = 1; t < TOKENS; t++) {
            double want = 0.0;
            for (int h = 0; h < HEADS; h++) {
                const double *row = maps_of + (h * PIXELS + p) * TOKENS;
                want += log(row[t] / row[0]) / HEADS;
            }
            cr_expect_float_eq(scores_of[p * TOKENS + t] - scores_of[p * TOKENS], want, 1e-12);
        }
    idi_graph_session_destroy(&session);
}
