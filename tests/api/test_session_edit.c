/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_session_edit.c - what a session itself edits: codes of two label maps, and no identity.
 */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(session_edit);

static void (*const open_world)(void) = idi_test_open_people;

enum { BATCH = 2, CLASSES = 19, NOSE = 2 };

static float image[BATCH][IDI_TEST_VALUES], want[BATCH][IDI_TEST_VALUES];
static uint8_t labels[BATCH][IDI_TEST_PIXELS], other[BATCH][IDI_TEST_PIXELS];
static double amounts[BATCH][CLASSES];

static idi_session *open_mix(int is_plain)
{
    idi_session_options options;
    idi_session *session;
    idi_session_options_init(&options);
    options.batch = BATCH;
    options.has_label_mix = 1;
    options.is_plain = is_plain;
    OK(idi_session_create(world.generator, &options, &session));
    return session;
}

/* Both samples from person 0's labels to person 1's, with styles and identity of person 2. */
static idi_generate two_samples(void)
{
    static const idi_style *styles[BATCH];
    static const idi_identity *identities[BATCH];
    idi_generate run;
    idi_generate_init(&run);
    for (int i = 0; i < BATCH; i++) {
        memcpy(labels[i], world.labels[0].data, sizeof labels[i]);
        memcpy(other[i], world.labels[1].data, sizeof other[i]);
        styles[i] = world.style[2];
        identities[i] = world.identity[2];
        for (int c = 0; c < CLASSES; c++)
            amounts[i][c] = i;
    }
    run.labels = labels[0];
    run.other_labels = other[0];
    run.label_amounts = amounts[0];
    run.styles = styles;
    run.identities = identities;
    run.image_out = image[0];
    return run;
}

/* The same batch of one label map's codes alone: sums are taken in the same order. */
static void make_plain(int person, int is_plain)
{
    idi_session_options options;
    idi_session *session;
    idi_generate run = two_samples();
    for (int i = 0; i < BATCH; i++)
        memcpy(labels[i], world.labels[person].data, sizeof labels[i]);
    idi_session_options_init(&options);
    options.batch = BATCH;
    options.is_plain = is_plain;
    run.other_labels = NULL;
    run.label_amounts = NULL;
    run.image_out = want[0];
    OK(idi_session_create(world.generator, &options, &session));
    OK(idi_session_generate(session, &run));
    idi_session_destroy(&session);
}

IDI_TEST(session_edit, a_label_mix_ends_at_both_maps)
{
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        idi_session *session = open_mix(is_plain);
        const idi_generate run = two_samples();
        OK(idi_session_generate(session, &run));
        for (int end = 0; end < BATCH; end++) {
            make_plain(end, is_plain);
            cr_expect_arr_eq(image[end], want[end], sizeof want[end], "plain %d, amount %d",
                             is_plain, end);
        }
        idi_session_destroy(&session);
    }
}

/* Part by part: each sample has its own amounts, and what is the same in both maps has no middle.
 */
IDI_TEST(session_edit, a_label_mix_goes_part_by_part)
{
    idi_session *session = open_mix(0);
    idi_generate run = two_samples();
    for (int c = 0; c < CLASSES; c++) {
        amounts[0][c] = 0.5;
        amounts[1][c] = c == NOSE;
    }
    OK(idi_session_generate(session, &run));
    cr_expect_neq(memcmp(image[0], image[1], sizeof image[0]), 0);
    for (int end = 0; end < 2; end++) {
        make_plain(end, 0);
        cr_expect_neq(memcmp(image[0], want[0], sizeof want[0]), 0, "half is end %d", end);
        cr_expect_neq(memcmp(image[1], want[1], sizeof want[1]), 0, "the nose alone is end %d",
                      end);
    }
    run = two_samples();
    amounts[0][0] = 0.7; /* the background has no code */
    memcpy(other[1], labels[1], sizeof other[1]);
    for (int c = 0; c < CLASSES; c++)
        amounts[1][c] = 0.25 * c;
    OK(idi_session_generate(session, &run));
    make_plain(0, 0);
    cr_expect_arr_eq(image[0], want[0], sizeof want[0]);
    for (int i = 0; i < IDI_TEST_VALUES; i++)
        cr_assert_float_eq(image[1][i], want[1][i], 1e-4, "value %d", i);
    idi_session_destroy(&session);
}

