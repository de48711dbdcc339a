/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_training.c - a tiny recogniser in training: learning, going on from a
 * checkpoint, out of memory, and with numbers that are not finite. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "model/config.h"
#include "nets/layers.h"
#include "nets/recogniser.h"
#include "ops/mean_loss.h"
#include "support/random.h"
#include "support/tiny_recogniser.h"
#include "train/checkpoint.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static idi_memory *memory;
static idi_backend *backend; /* f32, the fast one */

static const idi_optimiser_config simple = {
    .name = "",
    .group_count = 1,
    .groups = {{.schedule = {.rate = 0.003}, .adam = {0.9, 0.99, 1e-8, 0.0}}}};

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &backend));
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(training, .init = open_rig, .fini = close_rig);

Test(training, the_loss_falls)
{
    enum { STEPS = 80 };
    idi_tiny_training t;
    double first = 0.0;
    double last = 0.0;
    idi_tiny_training_open(&t, backend, idi_test_seed());
    for (int64_t step = 1; step <= STEPS; step++) {
        idi_tiny_training_set_people(&t, step);
        const double loss = idi_tiny_training_step(&t, step).loss;
        if (step <= 5) first += loss / 5.0;
        if (step > STEPS - 5) last += loss / 5.0;
    }
    cr_expect_lt(last, first / 2.0, "the loss fell from %g to %g only", first, last);
    idi_tiny_training_close(&t);
}

/* --- going on from a checkpoint -------------------------------------------------------------- */

static void train(idi_tiny_training *t, int64_t first, int64_t last)
{
    for (int64_t step = first; step <= last; step++) {
        idi_tiny_training_set_people(t, step);
        (void)idi_tiny_training_step(t, step);
    }
}

static void expect_same(const idi_tiny_training *a, const idi_tiny_training *b)
{
    cr_assert_eq(idi_store_count(a->store), idi_store_count(b->store));
    for (int64_t i = 0; i < idi_store_count(a->store); i++) {
        const idi_value_info *info = idi_store_at(a->store, i);
        float *one = idi_tiny_training_get(a, i);
        float *other = idi_tiny_training_get(b, i);
        cr_expect_eq(memcmp(one, other, (size_t)idi_shape_count(&info->shape) * sizeof *one), 0,
                     "%s has other bits", info->name);
        free(one);
        free(other);
    }
}

Test(training, going_on_from_a_checkpoint_gives_the_same_bits)
{
    enum { STEPS = 9, BEFORE = 4 };
    static const char path[] = IDI_SCRATCH "/training_resume.safetensors";
    const uint64_t seed = idi_test_seed();
    idi_tiny_training whole;
    idi_tiny_training cut;
    idi_safetensors *file;
    idi_checkpoint checkpoint = {BEFORE, seed, idi_tiny_config, NULL, NULL};
    idi_tiny_training_open(&whole, backend, seed);
    train(&whole, 1, STEPS);
    idi_tiny_training_open(&cut, backend, seed);
    train(&cut, 1, BEFORE);
    OK(idi_checkpoint_write(cut.store, &checkpoint, path));
    idi_tiny_training_close(&cut);
    OK(idi_checkpoint_open(memory, path, &file, &checkpoint));
    cr_assert_eq(checkpoint.step, BEFORE);
    idi_tiny_training_open(&cut, backend, checkpoint.seed + 1); /* all of it is overwritten */
    OK(idi_checkpoint_load(file, cut.store));
    idi_safetensors_close(&file);
    train(&cut, BEFORE + 1, STEPS);
    expect_same(&whole, &cut);
    idi_tiny_training_close(&cut);
    idi_tiny_training_close(&whole);
}

/* --- memory that ends ------------------------------------------------------------------------- */

