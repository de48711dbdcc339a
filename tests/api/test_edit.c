/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_edit.c - what editing means: styles and parts of label maps from other people, by the
 * images that they give. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(edit);

static void (*const open_world)(void) = idi_test_open_people;

enum { CLASSES = 19, WIDTH = 48, HAIR = 13, HAT = 14, NECKLACE = 16 };

static float image[2][IDI_TEST_VALUES];

static idi_style *mix(const idi_style *base, const idi_style *other, const double *amounts)
{
    idi_style *style;
    OK(idi_style_mix(base, other, amounts, CLASSES, &style));
    return style;
}

/* The same amount of every class. */
static idi_style *mix_all(const idi_style *base, const idi_style *other, double amount)
{
    double amounts[CLASSES];
    for (int c = 0; c < CLASSES; c++)
        amounts[c] = amount;
    return mix(base, other, amounts);
}

static void expect_code(const idi_style *style, int c, const idi_style *want)
{
    cr_expect_arr_eq(idi_style_data(style, NULL, NULL) + c * WIDTH,
                     idi_style_data(want, NULL, NULL) + c * WIDTH, WIDTH * sizeof(float),
                     "class %d", c);
}

static void generate(const idi_model *model, const uint8_t *labels, const idi_style *style,
                     const idi_identity *identity, float *out)
{
    idi_session *session = idi_test_session(model, 1);
    idi_generate run;
    idi_generate_init(&run);
    run.labels = labels;
    run.styles = &style;
    run.identities = identity ? &identity : NULL;
    run.image_out = out;
    OK(idi_session_generate(session, &run));
    idi_session_destroy(&session);
}

static double largest_difference(void)
{
    double difference = 0.0;
    for (int i = 0; i < IDI_TEST_VALUES; i++)
        difference = fmax(difference, fabs((double)image[0][i] - (double)image[1][i]));
    return difference;
}

IDI_TEST(edit, all_styles_and_the_identity_exchanged_is_the_other_person)
{
    for (int from = 0; from < 2; from++) {
        const int to = 1 - from;
        idi_style *style = mix_all(world.style[from], world.style[to], 1.0);
        idi_identity *identity;
        OK(idi_identity_slerp(world.identity[from], world.identity[to], 1.0, &identity));
        generate(world.generator, world.labels[from].data, style, identity, image[0]);
        generate(world.generator, world.labels[from].data, world.style[to], world.identity[to],
                 image[1]);
        cr_expect_arr_eq(image[0], image[1], sizeof image[0]);
        generate(world.generator, world.labels[from].data, world.style[from], world.identity[from],
                 image[1]);
        cr_expect_neq(memcmp(image[0], image[1], sizeof image[0]), 0);
        idi_identity_destroy(&identity);
        idi_style_destroy(&style);
    }
}

IDI_TEST(edit, strengths_0_and_1_are_the_two_people)
{
    for (int end = 0; end < 2; end++) {
        idi_identity *identity;
        OK(idi_identity_slerp(world.identity[0], world.identity[1], end, &identity));
        generate(world.generator, world.labels[0].data, world.style[0], identity, image[0]);
        generate(world.generator, world.labels[0].data, world.style[0], world.identity[end],
                 image[1]);
        cr_expect_arr_eq(image[0], image[1], sizeof image[0], "strength %d", end);
        idi_identity_destroy(&identity);
    }
}

IDI_TEST(edit, the_style_of_one_class_is_the_others_and_the_rest_stays)
{
    double amounts[CLASSES] = {0.0};
    amounts[HAIR] = 1.0;
    idi_style *style = mix(world.style[0], world.style[1], amounts);
    for (int c = 0; c < CLASSES; c++)
        expect_code(style, c, world.style[c == HAIR]);
    generate(world.generator, world.labels[0].data, style, world.identity[0], image[0]);
    generate(world.generator, world.labels[0].data, world.style[0], world.identity[0], image[1]);
    cr_expect_neq(memcmp(image[0], image[1], sizeof image[0]), 0);
    idi_style_destroy(&style);
}

