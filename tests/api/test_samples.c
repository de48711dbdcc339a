/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_samples.c - runs that a session refuses, stops, or carries out for some of its samples.
 */
#include "api/world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(samples);

static void (*const open_world)(void) = idi_test_open_people;

enum { BATCH = 3 };

static uint8_t labels[BATCH][IDI_TEST_PIXELS];
static float image[BATCH][IDI_TEST_VALUES], good[BATCH][IDI_TEST_VALUES];
static uint8_t rgb[BATCH][IDI_TEST_VALUES];
static idi_status status[BATCH];
static const idi_style *styles[BATCH];
static const idi_identity *identities[BATCH];

/* A run of three good samples, with outputs full of rubbish. */
static idi_generate three_samples(void)
{
    idi_generate run;
    for (int i = 0; i < BATCH; i++) {
        memcpy(labels[i], world.labels[i].data, sizeof labels[i]);
        styles[i] = world.style[i];
        identities[i] = world.identity[i];
        status[i] = IDI_ERR_INTERNAL;
    }
    memset(image, 0x55, sizeof image);
    memset(rgb, 0x55, sizeof rgb);
    idi_generate_init(&run);
    run.labels = labels[0];
    run.styles = styles;
    run.identities = identities;
    run.image_out = image[0];
    run.rgb_out = rgb[0];
    run.sample_status = status;
    return run;
}

static void expect_zero(int sample)
{
    for (int i = 0; i < IDI_TEST_VALUES; i++)
        cr_assert(!(image[sample][i] < 0.0f || image[sample][i] > 0.0f) && rgb[sample][i] == 0,
                  "sample %d: value %d is %g", sample, i, (double)image[sample][i]);
}

/* The others' bits do not depend on the bad one. */
static void expect_good(int sample)
{
    cr_expect_eq(status[sample], IDI_OK, "sample %d", sample);
    cr_expect_arr_eq(image[sample], good[sample], sizeof image[sample], "sample %d differs",
                     sample);
}

/* Runs with sample `bad` spoilt by `spoil`, and then without. */
static void expect_one_bad(int bad, void (*spoil)(int sample), idi_status want, const char *word)
{
    char sample[32];
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    OK(idi_session_generate(session, &run));
    memcpy(good, image, sizeof good);
    run = three_samples();
    spoil(bad);
    (void)snprintf(sample, sizeof sample, "sample %d", bad);
    IDI_REFUSED(idi_session_generate(session, &run), want, sample, word);
    for (int i = 0; i < BATCH; i++)
        if (i != bad) expect_good(i);
    cr_expect_eq(status[bad], want);
    expect_zero(bad);
    run = three_samples();
    OK(idi_session_generate(session, &run));
    for (int i = 0; i < BATCH; i++)
        expect_good(i);
    idi_session_destroy(&session);
}

static void spoil_labels(int sample)
{
    labels[sample][5 * IDI_TEST_SIZE + 3] = 19;
}

static void spoil_style(int sample)
{
    styles[sample] = NULL;
}

static void spoil_identity(int sample)
{
    identities[sample] = NULL;
}

IDI_TEST(samples, one_with_a_bad_label)
{
    for (int bad = 0; bad < BATCH; bad++)
        expect_one_bad(bad, spoil_labels, IDI_ERR_LABELS, "label 19 at (3, 5)");
}

IDI_TEST(samples, one_without_style)
{
    expect_one_bad(1, spoil_style, IDI_ERR_ARG, "no style");
}

IDI_TEST(samples, one_without_identity)
{
    expect_one_bad(2, spoil_identity, IDI_ERR_ARG, "no identity");
}

IDI_TEST(samples, the_first_bad_one_is_told)
{
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    spoil_labels(2);
    spoil_style(1);
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "sample 1", "no style");
    cr_expect_eq(status[0], IDI_OK);
    cr_expect_eq(status[1], IDI_ERR_ARG);
    cr_expect_eq(status[2], IDI_ERR_LABELS);
    expect_zero(1);
    expect_zero(2);
    idi_session_destroy(&session);
}

IDI_TEST(samples, all_bad)
{
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    for (int i = 0; i < BATCH; i++)
        spoil_labels(i);
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_LABELS, "sample 0");
    for (int i = 0; i < BATCH; i++)
        expect_zero(i);
    run.image_out = NULL;
    run.rgb_out = NULL;
    run.sample_status = NULL;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_LABELS, "sample 0");
    idi_session_destroy(&session);
}

IDI_TEST(samples, an_identity_of_another_size)
{
    const float numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    idi_identity *small;
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    OK(idi_identity_from_array(world.context, numbers, 8, NULL, &small));
    identities[1] = small;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_SHAPE, "sample 1", "8 numbers",
                "takes 32");
    cr_expect_eq(status[1], IDI_ERR_SHAPE);
    expect_zero(1);
    idi_identity_destroy(&small);
    idi_session_destroy(&session);
}

