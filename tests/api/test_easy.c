/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_easy.c - files in, file out. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(easy);

static void (*const open_world)(void) = idi_test_open_files;

static float image[4][IDI_TEST_VALUES];

static idi_generate_file_options usual(const char *out)
{
    idi_generate_file_options options;
    idi_generate_file_init(&options);
    options.model = idi_test_path("generator.safetensors");
    options.recogniser = idi_test_path("recogniser.safetensors");
    options.labels = idi_test_path("labels_0.png");
    options.style = idi_test_path("photo_0.png");
    options.identity = idi_test_path("photo_1.png");
    options.out = idi_test_path(out);
    (void)unlink(options.out);
    return options;
}

/* Runs to an array and reads it, as [3, H, W]. */
static void generate(idi_generate_file_options options, float *planes)
{
    float *data;
    int64_t shape[4];
    int rank;
    options.out = idi_test_path("out.npy");
    OK(idi_generate_file(world.context, &options));
    OK(idi_array_load(world.context, options.out, &data, shape, &rank));
    cr_assert(rank == 4 && shape[0] == 1 && shape[1] == 3 && shape[2] == IDI_TEST_SIZE &&
              shape[3] == IDI_TEST_SIZE);
    memcpy(planes, data, IDI_TEST_VALUES * sizeof *data);
    idi_array_free(world.context, &data);
}

static bool same_image(int a, int b)
{
    return memcmp(image[a], image[b], sizeof image[a]) == 0;
}

IDI_TEST(easy, gives_what_the_steps_give)
{
    static float steps[IDI_TEST_VALUES];
    idi_session *session = idi_test_session(world.generator, 1);
    OK(idi_test_generate(session, 0, 0, 1, steps));
    generate(usual("out.npy"), image[0]);
    for (int i = 0; i < IDI_TEST_PIXELS; i++)
        for (int c = 0; c < 3; c++)
            cr_assert(image[0][c * IDI_TEST_PIXELS + i] == steps[i * 3 + c], "pixel %d", i);
    idi_session_destroy(&session);
}

IDI_TEST(easy, writes_a_picture)
{
    idi_bitmap picture;
    const idi_generate_file_options options = usual("out.png");
    OK(idi_generate_file(world.context, &options));
    generate(options, image[0]);
    OK(idi_bitmap_load(world.context, options.out, &picture));
    cr_assert(picture.width == IDI_TEST_SIZE && picture.height == IDI_TEST_SIZE);
    for (int i = 0; i < IDI_TEST_PIXELS; i++)
        for (int c = 0; c < 3; c++) {
            const double want = ((double)image[0][c * IDI_TEST_PIXELS + i] + 1.0) / 2.0 * 255.0;
            cr_assert(fabs(want - picture.data[i * 3 + c]) <= 1.0, "pixel %d", i);
        }
    idi_bitmap_free(world.context, &picture);
}

/* The mark of synthetic media is there unless it is asked away. */
IDI_TEST(easy, marks_the_picture)
{
    static const char mark[] = "trainedAlgorithmicMedia";
    for (unsigned flags = 0; flags < 2; flags++) {
        idi_generate_file_options options = usual("out.png");
        size_t size;
        bool is_marked = false;
        options.save_flags = flags;
        OK(idi_generate_file(world.context, &options));
        unsigned char *bytes = idi_test_read(options.out, &size);
        for (size_t i = 0; i + sizeof mark <= size && !is_marked; i++)
            is_marked = memcmp(bytes + i, mark, sizeof mark - 1) == 0;
        cr_expect_eq(is_marked, flags != IDI_SAVE_NO_MARK);
        free(bytes);
    }
}

/* Own identity, strength 0 and half way. */
IDI_TEST(easy, strength_leads_from_one_to_the_other)
{
    idi_generate_file_options options = usual("out.npy");
    generate(options, image[1]);
    options.identity_strength = 0.0;
    generate(options, image[2]);
    options.identity_strength = 0.5;
    generate(options, image[3]);
    options.identity = NULL;
    generate(options, image[0]);
    cr_expect(same_image(0, 2), "strength 0 is not the style photograph's own identity");
    cr_expect(!same_image(0, 1) && !same_image(0, 3) && !same_image(1, 3));
    options.identity = options.style;
    options.identity_strength = 1.0;
    generate(options, image[1]);
    cr_expect(same_image(0, 1), "the own identity by name is another");
}

