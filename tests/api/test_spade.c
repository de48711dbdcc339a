/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_spade.c - SPADE and SEAN from outside: labels alone, styles and their completion, noise.
 */
#include "api/world.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(spade);

static void (*const open_world)(void) = idi_test_open_people;

#define SPADE "{\"size\": 64, \"width\": 2, \"spade_hidden\": 5}"
#define SEAN  "{\"size\": 64, \"width\": 2, \"spade_hidden\": 5, \"style_dim\": 6}"

enum { BATCH = 2 };

static float image[BATCH][IDI_TEST_VALUES], other[BATCH][IDI_TEST_VALUES];
static uint8_t labels[BATCH][IDI_TEST_PIXELS];

static idi_model *make_model(const char *arch, const char *config)
{
    idi_model *model;
    idi_test_write(idi_test_path("spade.json"), config, strlen(config));
    OK(idi_model_file_init(world.context, arch, idi_test_path("spade.json"), 5,
                           idi_test_path("spade.safetensors")));
    OK(idi_model_load(world.context, idi_test_path("spade.safetensors"), &model));
    return model;
}

static idi_session *open_session(const idi_model *model, int has_noise)
{
    idi_session_options options;
    idi_session *session;
    idi_session_options_init(&options);
    options.batch = BATCH;
    options.has_noise = has_noise;
    OK(idi_session_create(model, &options, &session));
    return session;
}

static idi_generate two_samples(float *out)
{
    idi_generate run;
    for (int i = 0; i < BATCH; i++)
        memcpy(labels[i], world.labels[i].data, sizeof labels[i]);
    idi_generate_init(&run);
    run.labels = labels[0];
    run.image_out = out;
    return run;
}

static void expect_refused(idi_status got, idi_status want, const char *words)
{
    cr_expect_eq(got, want);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
}

IDI_TEST(spade, labels_alone_make_an_image)
{
    idi_model *model = make_model("spade", SPADE);
    idi_session *session = open_session(model, 0);
    idi_model_info info = {.struct_size = sizeof info};
    idi_generate run = two_samples(image[0]);
    OK(idi_model_get_info(model, &info));
    cr_expect(info.is_generator && info.style_width == 0 && info.identity_dim == 0);
    OK(idi_session_generate(session, &run));
    cr_expect_neq(memcmp(image[0], image[1], sizeof image[0]), 0);
    idi_enqueue enqueue;
    idi_enqueue_init(&enqueue);
    enqueue.labels = labels[0];
    enqueue.image_out = other[0];
    OK(idi_session_enqueue(session, &enqueue));
    cr_expect_arr_eq(image, other, sizeof image);
    const idi_style *const styles[BATCH] = {world.style[0], world.style[1]};
    run.styles = styles;
    expect_refused(idi_session_generate(session, &run), IDI_ERR_ARG, "takes none");
    idi_style *style = NULL;
    expect_refused(idi_style_from_image(model, &world.photo[0], &world.labels[0], &style),
                   IDI_ERR_ARG, "takes no style: its architecture is spade");
    idi_session_destroy(&session);
    idi_session_options options;
    idi_session_options_init(&options);
    options.has_noise = 1;
    expect_refused(idi_session_create(model, &options, &session), IDI_ERR_UNSUPPORTED,
                   "spade has no noise");
    idi_model_destroy(&model);
}

/* Jobs of a batch for SPADE: the first is one, and each other has a member that SPADE has no use
 * for. */
static int next_of_four(void *user, int64_t index, idi_job *job)
{
    static const double amounts[19] = {0.5};
    (void)user;
    job->labels_value = &world.labels[0];
    job->out = "x.npy";
    if (index == 1) {
        job->other_labels = &world.labels[1];
        job->label_amounts = amounts;
    }
    if (index == 2) job->style_value = world.style[0];
    if (index == 3) job->identity_value = world.identity[0];
    return index < 4;
}

static int expect_members(void *user, int64_t index, idi_status status)
{
    static const struct {
        idi_status status;
        const char *words;
    } want[] = {{IDI_OK, ""},
                {IDI_ERR_UNSUPPORTED, "job: other_labels: "},
                {IDI_ERR_ARG, "job: style_value: "},
                {IDI_ERR_ARG, "job: identity_value: "}};
    int *ended = user;
    if (status == IDI_OK)
        cr_expect_eq(index, 0);
    else
        expect_refused(status, want[index].status, want[index].words);
    if (index > 0) cr_expect(strstr(idi_last_error(), "its architecture is spade"));
    *ended += 1;
    return 0;
}

