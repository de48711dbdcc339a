/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_enqueue.c - runs in a stream's order on the CPU, where there is no stream: the same
 * pictures at once, labels that are no class, and refusals. tests/cuda/enqueue.c has the rest. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(enqueue);

static void (*const open_world)(void) = idi_test_open_people;

enum { BATCH = 2 };

static uint8_t labels[BATCH][IDI_TEST_PIXELS];
static float image[BATCH][IDI_TEST_VALUES], wanted[BATCH][IDI_TEST_VALUES];
static const idi_style *styles[BATCH];
static const idi_identity *identities[BATCH];

/* A run of good samples, with an output full of rubbish. */
static idi_enqueue good_run(void)
{
    idi_enqueue run;
    for (int i = 0; i < BATCH; i++) {
        memcpy(labels[i], world.labels[i].data, sizeof labels[i]);
        styles[i] = world.style[i];
        identities[i] = world.identity[i + 1];
    }
    memset(image, 0x55, sizeof image);
    idi_enqueue_init(&run);
    run.labels = labels[0];
    run.styles = styles;
    run.identities = identities;
    run.image_out = image[0];
    return run;
}

/* The same by idi_session_generate(), into `wanted`. */
static void draw(idi_session *session)
{
    idi_generate run;
    idi_generate_init(&run);
    run.labels = labels[0];
    run.styles = styles;
    run.identities = identities;
    run.image_out = wanted[0];
    OK(idi_session_generate(session, &run));
}

IDI_TEST(enqueue, pictures_are_generates_and_there_on_return)
{
    idi_session *plain = idi_test_session(world.generator, BATCH);
    idi_session *session = idi_test_session(world.generator, BATCH);
    for (int i = 0; i < 3; i++) {
        const idi_enqueue run = good_run();
        styles[0] = world.style[i];
        identities[1] = world.identity[i];
        OK(idi_session_enqueue(session, &run));
        draw(plain);
        cr_expect_arr_eq(image, wanted, sizeof image, "run %d", i);
        draw(session);
        cr_expect_arr_eq(image, wanted, sizeof image, "run %d by the other call", i);
    }
    idi_session_destroy(&session);
    idi_session_destroy(&plain);
}

IDI_TEST(enqueue, allocates_nothing)
{
    idi_session *session = idi_test_session(world.generator, BATCH);
    const idi_enqueue run = good_run();
    const int64_t made = idi_test_memory_report(world.context).allocation_count;
    OK(idi_session_enqueue(session, &run));
    OK(idi_session_enqueue(session, &run));
    cr_expect_eq(idi_test_memory_report(world.context).allocation_count, made);
    idi_session_destroy(&session);
}

/* In a network that looks at labels through its mask embedder alone, a pixel of no class is what
 * one of the background, class 0, is: part of nothing. */
IDI_TEST(enqueue, a_label_that_is_no_class_is_part_of_nothing)
{
    idi_session *session = idi_test_session(world.generator, BATCH);
    const idi_enqueue run = good_run();
    for (int i = 0; i < IDI_TEST_PIXELS; i++)
        if (i % 5 == 0) labels[1][i] = (uint8_t)(19 + i % 237);
    OK(idi_session_enqueue(session, &run));
    for (int i = 0; i < IDI_TEST_PIXELS; i++)
        if (i % 5 == 0) labels[1][i] = 0;
    draw(session);
    cr_expect_arr_eq(image, wanted, sizeof image);
    memset(labels, 0xFF, sizeof labels);
    OK(idi_session_enqueue(session, &run));
    memset(labels, 0, sizeof labels);
    draw(session);
    cr_expect_arr_eq(image, wanted, sizeof image, "no pixel of any class");
    idi_session_destroy(&session);
}

static void expect_refused(idi_session *session, const idi_enqueue *run, idi_status want,
                           const char *word)
{
    IDI_REFUSED(idi_session_enqueue(session, run), want, word);
    for (int i = 0; i < BATCH; i++)
        for (int k = 0; k < IDI_TEST_VALUES; k++)
            cr_assert(image[i][k] > 1e13F, "sample %d was written at %d", i, k);
}

/* Nothing is written, for no sample. */
IDI_TEST(enqueue, bad_arguments_are_refused)
{
    const float numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    idi_identity *small;
    idi_style *short_style;
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_enqueue run = good_run();
    idi_enqueue_init(NULL);
    IDI_REFUSED(idi_session_enqueue(NULL, &run), IDI_ERR_ARG, "no session");
    IDI_REFUSED(idi_session_enqueue(session, NULL), IDI_ERR_ARG, "idi_enqueue");
    run.struct_size = 0;
    expect_refused(session, &run, IDI_ERR_ARG, "struct_size");
    run = good_run();
    run.labels = NULL;
    expect_refused(session, &run, IDI_ERR_ARG, "labels, styles and image_out are needed");
    run = good_run();
    run.styles = NULL;
    expect_refused(session, &run, IDI_ERR_ARG, "labels, styles and image_out are needed");
    run = good_run();
    run.image_out = NULL;
    expect_refused(session, &run, IDI_ERR_ARG, "labels, styles and image_out are needed");
    run = good_run();
    run.identities = NULL;
    expect_refused(session, &run, IDI_ERR_ARG, "sample 0 has no identity");
    run = good_run();
    styles[1] = NULL;
    expect_refused(session, &run, IDI_ERR_ARG, "sample 1 has no style");
    run = good_run();
    OK(idi_identity_from_array(world.context, numbers, 8, NULL, &small));
    identities[1] = small;
    expect_refused(session, &run, IDI_ERR_SHAPE, "sample 1: the identity has 8 numbers");
    run = good_run();
    OK(idi_style_from_array(world.context, numbers, 2, 4, &short_style));
    styles[0] = short_style;
    expect_refused(session, &run, IDI_ERR_SHAPE, "sample 0: style is [2, 4]");
    run = good_run();
    OK(idi_session_enqueue(session, &run));
    draw(session);
    cr_expect_arr_eq(image, wanted, sizeof image);
    idi_style_destroy(&short_style);
    idi_identity_destroy(&small);
    idi_session_destroy(&session);
}

IDI_TEST(enqueue, an_image_that_is_no_place_for_floats_is_refused)
{
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_enqueue run = good_run();
    const uintptr_t odd = (uintptr_t)image[0] + 1;
    memcpy(&run.image_out, &odd, sizeof odd);
    expect_refused(session, &run, IDI_ERR_ARG, "aligned");
    idi_session_destroy(&session);
}