static idi_status do_everything(idi_memory *failing)
{
    static const char path[] = IDI_SCRATCH "/training_memory.safetensors";
    const idi_checkpoint written = {1, 2, NULL, NULL, NULL};
    idi_checkpoint read;
    idi_backend *small = NULL;
    idi_graph *graph = NULL;
    idi_store *store = NULL;
    idi_safetensors *file = NULL;
    idi_optimiser o;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_cpu32_backend_create(failing, false, &small));
    IDI_TRY_TO(done, idi_graph_create(failing, &graph));
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, idi_shape2(3, 2), IDI_RATE_IMAGE);
    const idi_value y =
        idi_batch_norm_layer(graph, "bn", idi_prelu_layer(graph, "act", x), IDI_MODE_TRAINING);
    const idi_value loss = idi_mean_loss(graph, y, IDI_NONE, IDI_LOSS_NEGATIVE);
    idi_optimiser_config config = simple;
    config.average_decay = 0.5;
    IDI_TRY_TO(done, idi_optimiser_build(graph, loss, &config, &o));
    IDI_TRY_TO(done, idi_store_create(small, &store));
    IDI_TRY_TO(done, idi_store_add(store, graph, 3));
    IDI_TRY_TO(done, idi_checkpoint_write(store, &written, path));
    IDI_TRY_TO(done, idi_checkpoint_open(failing, path, &file, &read));
    IDI_TRY_TO(done, idi_checkpoint_load(file, store));
done:
    idi_safetensors_close(&file);
    idi_store_destroy(&store);
    idi_graph_destroy(&graph);
    idi_cpu_backend_destroy(&small);
    return st;
}

Test(training, every_allocation_may_fail)
{
    int64_t n = 0;
    for (;; n++) {
        cr_assert_lt(n, 1000);
        idi_memory *failing = idi_test_failing_memory(n);
        const idi_status st = do_everything(failing);
        idi_test_memory_close(&failing); /* nothing leaked */
        if (st == IDI_OK) break;
        cr_assert_eq(st, IDI_ERR_NOMEM, "allocation %lld: %s", (long long)n, idi_last_error());
    }
    cr_expect_gt(n, 30, "only %lld allocations were seen", (long long)n);
}

/* --- numbers that are not finite ------------------------------------------------------------- */

static void spoil(idi_tiny_training *t, const char *name)
{
    const int64_t index = idi_store_find(t->store, name);
    float *values = idi_tiny_training_get(t, index);
    values[1] = NAN;
    OK(idi_store_set(t->store, index, values));
    free(values);
}

Test(training, a_loss_that_is_no_number_is_told_with_step_and_tensor)
{
    idi_tiny_training t;
    idi_step_report report;
    idi_tiny_training_open(&t, backend, 1);
    train(&t, 1, 2);
    spoil(&t, "conv1.weight");
    idi_tiny_training_set_people(&t, 3);
    OK(idi_optimiser_prepare(&t.optimiser, t.session, 3));
    OK(idi_graph_session_run(t.session, NULL, NULL));
    cr_expect_eq(idi_optimiser_check(&t.optimiser, t.session, t.store, 3, &report),
                 IDI_ERR_NUMERIC);
    cr_expect(strstr(idi_last_error(), "step 3: the loss is nan"), "%s", idi_last_error());
    cr_expect(strstr(idi_last_error(), "the first is conv1.weight"), "%s", idi_last_error());
    idi_tiny_training_close(&t);
}

/* --- other networks -------------------------------------------------------------------------- */

/* A graph on one batch that stays, so that the loss has to fall. */
static void expect_falling(idi_graph *graph, idi_value loss, const idi_value *inputs,
                           const void *const *values, int input_count)
{
    enum { STEPS = 12 };
    idi_optimiser o;
    idi_store *store;
    idi_graph_session *session;
    idi_step_report report = {0.0, 0.0};
    double first = 0.0;
    OK(idi_optimiser_build(graph, loss, &simple, &o));
    OK(idi_store_create(backend, &store));
    OK(idi_store_add(store, graph, 5));
    OK(idi_graph_session_create(graph, backend, idi_store_source, store, &session));
    for (int i = 0; i < input_count; i++)
        OK(idi_graph_session_set(session, inputs[i], values[i],
                                 idi_graph_session_bytes(session, inputs[i])));
    for (int64_t step = 1; step <= STEPS; step++) {
        OK(idi_optimiser_prepare(&o, session, step));
        OK(idi_graph_session_run(session, NULL, NULL));
        OK(idi_optimiser_check(&o, session, store, step, &report));
        if (step == 1) first = report.loss;
    }
    cr_expect_lt(report.loss, 0.8 * first, "from %g to %g", first, report.loss);
    idi_graph_session_destroy(&session);
    idi_store_destroy(&store);
}

