/* SPDX-License-Identifier: Apache-2.0 */
/* tests/api/test_train.c - trainings from outside: progress, a stop and going on, and arguments
 * that are refused. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void open_world(void)
{
    idi_test_open_context();
}

static const char recipe[] =
    "{\"network\": {\"arch\": \"mobilefacenet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 0]}, \"steps\": 6, \"data\": {\"people\": [0, 3], "
    "\"photos\": 2}, \"batch\": {\"people\": 4}, \"validation\": {\"every\": 3, \"people\": [4, "
    "23], "
    "\"photos\": 2}}";

typedef struct seen {
    int64_t stop_at;
    int64_t calls, validations;
    idi_training_progress last;
} seen;

static int on_progress(void *user, const idi_training_progress *progress)
{
    seen *s = user;
    s->calls++;
    s->validations += progress->is_validated;
    s->last = *progress;
    return progress->step == s->stop_at;
}

static idi_training_options options_for(const char *text, seen *s)
{
    idi_training_options o;
    idi_training_options_init(&o);
    o.recipe = idi_test_path("recipe.json");
    o.folder = idi_test_path("."); /* which closing empties */
    o.progress = on_progress;
    o.user = s;
    idi_test_write(o.recipe, text, strlen(text));
    return o;
}

IDI_TEST(train, stops_goes_on_and_ends)
{
    seen s = {.stop_at = 2};
    idi_training_progress report = {.struct_size = sizeof report};
    const idi_training_options o = options_for(recipe, &s);
    idi_model *model;
    IDI_REFUSED(idi_train(world.context, &o, &report), IDI_ERR_CANCELLED,
                "stopped after step 2 of 6");
    cr_expect_eq(s.calls, 3); /* before the first step too */
    cr_expect_eq(report.step, 2);
    cr_expect(isfinite(report.loss) && report.images_per_second > 0.0);
    s = (seen){.stop_at = -1};
    cr_assert_eq(idi_train(world.context, &o, &report), IDI_OK, "%s", idi_last_error());
    cr_expect_eq(s.calls, 5);
    cr_expect_eq(s.validations, 2);
    cr_expect_eq(report.first_step, 2);
    cr_expect_eq(report.step, 6);
    cr_expect_eq(report.seconds_left, 0.0);
    cr_expect(report.is_validated && report.tar >= 0.0 && report.tar <= 1.0);
    cr_assert_eq(idi_train(world.context, &o, NULL), IDI_OK); /* finished already */
    cr_assert_eq(idi_model_load(world.context, idi_test_path("model.safetensors"), &model), IDI_OK,
                 "%s", idi_last_error());
    idi_model_destroy(&model);
}

IDI_TEST(train, arguments_are_refused)
{
    seen s = {.stop_at = -1};
    idi_training_options o = options_for(recipe, &s);
    idi_training_progress report = {.struct_size = 1};
    IDI_REFUSED(idi_train(NULL, &o, NULL), IDI_ERR_ARG, "no context");
    IDI_REFUSED(idi_train(world.context, NULL, NULL), IDI_ERR_ARG, "struct_size");
    IDI_REFUSED(idi_train(world.context, &o, &report), IDI_ERR_ARG, "struct_size");
    o.folder = NULL;
    IDI_REFUSED(idi_train(world.context, &o, NULL), IDI_ERR_ARG, "recipe and folder");
    o = options_for("{\"network\": {\"arch\": \"iresnet\"}, \"stpes\": 1}", &s);
    IDI_REFUSED(idi_train(world.context, &o, NULL), IDI_ERR_FORMAT, "recipe.json",
                "unknown member 'stpes'");
    o = options_for(recipe, &s);
    o.network = "generator";
    IDI_REFUSED(idi_train(world.context, &o, NULL), IDI_ERR_ARG,
                "network.arch is mobilefacenet, a recogniser; want a generator's recipe");
    o.network = "critic";
    IDI_REFUSED(idi_train(world.context, &o, NULL), IDI_ERR_ARG, "want recogniser or generator");
    o.recipe = idi_test_path("none.json");
    IDI_REFUSED(idi_train(world.context, &o, NULL), IDI_ERR_IO, "none.json");
    cr_expect_eq(s.calls, 0);
    cr_expect_not(idi_test_exists(idi_test_path("training.lock")));
    idi_training_options_init(NULL);
}
