/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_path.c - the whole path: identity, style, session, image. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(path);

static void (*const open_world)(void) = idi_test_open_people;

static float image[4][IDI_TEST_VALUES];

static bool same_image(int a, int b)
{
    return memcmp(image[a], image[b], sizeof image[a]) == 0;
}

static void expect_picture(const float *values)
{
    float low = 2.0f;
    float high = -2.0f;
    for (int i = 0; i < IDI_TEST_VALUES; i++) {
        cr_assert(values[i] >= -1.0f && values[i] <= 1.0f, "value %d is %g", i, (double)values[i]);
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
    }
    cr_expect(high - low > 0.1f, "nearly one colour: %g to %g", (double)low, (double)high);
}

IDI_TEST(path, gives_the_same_bits_twice)
{
    idi_session *session = idi_test_session(world.generator, 1);
    OK(idi_test_generate(session, 0, 1, 2, image[0]));
    OK(idi_test_generate(session, 0, 1, 2, image[1]));
    idi_session_destroy(&session);
    cr_expect_null(session);
    session = idi_test_session(world.generator, 1);
    OK(idi_test_generate(session, 0, 1, 2, image[2]));
    idi_session_destroy(&session);
    expect_picture(image[0]);
    cr_expect(same_image(0, 1), "the second run of a session differs");
    cr_expect(same_image(0, 2), "another session differs");
}

IDI_TEST(path, encoders_give_the_same_bits_twice)
{
    idi_identity *identity;
    idi_style *style;
    int64_t count, classes, width;
    OK(idi_identity_from_image(world.recogniser, &world.photo[0], &identity));
    OK(idi_style_from_image(world.generator, &world.photo[0], &world.labels[0], &style));
    cr_expect_arr_eq(idi_identity_data(identity, &count),
                     idi_identity_data(world.identity[0], NULL),
                     IDI_TEST_IDENTITY_DIM * sizeof(float));
    cr_expect_eq(count, IDI_TEST_IDENTITY_DIM);
    const float *codes = idi_style_data(style, &classes, &width);
    cr_expect_eq(classes, 19);
    cr_expect_eq(width, 3 * 16);
    cr_expect_arr_eq(codes, idi_style_data(world.style[0], NULL, NULL),
                     (size_t)(classes * width) * sizeof(float));
    idi_style_destroy(&style);
    idi_identity_destroy(&identity);
}

IDI_TEST(path, bytes_are_the_image)
{
    static uint8_t rgb[IDI_TEST_VALUES];
    const idi_style *styles[1] = {world.style[0]};
    const idi_identity *identities[1] = {world.identity[0]};
    idi_status status = IDI_ERR_INTERNAL;
    idi_session *session = idi_test_session(world.generator, 1);
    idi_generate run;
    idi_generate_init(&run);
    run.labels = world.labels[0].data;
    run.styles = styles;
    run.identities = identities;
    run.image_out = image[0];
    run.rgb_out = rgb;
    run.sample_status = &status;
    OK(idi_session_generate(session, &run));
    cr_expect_eq(status, IDI_OK);
    for (int i = 0; i < IDI_TEST_VALUES; i++) {
        const double want = ((double)image[0][i] + 1.0) / 2.0 * 255.0;
        cr_assert(fabs(want - rgb[i]) <= 1.0, "byte %d is %d, want %g", i, rgb[i], want);
    }
    idi_session_destroy(&session);
}

/* Each of the three inputs changes the image, and going back gives the first bits again although
 * the session did not compute everything anew. */