IDI_TEST(edit, style_mixes_end_at_both_and_go_straight)
{
    static const double amounts[] = {0.0, 1.0, 0.25, 0.5, 1.5, -1.0};
    const float *a = idi_style_data(world.style[0], NULL, NULL);
    const float *b = idi_style_data(world.style[1], NULL, NULL);
    for (size_t k = 0; k < sizeof amounts / sizeof amounts[0]; k++) {
        idi_style *style = mix_all(world.style[0], world.style[1], amounts[k]);
        const float *got = idi_style_data(style, NULL, NULL);
        for (int c = 0; c < CLASSES && k < 2; c++)
            expect_code(style, c, world.style[k]);
        for (int i = 0; i < CLASSES * WIDTH; i++)
            cr_expect_float_eq(got[i], (double)a[i] + amounts[k] * ((double)b[i] - (double)a[i]),
                               1e-6, "amount %g, number %d", amounts[k], i);
        idi_style_destroy(&style);
    }
}

/* Equal ends make every point between them; an amount of one class concerns no other. */
IDI_TEST(edit, a_mix_with_itself_stays)
{
    double amounts[CLASSES];
    for (int c = 0; c < CLASSES; c++)
        amounts[c] = c / 8.0;
    idi_style *style = mix(world.style[2], world.style[2], amounts);
    const float *got = idi_style_data(style, NULL, NULL);
    const float *want = idi_style_data(world.style[2], NULL, NULL);
    for (int i = 0; i < CLASSES * WIDTH; i++)
        cr_expect_float_eq(got[i], want[i], 1e-6);
    idi_style_destroy(&style);
}

IDI_TEST(edit, style_mixes_that_are_refused)
{
    double amounts[CLASSES] = {0.0};
    const float few[6] = {0};
    idi_style *small, *style;
    OK(idi_style_from_array(world.context, few, 2, 3, &small));
    IDI_REFUSED(idi_style_mix(world.style[0], small, amounts, CLASSES, &style), IDI_ERR_SHAPE,
                "[19, 48]", "[2, 3]");
    IDI_REFUSED(idi_style_mix(world.style[0], world.style[1], amounts, 18, &style), IDI_ERR_SHAPE,
                "18 classes", "have 19");
    amounts[7] = (double)NAN;
    IDI_REFUSED(idi_style_mix(world.style[0], world.style[1], amounts, CLASSES, &style),
                IDI_ERR_ARG, "class 7");
    amounts[7] = 1e300;
    IDI_REFUSED(idi_style_mix(world.style[0], world.style[1], amounts, CLASSES, &style),
                IDI_ERR_NUMERIC, "style");
    IDI_REFUSED(idi_style_mix(world.style[0], NULL, amounts, CLASSES, &style), IDI_ERR_ARG, "NULL");
    cr_expect_null(style);
    idi_style_destroy(&small);
}

/* A batch whose rows name a source for each class. */
IDI_TEST(edit, a_table_gathers_styles_from_a_pool)
{
    int32_t table[3][CLASSES];
    idi_style *styles[3];
    for (int n = 0; n < 3; n++)
        for (int c = 0; c < CLASSES; c++)
            table[n][c] = (n * 5 + c) % IDI_TEST_PEOPLE;
    for (int c = 0; c < CLASSES; c++)
        table[2][c] = 1;
    const idi_style *const *pool = (const idi_style *const *)world.style;
    OK(idi_style_table(pool, IDI_TEST_PEOPLE, table[0], 3, CLASSES, styles));
    for (int n = 0; n < 3; n++)
        for (int c = 0; c < CLASSES; c++)
            expect_code(styles[n], c, world.style[table[n][c]]);
    generate(world.generator, world.labels[0].data, styles[2], world.identity[0], image[0]);
    generate(world.generator, world.labels[0].data, world.style[1], world.identity[0], image[1]);
    cr_expect_arr_eq(image[0], image[1], sizeof image[0]);
    for (int n = 0; n < 3; n++)
        idi_style_destroy(&styles[n]);
    table[1][4] = IDI_TEST_PEOPLE;
    IDI_REFUSED(idi_style_table(pool, IDI_TEST_PEOPLE, table[0], 3, CLASSES, styles), IDI_ERR_ARG,
                "sample 1", "class 4", "style 3");
    cr_expect(!styles[0] && !styles[1] && !styles[2]);
    table[1][4] = -1;
    IDI_REFUSED(idi_style_table(pool, IDI_TEST_PEOPLE, table[0], 3, CLASSES, styles), IDI_ERR_ARG,
                "style -1");
    IDI_REFUSED(idi_style_table(pool, IDI_TEST_PEOPLE, table[0], 3, 7, styles), IDI_ERR_SHAPE,
                "7 classes");
    IDI_REFUSED(idi_style_table(pool, 0, table[0], 3, CLASSES, styles), IDI_ERR_ARG, "empty");
}

