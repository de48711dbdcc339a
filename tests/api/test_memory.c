/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_memory.c - the plan is exact, the steady state allocates nothing, the limit holds. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(memory);

static void (*const open_world)(void) = idi_test_open_models;

enum { BATCH = 3, CLASSES = 19, WIDTH = 48 };

static uint8_t labels[BATCH * IDI_TEST_PIXELS];
static float image[BATCH * IDI_TEST_VALUES];

/* Values made of numbers: no encoder has run, so every activation byte is the session's. */
typedef struct guests {
    idi_style *style;
    idi_identity *identity;
    const idi_style *styles[BATCH];
    const idi_identity *identities[BATCH];
    idi_generate run;
} guests;

static void invite(guests *g)
{
    static float numbers[CLASSES * WIDTH];
    for (int i = 0; i < CLASSES * WIDTH; i++)
        numbers[i] = (float)(i % 7) / 7.0f - 0.4f;
    for (int i = 0; i < BATCH * IDI_TEST_PIXELS; i++)
        labels[i] = (uint8_t)(i / 97 % CLASSES);
    OK(idi_style_from_array(world.context, numbers, CLASSES, WIDTH, &g->style));
    OK(idi_identity_from_array(world.context, numbers, IDI_TEST_IDENTITY_DIM, NULL, &g->identity));
    for (int i = 0; i < BATCH; i++) {
        g->styles[i] = g->style;
        g->identities[i] = g->identity;
    }
    idi_generate_init(&g->run);
    g->run.labels = labels;
    g->run.styles = g->styles;
    g->run.identities = g->identities;
    g->run.image_out = image;
}

static void say_goodbye(guests *g)
{
    idi_identity_destroy(&g->identity);
    idi_style_destroy(&g->style);
}

static idi_session_options batch_of(int64_t batch)
{
    idi_session_options options;
    idi_session_options_init(&options);
    options.batch = batch;
    return options;
}

static idi_plan_report plain_plan_of(const idi_model *generator, int64_t batch)
{
    idi_session_options options = batch_of(batch);
    idi_plan_report plan = {.struct_size = sizeof plan};
    options.is_plain = 1;
    OK(idi_session_plan(generator, &options, &plan));
    return plan;
}

static idi_plan_report plan_of(const idi_model *generator, int64_t batch)
{
    const idi_session_options options = batch_of(batch);
    idi_plan_report plan = {.struct_size = sizeof plan};
    OK(idi_session_plan(generator, &options, &plan));
    return plan;
}

IDI_TEST(memory, a_plan_takes_nothing)
{
    const idi_memory_report before = idi_test_memory_report(world.context);
    const idi_plan_report one = plan_of(world.generator, 1);
    const idi_plan_report two = plan_of(world.generator, 2);
    const idi_plan_report three = plan_of(world.generator, 3);
    const idi_memory_report after = idi_test_memory_report(world.context);
    cr_expect_eq(after.current_bytes, before.current_bytes);
    cr_expect_eq(after.activation_peak_bytes, 0);
    cr_expect_eq(after.workspace_peak_bytes, 0);
    cr_expect(one.activation_bytes > IDI_TEST_VALUES * sizeof(float));
    cr_expect(three.activation_bytes > one.activation_bytes);
    cr_expect(one.macs > 0 && two.macs > one.macs && one.node_count > 10);
    cr_expect_eq(three.macs - two.macs, two.macs - one.macs, "every image costs the same");
    cr_expect_eq(one.node_count, three.node_count);
}

/* What the plain form takes is told for either form, and is what the plain form's own plan says. */
IDI_TEST(memory, a_plan_knows_the_plain_form)
{
    const idi_plan_report folded = plan_of(world.generator, BATCH);
    const idi_plan_report plain = plain_plan_of(world.generator, BATCH);
    cr_expect_eq(plain.macs, plain.plain_macs);
    cr_expect_eq(folded.plain_macs, plain.plain_macs);
    cr_expect_neq(folded.macs, plain.macs);
    cr_expect(plain.node_count < folded.node_count, "folding adds products of weights");
    cr_expect_eq(plain_plan_of(world.generator, 1).macs * BATCH, plain.macs);
}