IDI_TEST(easy, takes_an_identity_of_numbers)
{
    const int64_t shape[2] = {1, IDI_TEST_IDENTITY_DIM};
    idi_generate_file_options options = usual("out.npy");
    generate(options, image[0]);
    OK(idi_array_save(world.context, idi_test_path("who.npy"),
                      idi_identity_data(world.identity[1], NULL), shape, 2));
    options.identity = idi_test_path("who.npy");
    options.recogniser = NULL; /* not needed */
    generate(options, image[1]);
    double difference = 0.0;
    for (int i = 0; i < IDI_TEST_VALUES; i++)
        difference = fmax(difference, fabs((double)image[0][i] - (double)image[1][i]));
    cr_expect(difference < 1e-4, "differs by %g", difference);
}

IDI_TEST(easy, the_look_may_have_its_own_label_map)
{
    idi_generate_file_options options = usual("out.npy");
    generate(options, image[0]);
    options.style_labels = options.labels;
    generate(options, image[1]);
    options.style_labels = idi_test_path("labels_1.png");
    generate(options, image[2]);
    cr_expect(same_image(0, 1) && !same_image(0, 2));
}

/* The model file names its recogniser, which lies beside it. */
IDI_TEST(easy, finds_the_recogniser_by_itself)
{
    idi_convert_options convert;
    idi_generate_file_options options = usual("out.npy");
    generate(options, image[0]);
    options.recogniser = NULL;
    IDI_REFUSED(idi_generate_file(world.context, &options), IDI_ERR_ARG, options.model,
                "recogniser");
    idi_convert_options_init(&convert);
    convert.recogniser = "recogniser.safetensors";
    OK(idi_model_file_convert(world.context, options.model, &convert,
                              idi_test_path("named.safetensors")));
    options.model = idi_test_path("named.safetensors");
    generate(options, image[1]);
    cr_expect(same_image(0, 1));
}

static void expect_refusal(int line, const idi_generate_file_options *options, idi_status want,
                           const char *file, const char *word)
{
    const char *const words[] = {file, word, NULL};
    idi_test_refused(line, idi_generate_file(world.context, options), want, words);
    if (options->out) cr_expect(!idi_test_exists(options->out), "line %d: a file was left", line);
}

IDI_TEST(easy, a_failure_names_the_file_and_leaves_none)
{
    const char *text = idi_test_path("text.png");
    const char *none = idi_test_path("none");
    const idi_generate_file_options good = usual("out.png");
    idi_generate_file_options bad;
    idi_test_write(text, "text", 4);
#define BAD(member, value, status, word)                                                           \
    bad = good;                                                                                    \
    bad.member = (value);                                                                          \
    expect_refusal(__LINE__, &bad, (status), (value), (word))
    BAD(model, none, IDI_ERR_IO, "No such file");
    BAD(model, text, IDI_ERR_FORMAT, "");
    BAD(model, good.recogniser, IDI_ERR_ARG, "want a generator");
    BAD(recogniser, none, IDI_ERR_IO, "No such file");
    BAD(recogniser, good.model, IDI_ERR_ARG, "want a recogniser");
    BAD(labels, none, IDI_ERR_IO, "No such file");
    BAD(labels, good.style, IDI_ERR_LABELS, "colour");
    BAD(style, none, IDI_ERR_IO, "No such file");
    BAD(style, text, IDI_ERR_FORMAT, "PNG");
    BAD(style_labels, text, IDI_ERR_FORMAT, "PNG");
    BAD(identity, none, IDI_ERR_IO, "No such file");
    BAD(identity, text, IDI_ERR_FORMAT, "PNG");
    BAD(out, idi_test_path("out.jpg"), IDI_ERR_ARG, ".png or .npy");
    BAD(out, idi_test_path("no/folder.png"), IDI_ERR_IO, "");
    BAD(scheme, "cityscapes", IDI_ERR_ARG, "celebamask");
    BAD(precision, "f16", IDI_ERR_UNSUPPORTED, "f32");
#undef BAD
    OK(idi_generate_file(world.context, &good));
}