IDI_TEST(samples, a_style_of_another_generator)
{
    idi_model *other;
    idi_style *style;
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    OK(idi_model_load(world.context,
                      idi_test_generator_file("wide.safetensors", "ca2sis-id", 4,
                                              "\"style_dim\": 20, \"classes\": 19"),
                      &other));
    OK(idi_style_from_image(other, &world.photo[0], &world.labels[0], &style));
    styles[0] = style;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_SHAPE, "sample 0", "[19, 60]",
                "[19, 48]");
    idi_style_destroy(&style);
    idi_model_destroy(&other);
    idi_session_destroy(&session);
}

/* The model's own classes count, not the scheme's. */
IDI_TEST(samples, a_class_that_the_model_lacks)
{
    idi_model *few;
    idi_style *style;
    OK(idi_model_load(world.context,
                      idi_test_generator_file("few.safetensors", "ca2sis-id", 4,
                                              "\"style_dim\": 16, \"classes\": 7"),
                      &few));
    IDI_REFUSED(idi_style_from_image(few, &world.photo[0], &world.labels[0], &style),
                IDI_ERR_LABELS, "label map", "0..6");
    cr_expect_null(style);
    idi_model_destroy(&few);
}

/* Stopping */

static int stop_at_zero(void *user)
{
    int *left = user;
    return (*left)-- <= 0;
}

/* Answers "go on" and counts. */
static int count_steps(void *user)
{
    ++*(int *)user;
    return 0;
}

IDI_TEST(samples, a_run_can_be_stopped_anywhere)
{
    int steps = 0;
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    run.should_stop = count_steps;
    run.stop_user = &steps;
    OK(idi_session_generate(session, &run));
    memcpy(good, image, sizeof good);
    cr_assert_gt(steps, 10);
    idi_session_destroy(&session);
    session = idi_test_session(world.generator, BATCH);
    for (int stop = 0; stop < steps; stop += 1 + steps / 7) {
        int left = stop;
        run = three_samples();
        run.should_stop = stop_at_zero;
        run.stop_user = &left;
        IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_CANCELLED, "stop");
        cr_expect_eq(left, -1, "asked again after the answer");
        for (int i = 0; i < BATCH; i++)
            cr_expect_eq(status[i], IDI_ERR_CANCELLED, "stop at %d, sample %d", stop, i);
    }
    run = three_samples();
    OK(idi_session_generate(session, &run));
    for (int i = 0; i < BATCH; i++)
        expect_good(i);
    idi_session_destroy(&session);
}

/* A stop in the middle of a change of people must not leave half of the old ones behind. */
IDI_TEST(samples, a_stopped_change_is_made_up_for)
{
    int left = 3;
    idi_session *session = idi_test_session(world.generator, BATCH);
    idi_generate run = three_samples();
    OK(idi_session_generate(session, &run));
    memcpy(good, image, sizeof good);
    run = three_samples();
    identities[0] = world.identity[1];
    styles[1] = world.style[2];
    run.should_stop = stop_at_zero;
    run.stop_user = &left;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_CANCELLED, "stop");
    run = three_samples();
    OK(idi_session_generate(session, &run));
    for (int i = 0; i < BATCH; i++)
        expect_good(i);
    idi_session_destroy(&session);
}

/* A generator that says which recogniser's identities it takes, and people of another one. */
IDI_TEST(samples, an_identity_of_another_recogniser_is_refused)
{
    const char *path = idi_test_path("particular.safetensors");
    const idi_style *own_styles[1] = {world.style[0]};
    const idi_identity *own_identities[1] = {world.identity[0]};
    float *own_image = calloc(IDI_TEST_VALUES, sizeof *own_image);
    idi_convert_options options;
    idi_model *model;
    idi_session *session;
    idi_generate run;
    idi_convert_options_init(&options);
    options.recogniser_fingerprint = "0123456789abcdef";
    cr_assert_eq(idi_model_file_convert(world.context, idi_test_path("generator.safetensors"),
                                        &options, path),
                 IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_model_load(world.context, path, &model), IDI_OK);
    cr_assert_eq(idi_session_create(model, NULL, &session), IDI_OK);
    idi_generate_init(&run);
    run.labels = world.labels[0].data;
    run.styles = own_styles;
    run.identities = own_identities;
    run.image_out = own_image;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ENCODER, "0123456789abcdef",
                idi_identity_fingerprint(world.identity[0]));
    idi_session_destroy(&session);
    idi_model_destroy(&model);
    free(own_image);
}