static void check_plan(const idi_plan_report *plan, const idi_session_options *options)
{
    guests g;
    invite(&g);
    const idi_memory_report before = idi_test_memory_report(world.context);
    idi_session *session;
    OK(idi_session_create(world.generator, options, &session));
    OK(idi_session_generate(session, &g.run));
    const idi_memory_report during = idi_test_memory_report(world.context);
    cr_expect_eq(during.activation_bytes, plan->activation_bytes);
    cr_expect_eq(during.workspace_bytes, plan->workspace_bytes);
    cr_expect_eq(during.activation_peak_bytes, plan->activation_bytes);
    cr_expect_eq(during.workspace_peak_bytes, plan->workspace_bytes);
    idi_session_destroy(&session);
    const idi_memory_report after = idi_test_memory_report(world.context);
    cr_expect_eq(after.current_bytes, before.current_bytes);
    cr_expect_eq(after.activation_bytes, 0);
    say_goodbye(&g);
}

IDI_TEST(memory, the_plan_is_what_a_session_takes)
{
    const idi_session_options options = batch_of(BATCH);
    const idi_plan_report plan = plan_of(world.generator, BATCH);
    check_plan(&plan, &options);
}

IDI_TEST(memory, the_plain_plan_is_what_a_plain_session_takes)
{
    idi_session_options options = batch_of(BATCH);
    options.is_plain = 1;
    const idi_plan_report plan = plain_plan_of(world.generator, BATCH);
    check_plan(&plan, &options);
}

IDI_TEST(memory, the_steady_state_allocates_nothing)
{
    guests g;
    invite(&g);
    idi_session *session = idi_test_session(world.generator, BATCH);
    const idi_memory_report before = idi_test_memory_report(world.context);
    const long long made = atomic_load(&world.allocator.made);
    for (int i = 0; i < 5; i++) {
        memset(labels, i, IDI_TEST_PIXELS);
        OK(idi_session_generate(session, &g.run));
    }
    labels[0] = 200; /* refusals neither */
    IDI_REFUSED(idi_session_generate(session, &g.run), IDI_ERR_LABELS, "200");
    const idi_memory_report after = idi_test_memory_report(world.context);
    cr_expect_eq(after.allocation_count, before.allocation_count);
    cr_expect_eq(after.peak_bytes, before.peak_bytes);
    cr_expect_eq(atomic_load(&world.allocator.made), made);
    idi_session_destroy(&session);
    say_goodbye(&g);
}

/* A second context with a limit and the same generator. */
static idi_context *limited(size_t limit_bytes, idi_model **generator_out)
{
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    idi_context *context;
    options.memory_limit_bytes = limit_bytes;
    OK(idi_context_create(&options, &context));
    OK(idi_model_load(context, idi_test_path("generator.safetensors"), generator_out));
    return context;
}

IDI_TEST(memory, a_limit_below_the_plan_is_refused_in_words)
{
    const idi_session_options large = batch_of(8);
    idi_model *generator;
    idi_session *session;
    char words[64];
    idi_context *context = limited(0, &generator);
    const size_t loaded = idi_test_memory_report(context).current_bytes;
    const idi_plan_report plan = plan_of(generator, large.batch);
    idi_model_destroy(&generator);
    idi_context_destroy(&context);

    const size_t limit = loaded + plan.activation_bytes + plan.workspace_bytes - 1;
    context = limited(limit, &generator);
    (void)snprintf(words, sizeof words, "exceed the limit of %zu bytes", limit);
    IDI_REFUSED(idi_session_create(generator, &large, &session), IDI_ERR_NOMEM, "memory limit",
                "more bytes for workspace", words);
    (void)snprintf(words, sizeof words, "%zu more bytes", plan.workspace_bytes);
    cr_expect_not_null(strstr(idi_last_error(), words), "%s", idi_last_error());
    cr_expect_null(session);
    cr_expect_eq(idi_test_memory_report(context).current_bytes, loaded);
    session = idi_test_session(generator, 1);
    idi_session_destroy(&session);
    idi_model_destroy(&generator);
    idi_context_destroy(&context);
}

/* The peak of a session's life is enough, and one byte less is not. */
IDI_TEST(memory, the_limit_is_exact)
{
    const idi_session_options options = batch_of(8);
    idi_model *generator;
    idi_context *context = limited(0, &generator);
    idi_session *session = idi_test_session(generator, 8);
    const size_t peak = idi_test_memory_report(context).peak_bytes;
    idi_session_destroy(&session);
    idi_model_destroy(&generator);
    idi_context_destroy(&context);
    for (size_t less = 0; less < 2; less++) {
        context = limited(peak - less, &generator);
        const idi_status st = idi_session_create(generator, &options, &session);
        cr_expect_eq(st, less ? IDI_ERR_NOMEM : IDI_OK, "limit %zu: %s", peak - less,
                     idi_last_error());
        cr_expect(idi_test_memory_report(context).peak_bytes <= peak - less);
        idi_session_destroy(&session);
        idi_model_destroy(&generator);
        idi_context_destroy(&context);
    }
}