IDI_TEST(session_edit, label_mixes_that_are_refused)
{
    idi_session *session = open_mix(0), *usual = idi_test_session(world.generator, BATCH);
    idi_status status[BATCH];
    idi_generate run = two_samples();
    run.sample_status = status;
    IDI_REFUSED(idi_session_generate(usual, &run), IDI_ERR_ARG, "no label mix");
    run.label_amounts = NULL;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "label_amounts are needed");
    run = two_samples();
    run.sample_status = status;
    other[1][5 * IDI_TEST_SIZE + 3] = 19;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_LABELS, "sample 1",
                "other label 19 at (3, 5)");
    cr_expect(status[0] == IDI_OK && status[1] == IDI_ERR_LABELS);
    make_plain(0, 0);
    cr_expect_arr_eq(image[0], want[0], sizeof want[0]);
    run = two_samples();
    amounts[0][4] = (double)NAN;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "sample 0", "class 4");
    idi_enqueue enqueue;
    idi_enqueue_init(&enqueue);
    enqueue.labels = labels[0];
    enqueue.styles = run.styles;
    enqueue.identities = run.identities;
    enqueue.image_out = image[0];
    IDI_REFUSED(idi_session_enqueue(session, &enqueue), IDI_ERR_UNSUPPORTED, "label mix");
    idi_session_destroy(&usual);
    idi_session_destroy(&session);
}

IDI_TEST(session_edit, spade_has_no_codes_to_mix)
{
    static const char json[] = "{\"size\": 64, \"width\": 2, \"spade_hidden\": 5}";
    idi_model *model;
    idi_session_options options;
    idi_session *session;
    idi_test_write(idi_test_path("spade.json"), json, strlen(json));
    OK(idi_model_file_init(world.context, "spade", idi_test_path("spade.json"), 5,
                           idi_test_path("spade.safetensors")));
    OK(idi_model_load(world.context, idi_test_path("spade.safetensors"), &model));
    idi_session_options_init(&options);
    options.has_label_mix = 1;
    IDI_REFUSED(idi_session_create(model, &options, &session), IDI_ERR_UNSUPPORTED, "spade",
                "mask codes");
    cr_expect_null(session);
    idi_model_destroy(&model);
}

/* The same seed gives the same weights by name: the other file lacks the identity's alone. */
IDI_TEST(session_edit, without_identity_it_is_the_model_that_has_none)
{
    const idi_style *style = world.style[0];
    const idi_identity *someone = world.identity[1];
    idi_session_options options;
    idi_session *off, *session;
    idi_model *none;
    idi_generate run;
    OK(idi_model_load(world.context, idi_test_generator_file("none.safetensors", "ca2sis", 1, NULL),
                      &none));
    idi_session_options_init(&options);
    options.is_identity_off = 1;
    OK(idi_session_create(world.generator, &options, &off));
    idi_generate_init(&run);
    run.labels = world.labels[0].data;
    run.styles = &style;
    run.image_out = image[0];
    OK(idi_session_generate(off, &run));
    session = idi_test_session(none, 1);
    run.image_out = want[0];
    OK(idi_session_generate(session, &run));
    cr_expect_arr_eq(image[0], want[0], sizeof want[0]);
    idi_session_destroy(&session);
    run.identities = &someone; /* not read */
    OK(idi_session_generate(off, &run));
    cr_expect_arr_eq(image[0], want[0], sizeof want[0]);
    session = idi_test_session(world.generator, 1);
    OK(idi_session_generate(session, &run));
    cr_expect_neq(memcmp(image[0], want[0], sizeof want[0]), 0);
    idi_session_destroy(&session);
    idi_session_destroy(&off);
    idi_model_destroy(&none);
}