IDI_TEST(spade, jobs_that_it_cannot_make_fail_alone_and_name_the_member)
{
    idi_model *model = make_model("spade", SPADE);
    idi_batch_options options;
    idi_batch_report report = {.struct_size = sizeof report};
    int ended = 0;
    idi_batch_options_init(&options);
    options.generator = model;
    options.is_unwritten = 1;
    options.next = next_of_four;
    options.done = expect_members;
    options.user = &ended;
    expect_refused(idi_batch_run(&options, &report), IDI_ERR_UNSUPPORTED, "other_labels");
    cr_expect(ended == 4 && report.made == 1 && report.failed == 3);
    idi_model_destroy(&model);
}

/* A style of which the given class is missing. */
static idi_style *without_class(const idi_style *style, int64_t missing)
{
    int64_t classes, width;
    idi_style *out;
    const float *data = idi_style_data(style, &classes, &width);
    float *copy = malloc((size_t)(classes * width) * sizeof *copy);
    cr_assert_not_null(copy);
    memcpy(copy, data, (size_t)(classes * width) * sizeof *copy);
    memset(copy + missing * width, 0, (size_t)width * sizeof *copy);
    OK(idi_style_from_array(world.context, copy, classes, width, &out));
    free(copy);
    return out;
}

IDI_TEST(spade, absent_classes_take_the_mean)
{
    idi_model *model = make_model("sean", SEAN);
    idi_style *style, *completed;
    OK(idi_style_from_image(model, &world.photo[0], &world.labels[0], &style));
    idi_style *lacking = without_class(style, 1);
    OK(idi_style_complete(lacking, style, &completed));
    int64_t classes, width;
    const float *want = idi_style_data(style, &classes, &width);
    cr_expect(classes == 19 && width == 6);
    cr_expect_arr_eq(idi_style_data(completed, NULL, NULL), want,
                     (size_t)(classes * width) * sizeof *want);
    idi_style_destroy(&completed);
    expect_refused(idi_style_complete(lacking, world.style[0], &completed), IDI_ERR_SHAPE,
                   "codes are [19, 6], those for absent classes [19, ");
    idi_style_destroy(&lacking);
    idi_style_destroy(&style);
    idi_model_destroy(&model);
}

IDI_TEST(spade, noise_is_its_seeds)
{
    static const uint64_t seeds[BATCH] = {7, 8};
    static const uint64_t turned[BATCH] = {8, 7};
    idi_model *model = make_model("sean", SEAN);
    idi_style *style[BATCH];
    for (int i = 0; i < BATCH; i++)
        OK(idi_style_from_image(model, &world.photo[i], &world.labels[i], &style[i]));
    const idi_style *const styles[BATCH] = {style[0], style[1]};
    idi_session *plain = open_session(model, 0);
    idi_session *noisy = open_session(model, 1);
    idi_generate run = two_samples(image[0]);
    run.styles = styles;
    OK(idi_session_generate(plain, &run));
    run.image_out = other[0];
    expect_refused(idi_session_generate(noisy, &run), IDI_ERR_ARG, "noise_seeds are needed");
    run.noise_seeds = seeds;
    expect_refused(idi_session_generate(plain, &run), IDI_ERR_ARG, "the session has no noise");
    OK(idi_session_generate(noisy, &run));
    cr_expect_neq(memcmp(image[0], other[0], sizeof image[0]), 0);
    /* The same seed for the same picture in another place. */
    const idi_style *const swapped[BATCH] = {style[1], style[0]};
    run.styles = swapped;
    run.noise_seeds = turned;
    run.image_out = image[0];
    memcpy(labels[0], world.labels[1].data, sizeof labels[0]);
    memcpy(labels[1], world.labels[0].data, sizeof labels[1]);
    OK(idi_session_generate(noisy, &run));
    for (int i = 0; i < IDI_TEST_VALUES; i++) /* matrix products may round by the row's place */
        cr_assert_float_eq(image[1][i], other[0][i], 1e-5F, "[%d] %g, was %g", i,
                           (double)image[1][i], (double)other[0][i]);
    idi_enqueue enqueue;
    idi_enqueue_init(&enqueue);
    enqueue.labels = labels[0];
    enqueue.styles = swapped;
    enqueue.image_out = image[0];
    expect_refused(idi_session_enqueue(noisy, &enqueue), IDI_ERR_UNSUPPORTED, "has noise");
    idi_session_destroy(&noisy);
    idi_session_destroy(&plain);
    for (int i = 0; i < BATCH; i++)
        idi_style_destroy(&style[i]);
    idi_model_destroy(&model);
}