static bool has_class(const idi_bitmap *labels, int c)
{
    return memchr(labels->data, c, IDI_TEST_PIXELS) != NULL;
}

/* SEAN paints codes where their class is: one that is nowhere changes no bit. CA2-SIS's pixels
 * attend to all codes as to a set, so that an absent class's counts, but no more than in any other
 * place of the set: two exchanged codes give the same image but for the order of sums. */
IDI_TEST(edit, a_class_that_the_map_lacks_counts_in_attention_alone)
{
    static const char sean[] =
        "{\"size\": 64, \"width\": 2, \"spade_hidden\": 5, \"style_dim\": 6}";
    idi_model *model;
    idi_style *own, *other, *style;
    double amounts[CLASSES] = {0.0};
    cr_assert(!has_class(&world.labels[0], HAT) && !has_class(&world.labels[0], NECKLACE));
    idi_test_write(idi_test_path("sean.json"), sean, strlen(sean));
    OK(idi_model_file_init(world.context, "sean", idi_test_path("sean.json"), 5,
                           idi_test_path("sean.safetensors")));
    OK(idi_model_load(world.context, idi_test_path("sean.safetensors"), &model));
    OK(idi_style_from_image(model, &world.photo[0], &world.labels[0], &own));
    float codes[CLASSES * 6];
    for (int i = 0; i < CLASSES * 6; i++)
        codes[i] = 0.5f;
    OK(idi_style_from_array(world.context, codes, CLASSES, 6, &other));
    amounts[HAT] = amounts[NECKLACE] = 1.0;
    style = mix(own, other, amounts);
    generate(model, world.labels[0].data, style, NULL, image[0]);
    generate(model, world.labels[0].data, own, NULL, image[1]);
    cr_expect_arr_eq(image[0], image[1], sizeof image[0]);
    idi_style_destroy(&style);
    amounts[1] = 1.0; /* skin */
    style = mix(own, other, amounts);
    generate(model, world.labels[0].data, style, NULL, image[0]);
    cr_expect_neq(memcmp(image[0], image[1], sizeof image[0]), 0);
    idi_style_destroy(&style);
    idi_style_destroy(&other);
    idi_style_destroy(&own);
    idi_model_destroy(&model);
}

IDI_TEST(edit, codes_are_a_set_to_attention)
{
    float codes[CLASSES * WIDTH];
    idi_style *style;
    memcpy(codes, idi_style_data(world.style[0], NULL, NULL), sizeof codes);
    for (int i = 0; i < WIDTH; i++) {
        const float hat = codes[HAT * WIDTH + i];
        codes[HAT * WIDTH + i] = codes[NECKLACE * WIDTH + i];
        codes[NECKLACE * WIDTH + i] = hat;
    }
    OK(idi_style_from_array(world.context, codes, CLASSES, WIDTH, &style));
    generate(world.generator, world.labels[0].data, style, world.identity[0], image[0]);
    generate(world.generator, world.labels[0].data, world.style[0], world.identity[0], image[1]);
    cr_expect_lt(largest_difference(), 1e-5);
    idi_style_destroy(&style);
}