static void *uniform(int64_t count, uint64_t stream)
{
    float *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(2.0 * idi_uniform(9, stream, (uint64_t)i) - 1.0);
    return values;
}

Test(training, a_mobilefacenet_learns)
{
    enum { BATCH = 4, SIDE = 32, WIDTH = 8 };
    const idi_recogniser_config config = {IDI_MOBILEFACENET, SIDE, WIDTH, 2, {1, 1, 1, 0}};
    const idi_shape faces = idi_shape4(BATCH, SIDE, SIDE, 3);
    const idi_shape targets = idi_shape2(BATCH, WIDTH);
    void *values[2] = {uniform(idi_shape_count(&faces), 1), uniform(idi_shape_count(&targets), 2)};
    idi_graph *graph;
    idi_value in[2];
    OK(idi_graph_create(memory, &graph));
    in[0] = idi_graph_input(graph, "x", IDI_REAL, faces, IDI_RATE_IMAGE);
    in[1] = idi_graph_input(graph, "t", IDI_REAL, targets, IDI_RATE_IMAGE);
    const idi_value y = idi_recogniser(graph, &config, in[0], IDI_MODE_TRAINING);
    expect_falling(graph, idi_mean_loss(graph, y, in[1], IDI_LOSS_SQUARE), in,
                   (const void *const *)values, 2);
    idi_graph_destroy(&graph);
    free(values[0]);
    free(values[1]);
}

static const char generator[] =
    "{\"arch\": \"ca2sis-id\", \"size\": 64, \"classes\": 3, \"code_side\": 16, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 2, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 0, \"identity_dim\": 7, \"modulation\": \"group\", "
    "\"block_count\": 3, \"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": true}, "
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}, "
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}]}";

/* Photographs to themselves, with style encoder, identity token and generator. */
Test(training, a_generator_learns)
{
    enum { BATCH = 2, SIDE = 64, PIXELS = SIDE * SIDE };
    static unsigned char labels[BATCH * PIXELS];
    static float image[BATCH * PIXELS * 3]; /* stripes, a colour for each class */
    idi_model_config config;
    idi_graph *graph;
    idi_value in[3];
    void *values[3] = {image, uniform(BATCH * 7, 2), labels};
    for (int i = 0; i < BATCH * PIXELS; i++)
        labels[i] = (unsigned char)(i / SIDE % SIDE / 22);
    for (int i = 0; i < BATCH * PIXELS * 3; i++)
        image[i] = (float)(labels[i / 3] + i % 3 - 2) / 3.0F;
    OK(idi_config_parse(generator, strlen(generator), &config));
    OK(idi_graph_create(memory, &graph));
    in[0] =
        idi_graph_input(graph, "image", IDI_REAL, idi_shape4(BATCH, SIDE, SIDE, 3), IDI_RATE_IMAGE);
    in[1] = idi_graph_input(graph, "identity", IDI_REAL, idi_shape2(BATCH, 7), IDI_RATE_IMAGE);
    in[2] = idi_graph_input(graph, "labels", IDI_U8, idi_shape3(BATCH, SIDE, SIDE), IDI_RATE_IMAGE);
    const idi_ca2sis_config *ca2sis = &config.generator;
    const idi_value styles = idi_ca2sis_style_encoder(graph, ca2sis, in[0], in[2]);
    const idi_value tokens = idi_ca2sis_tokens(graph, ca2sis, styles, in[1]);
    const idi_value y = idi_ca2sis_generator(graph, ca2sis, IDI_FORM_PLAIN, in[2], tokens);
    expect_falling(graph, idi_mean_loss(graph, y, in[0], IDI_LOSS_SQUARE), in,
                   (const void *const *)values, 3);
    idi_graph_destroy(&graph);
    free(values[1]);
}
