/* SPDX-License-Identifier: Apache-2.0 */
/* tests/api/test_precision.c - bf16 on processors that multiply it, and the refusal on others. */
#include "api/world.h"
#include "cpu/backend.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(precision);

static void (*const open_world)(void) = idi_test_open_people;

static idi_status open_session(const char *precision, int is_plain, idi_session **session_out)
{
    idi_session_options options;
    idi_session_options_init(&options);
    options.precision = precision;
    options.is_plain = is_plain;
    return idi_session_create(world.generator, &options, session_out);
}

static void generate(const char *precision, int is_plain, float *image)
{
    idi_session *session;
    OK(open_session(precision, is_plain, &session));
    OK(idi_test_generate(session, 0, 1, 2, image));
    idi_session_destroy(&session);
}

/* Length of the difference, by the length of the second. */
static double distance(const float *a, const float *b)
{
    double error = 0.0;
    double square = 0.0;
    for (int i = 0; i < IDI_TEST_VALUES; i++) {
        error += pow((double)a[i] - (double)b[i], 2.0);
        square += pow((double)b[i], 2.0);
    }
    return sqrt(error / square);
}

IDI_TEST(precision, an_image_at_bf16_is_nearly_that_of_f32)
{
    static float coarse[IDI_TEST_VALUES], again[IDI_TEST_VALUES], fine[IDI_TEST_VALUES];
    if (!idi_cpu_has_bf16()) cr_skip_test("this processor has no AVX512_BF16");
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        generate("bf16", is_plain, coarse);
        generate("bf16", is_plain, again);
        generate("f32", is_plain, fine);
        cr_expect_arr_eq(coarse, again, sizeof coarse, "plain %d: two runs differ", is_plain);
        const double off = distance(coarse, fine);
        cr_expect(off > 0.0 && off < 2e-2, "plain %d: %g off", is_plain, off);
    }
}

IDI_TEST(precision, a_processor_without_bf16_says_so)
{
    idi_session *session;
    if (idi_cpu_has_bf16()) cr_skip_test("this processor has AVX512_BF16");
    IDI_REFUSED(open_session("bf16", 0, &session), IDI_ERR_UNSUPPORTED, "bf16", "AVX512_BF16",
                "f32");
    cr_expect_null(session);
}

IDI_TEST(precision, trainings_are_not_coarse)
{
    static const char recipe[] = "{\"network\": {\"arch\": \"mobilefacenet\"}}";
    idi_context_options wanted;
    idi_training_options options;
    idi_context *context;
    idi_context_options_init(&wanted);
    wanted.device = "cpu";
    wanted.precision = "bf16";
    if (!idi_cpu_has_bf16()) cr_skip_test("this processor has no AVX512_BF16");
    OK(idi_context_create(&wanted, &context));
    idi_training_options_init(&options);
    options.recipe = idi_test_path("recipe.json");
    options.folder = idi_test_path(".");
    idi_test_write(options.recipe, recipe, strlen(recipe));
    IDI_REFUSED(idi_train(context, &options, NULL), IDI_ERR_UNSUPPORTED, "inference", "f32");
    idi_context_destroy(&context);
}