/* A generator with the mapping network. */
static idi_model *load_noisy(void)
{
    static const char json[] =
        "{\"size\": 64, \"code_channels\": 32, \"style_dim\": 16, \"style_width\": 2,"
        " \"style_downs\": 4, \"norm_groups\": 8, \"noise_dim\": 6, \"noise_hidden\": 10,"
        " \"blocks\": ["
        "{\"channels\": 32, \"heads\": 2, \"head_dim\": 16, \"has_self_attention\": true},"
        "{\"channels\": 24, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": false},"
        "{\"channels\": 16, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": false}]}";
    idi_model *model;
    idi_test_write(idi_test_path("noisy.json"), json, strlen(json));
    OK(idi_model_file_init(world.context, "ca2sis", idi_test_path("noisy.json"), 9,
                           idi_test_path("noisy.safetensors")));
    OK(idi_model_load(world.context, idi_test_path("noisy.safetensors"), &model));
    return model;
}

static bool is_zero(const float *code)
{
    for (int i = 0; i < WIDTH; i++)
        if (fabsf(code[i]) > 0.0f) return false;
    return true;
}

IDI_TEST(edit, styles_of_noise)
{
    idi_model *model = load_noisy();
    idi_style *a, *again, *b;
    OK(idi_style_from_noise(model, 7, &world.labels[0], &a));
    OK(idi_style_from_noise(model, 7, &world.labels[0], &again));
    OK(idi_style_from_noise(model, 8, &world.labels[0], &b));
    for (int c = 0; c < CLASSES; c++) {
        const float *code = idi_style_data(a, NULL, NULL) + (ptrdiff_t)c * WIDTH;
        const float *other = idi_style_data(b, NULL, NULL) + (ptrdiff_t)c * WIDTH;
        expect_code(again, c, a);
        cr_expect_eq(is_zero(code), !has_class(&world.labels[0], c), "class %d", c);
        if (!is_zero(code)) cr_expect_neq(memcmp(code, other, WIDTH * sizeof *code), 0, "%d", c);
    }
    generate(model, world.labels[0].data, a, NULL, image[0]);
    generate(model, world.labels[0].data, b, NULL, image[1]);
    cr_expect_neq(memcmp(image[0], image[1], sizeof image[0]), 0);
    idi_style_destroy(&b);
    idi_style_destroy(&again);
    idi_style_destroy(&a);
    idi_model_destroy(&model);
}

IDI_TEST(edit, no_styles_of_noise_without_the_network)
{
    idi_style *style;
    IDI_REFUSED(idi_style_from_noise(world.generator, 1, &world.labels[0], &style),
                IDI_ERR_UNSUPPORTED, "generator.safetensors", "noise");
    IDI_REFUSED(idi_style_from_noise(world.recogniser, 1, &world.labels[0], &style), IDI_ERR_ARG,
                "want a generator");
    cr_expect_null(style);
}

IDI_TEST(edit, an_average_style_leaves_out_what_photographs_lack)
{
    const float a[6] = {1.0f, 2.0f, 0.0f, 0.0f, -0.0f, 0.0f}, b[6] = {3.0f, 5.0f, 4.0f, -1.0f};
    const float want[6] = {2.0f, 3.5f, 4.0f, -1.0f, 0.0f, 0.0f};
    idi_style *both[2], *mean, *one;
    OK(idi_style_from_array(world.context, a, 3, 2, &both[0]));
    OK(idi_style_from_array(world.context, b, 3, 2, &both[1]));
    OK(idi_style_average((const idi_style *const *)both, 2, &mean));
    OK(idi_style_average((const idi_style *const *)both, 1, &one));
    for (int i = 0; i < 6; i++)
        cr_expect_float_eq(idi_style_data(mean, NULL, NULL)[i], want[i], 1e-7);
    cr_expect_arr_eq(idi_style_data(one, NULL, NULL), a, sizeof a);
    idi_style_destroy(&one);
    IDI_REFUSED(idi_style_average((const idi_style *const *)both, 0, &one), IDI_ERR_ARG,
                "0 styles");
    const idi_style *unlike[2] = {both[0], world.style[0]};
    idi_style_destroy(&mean);
    IDI_REFUSED(idi_style_average(unlike, 2, &mean), IDI_ERR_SHAPE, "[3, 2]", "[19, 48]");
    idi_style_destroy(&both[1]);
    idi_style_destroy(&both[0]);
}