IDI_TEST(path, every_input_changes_the_image)
{
    static const int change[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    static const char *const name[3] = {"labels", "style", "identity"};
    idi_session *session = idi_test_session(world.generator, 1);
    OK(idi_test_generate(session, 0, 0, 0, image[0]));
    for (int i = 0; i < 3; i++) {
        OK(idi_test_generate(session, change[i][0], change[i][1], change[i][2], image[1]));
        cr_expect(!same_image(0, 1), "%s alone changes nothing", name[i]);
        OK(idi_test_generate(session, 0, 0, 0, image[2]));
        cr_expect(same_image(0, 2), "after a change of %s the first image does not come back",
                  name[i]);
        idi_session *fresh = idi_test_session(world.generator, 1);
        OK(idi_test_generate(fresh, change[i][0], change[i][1], change[i][2], image[3]));
        cr_expect(same_image(1, 3), "%s: a session with a past differs from a fresh one", name[i]);
        idi_session_destroy(&fresh);
    }
    idi_session_destroy(&session);
}

/* Batches may sum in another order, so not the same bits. */
static double relative_difference(const float *a, const float *b, int count)
{
    double difference = 0.0;
    double size = 0.0;
    for (int i = 0; i < count; i++) {
        difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
        size = fmax(size, fabs((double)a[i]));
    }
    return difference / size;
}

IDI_TEST(path, a_batch_equals_its_samples)
{
    static uint8_t labels[3][IDI_TEST_PIXELS];
    static float batch[3][IDI_TEST_VALUES];
    const idi_style *styles[3] = {world.style[2], world.style[0], world.style[1]};
    const idi_identity *identities[3] = {world.identity[1], world.identity[2], world.identity[0]};
    for (int i = 0; i < 3; i++)
        memcpy(labels[i], world.labels[i].data, sizeof labels[i]);
    idi_session *session = idi_test_session(world.generator, 3);
    idi_generate run;
    idi_generate_init(&run);
    run.labels = labels[0];
    run.styles = styles;
    run.identities = identities;
    run.image_out = batch[0];
    OK(idi_session_generate(session, &run));
    idi_session_destroy(&session);
    session = idi_test_session(world.generator, 1);
    for (int i = 0; i < 3; i++) {
        OK(idi_test_generate(session, i, (i + 2) % 3, (i + 1) % 3, image[i]));
        const double difference = relative_difference(image[i], batch[i], IDI_TEST_VALUES);
        cr_expect(difference <= 1e-5, "sample %d differs by %g", i, difference);
    }
    cr_expect(!same_image(0, 1) && !same_image(1, 2));
    idi_session_destroy(&session);
}

/* The two forms are one function, computed in another order. */
IDI_TEST(path, the_plain_form_makes_the_same_image)
{
    idi_session_options options;
    idi_session_options_init(&options);
    cr_expect_eq(options.is_plain, 0);
    options.is_plain = 1;
    idi_session *folded = idi_test_session(world.generator, 1);
    idi_session *plain;
    OK(idi_session_create(world.generator, &options, &plain));
    for (int i = 0; i < 2; i++) {
        OK(idi_test_generate(folded, i, 1, 1 - i, image[0]));
        OK(idi_test_generate(plain, i, 1, 1 - i, image[1]));
        const double difference = relative_difference(image[0], image[1], IDI_TEST_VALUES);
        cr_expect(difference <= 2e-5, "image %d differs by %g", i, difference);
        cr_expect(!same_image(0, 1), "not a bit differs: was it the other form?");
    }
    idi_session_destroy(&plain);
    idi_session_destroy(&folded);
}

IDI_TEST(path, a_style_of_numbers_is_the_style)
{
    int64_t classes, width;
    const float *codes = idi_style_data(world.style[0], &classes, &width);
    idi_style *copy;
    OK(idi_style_from_array(world.context, codes, classes, width, &copy));
    cr_expect_arr_eq(idi_style_data(copy, NULL, NULL), codes,
                     (size_t)(classes * width) * sizeof *codes);
    idi_style_destroy(&copy);
    cr_expect_null(copy);
}

IDI_TEST(path, pictures_are_resized_on_the_way)
{
    idi_bitmap photo, labels, photo_256, photo_64, labels_64;
    idi_identity *identity, *identity_256;
    idi_style *style, *style_64;
    OK(idi_portrait_draw(world.context, 5, 6, 128, &photo, &labels, NULL));
    OK(idi_bitmap_resize(world.context, &photo, 256, 256, &photo_256));
    OK(idi_bitmap_resize(world.context, &photo, IDI_TEST_SIZE, IDI_TEST_SIZE, &photo_64));
    OK(idi_bitmap_resize(world.context, &labels, IDI_TEST_SIZE, IDI_TEST_SIZE, &labels_64));
    OK(idi_identity_from_image(world.recogniser, &photo, &identity));
    OK(idi_identity_from_image(world.recogniser, &photo_256, &identity_256));
    OK(idi_style_from_image(world.generator, &photo, &labels, &style));
    OK(idi_style_from_image(world.generator, &photo_64, &labels_64, &style_64));
    cr_expect_arr_eq(idi_identity_data(identity, NULL), idi_identity_data(identity_256, NULL),
                     IDI_TEST_IDENTITY_DIM * sizeof(float));
    const float *codes = idi_style_data(style, NULL, NULL);
    cr_expect_arr_eq(codes, idi_style_data(style_64, NULL, NULL), 19 * 3 * 16 * sizeof(float));
    idi_style_destroy(&style_64);
    idi_style_destroy(&style);
    idi_identity_destroy(&identity_256);
    idi_identity_destroy(&identity);
    idi_bitmap_free(world.context, &labels_64);
    idi_bitmap_free(world.context, &photo_64);
    idi_bitmap_free(world.context, &photo_256);
    idi_bitmap_free(world.context, &labels);
    idi_bitmap_free(world.context, &photo);
}

IDI_TEST(path, a_plain_generator_takes_no_identity)
{
    idi_model *plain;
    idi_style *style;
    OK(idi_model_load(world.context,
                      idi_test_generator_file("plain.safetensors", "ca2sis", 5, NULL), &plain));
    OK(idi_style_from_image(plain, &world.photo[0], &world.labels[0], &style));
    const idi_style *styles[1] = {style};
    const idi_identity *identities[1] = {world.identity[0]};
    idi_session *session = idi_test_session(plain, 1);
    idi_generate run;
    idi_generate_init(&run);
    run.labels = world.labels[0].data;
    run.styles = styles;
    run.image_out = image[0];
    OK(idi_session_generate(session, &run));
    expect_picture(image[0]);
    run.identities = identities;
    run.image_out = image[1];
    OK(idi_session_generate(session, &run));
    cr_expect(same_image(0, 1), "an identity that the model does not take changes the image");
    idi_session_destroy(&session);
    idi_style_destroy(&style);
    idi_model_destroy(&plain);
}

IDI_TEST(path, a_model_says_what_it_is)
{
    idi_model_info g = {.struct_size = sizeof g};
    idi_model_info r = {.struct_size = sizeof r};
    OK(idi_model_get_info(world.generator, &g));
    OK(idi_model_get_info(world.recogniser, &r));
    cr_expect_str_eq(g.arch, "ca2sis-id");
    cr_expect(g.is_generator && !r.is_generator);
    cr_expect_eq(g.size, IDI_TEST_SIZE);
    cr_expect_eq(g.classes, 19);
    cr_expect_eq(g.style_width, 3 * 16);
    cr_expect_eq(g.identity_dim, IDI_TEST_IDENTITY_DIM);
    cr_expect_eq(r.identity_dim, IDI_TEST_IDENTITY_DIM);
    cr_expect_eq(r.size, 112);
    cr_expect_eq(r.classes, 0);
    cr_expect_str_eq(r.arch, "mobilefacenet");
    cr_expect_not_null(strstr(g.config, "\"code_channels\""), "%s", g.config);
    cr_expect(g.tensor_count > 10 && g.parameter_count > g.tensor_count);
    cr_expect_eq(strlen(g.fingerprint), 16);
    cr_expect_str_neq(g.fingerprint, r.fingerprint);
    cr_expect_str_eq(idi_identity_fingerprint(world.identity[0]), r.fingerprint);
    cr_expect_str_eq(g.recogniser, "");
    const idi_memory_report report = idi_test_memory_report(world.context);
    cr_expect_eq(report.weight_bytes,
                 (size_t)(g.parameter_count + r.parameter_count) * sizeof(float));
}

IDI_TEST(path, a_seed_makes_the_model)
{
    idi_model *again, *other;
    idi_model_info first = {.struct_size = sizeof first}, second = first, third = first;
    OK(idi_model_load(world.context,
                      idi_test_generator_file("again.safetensors", "ca2sis-id", 1, NULL), &again));
    OK(idi_model_load(world.context,
                      idi_test_generator_file("other.safetensors", "ca2sis-id", 9, NULL), &other));
    OK(idi_model_get_info(world.generator, &first));
    OK(idi_model_get_info(again, &second));
    OK(idi_model_get_info(other, &third));
    cr_expect_str_eq(first.fingerprint, second.fingerprint);
    cr_expect_str_neq(first.fingerprint, third.fingerprint);
    idi_model_destroy(&other);
    idi_model_destroy(&again);
}