IDI_TEST(easy, a_picture_that_does_not_fit_is_named)
{
    static uint8_t rgb[64 * 32 * 3], gray[64 * 32];
    const idi_bitmap wide = {rgb, 64, 32, 3}, wide_labels = {gray, 64, 32, 1};
    const char *photo = idi_test_path("wide.png");
    const char *labels = idi_test_path("wide_labels.png");
    idi_generate_file_options bad = usual("out.png");
    OK(idi_bitmap_save(world.context, photo, &wide, 0));
    OK(idi_bitmap_save(world.context, labels, &wide_labels, 0));
    bad.identity = photo;
    expect_refusal(__LINE__, &bad, IDI_ERR_SHAPE, photo, "64 x 32");
    bad = usual("out.png");
    bad.style = photo;
    bad.identity = idi_test_path("photo_1.png");
    expect_refusal(__LINE__, &bad, IDI_ERR_SHAPE, photo, "64 x 32");
    bad = usual("out.png");
    bad.labels = labels;
    expect_refusal(__LINE__, &bad, IDI_ERR_SHAPE, labels, "64 x 32");
    bad = usual("out.png");
    bad.style_labels = labels;
    expect_refusal(__LINE__, &bad, IDI_ERR_SHAPE, labels, "64 x 32");
}

IDI_TEST(easy, an_identity_that_does_not_fit_is_named)
{
    static const double strengths[] = {1.0, 0.5};
    const char *path = idi_test_path("short.npy");
    const int64_t shape[1] = {3};
    float numbers[3] = {1.0f, 2.0f, 3.0f};
    for (size_t i = 0; i < 2; i++) {
        idi_generate_file_options bad = usual("out.png");
        bad.identity = path;
        bad.identity_strength = strengths[i];
        numbers[0] = 1.0f;
        OK(idi_array_save(world.context, path, numbers, shape, 1));
        expect_refusal(__LINE__, &bad, IDI_ERR_SHAPE, path, "3 numbers");
        numbers[0] = NAN;
        OK(idi_array_save(world.context, path, numbers, shape, 1));
        expect_refusal(__LINE__, &bad, IDI_ERR_ARG, path, "not finite");
    }
    idi_generate_file_options bad = usual("out.png");
    bad.identity_strength = (double)NAN;
    expect_refusal(__LINE__, &bad, IDI_ERR_ARG, "strength", "");
}

IDI_TEST(easy, what_is_needed_is_asked_for)
{
    const idi_generate_file_options good = usual("out.png");
    idi_generate_file_options bad = good;
    bad.model = NULL;
    expect_refusal(__LINE__, &bad, IDI_ERR_ARG, "model", "needed");
    bad = good;
    bad.labels = NULL;
    expect_refusal(__LINE__, &bad, IDI_ERR_ARG, "labels", "needed");
    bad = good;
    bad.style = NULL;
    expect_refusal(__LINE__, &bad, IDI_ERR_ARG, "style", "needed");
    bad = good;
    bad.out = NULL;
    expect_refusal(__LINE__, &bad, IDI_ERR_ARG, "out", "needed");
}

IDI_TEST(easy, a_generator_without_identity_refuses_one)
{
    idi_generate_file_options options = usual("out.png");
    options.model = idi_test_generator_file("plain.safetensors", "ca2sis", 3, NULL);
    expect_refusal(__LINE__, &options, IDI_ERR_ARG, options.model, "no identity");
    options.identity = NULL;
    options.recogniser = NULL;
    OK(idi_generate_file(world.context, &options));
    cr_expect(idi_test_exists(options.out));
}

/* What stood there before a failure stands there afterwards. */
IDI_TEST(easy, an_old_file_survives_a_failure)
{
    size_t size;
    idi_generate_file_options options = usual("out.png");
    idi_test_write(options.out, "old", 3);
    options.identity = idi_test_path("none.png");
    IDI_REFUSED(idi_generate_file(world.context, &options), IDI_ERR_IO, "none.png");
    unsigned char *bytes = idi_test_read(options.out, &size);
    cr_expect(size == 3 && memcmp(bytes, "old", 3) == 0);
    free(bytes);
}
