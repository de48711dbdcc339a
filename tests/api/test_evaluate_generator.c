/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_evaluate_generator.c - attack reports from outside: listed numbers are those of images
 * made by hand, rates follow from them, batches and threads change nothing; refusals. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(evaluate_generator);

static void (*const open_world)(void) = idi_test_open_models;

enum { PEOPLE = 10, PHOTOS = 4, PAIRS = 6, CONDITIONS = 5, MOST_LINES = 512 };

static const double strengths[2] = {1.0, 0.25};

static idi_evaluate_options options_of(const char *report, const char *scores)
{
    idi_evaluate_options o;
    idi_evaluate_options_init(&o);
    o.data.first_person = 200;
    o.data.people = PEOPLE;
    o.data.photos = PHOTOS;
    o.replicates = 100;
    o.attacks = PAIRS;
    o.strengths = strengths;
    o.strength_count = 2;
    o.batch = 4; /* a whole one and a half */
    o.report_path = report ? idi_test_path(report) : NULL;
    o.scores_path = scores ? idi_test_path(scores) : NULL;
    return o;
}

/* A line of scores.csv. */
typedef struct listed {
    char condition[24], recogniser[24];
    double strength;
    int person[4], photo[4]; /* image, image_check, token, token_check */
    double to_second, to_first, to_token, to_image, rank1, ssim;
} listed;

static int read_scores(const char *path, listed *lines)
{
    char text[1024];
    int count = 0;
    FILE *stream = fopen(path, "r");
    cr_assert_not_null(stream);
    cr_assert_not_null(fgets(text, sizeof text, stream));
    while (fgets(text, sizeof text, stream)) {
        char *comma = strchr(text, ','); /* an empty strength is none */
        cr_assert(comma && count < MOST_LINES);
        listed *l = &lines[count++];
        (void)snprintf(l->condition, sizeof l->condition, "%.*s", (int)(comma - text), text);
        l->strength = comma[1] == ',' ? (double)NAN : strtod(comma + 1, NULL);
        const int read =
            sscanf(strchr(comma + 1, ','),
                   ",%16[0-9a-f],person %d photo %d,person %d photo %d,person %d photo %d,"
                   "person %d photo %d,%*d,%*d,%lf,%lf,%lf,%lf,%lf,%lf",
                   l->recogniser, &l->person[0], &l->photo[0], &l->person[1], &l->photo[1],
                   &l->person[2], &l->photo[2], &l->person[3], &l->photo[3], &l->to_second,
                   &l->to_first, &l->to_token, &l->to_image, &l->rank1, &l->ssim);
        const bool is_looked_at = !strstr(text, ",,,,,,"); /* not: degraded, or a photograph */
        cr_assert_eq(read, is_looked_at ? 15 : 14, "%s", text);
        cr_assert(l->person[0] == l->person[1] && l->person[2] == l->person[3]);
        cr_assert(l->photo[0] != l->photo[1] && l->photo[2] != l->photo[3]);
    }
    (void)fclose(stream);
    return count;
}

static idi_identity *identity_of(const listed *l, int which)
{
    idi_bitmap face;
    idi_identity *identity;
    OK(idi_portrait_draw(world.context, (uint64_t)l->person[which], (uint64_t)l->photo[which],
                         IDI_TEST_SIZE, &face, NULL, NULL));
    OK(idi_identity_from_image(world.recogniser, &face, &identity));
    idi_bitmap_free(world.context, &face);
    return identity;
}

/* The line's image through the calls that anybody has. */
static idi_identity *made_by_hand(const listed *l)
{
    static uint8_t rgb[IDI_TEST_VALUES];
    idi_bitmap photo, labels, made = {rgb, IDI_TEST_SIZE, IDI_TEST_SIZE, 3};
    idi_style *style;
    idi_identity *own = identity_of(l, 0), *token = identity_of(l, 2), *who, *seen;
    idi_session *session = idi_test_session(world.generator, 1);
    idi_generate run;
    OK(idi_portrait_draw(world.context, (uint64_t)l->person[0], (uint64_t)l->photo[0],
                         IDI_TEST_SIZE, &photo, &labels, NULL));
    OK(idi_style_from_image(world.generator, &photo, &labels, &style));
    OK(idi_identity_slerp(own, token, isnan(l->strength) ? 0.0 : l->strength, &who));
    idi_generate_init(&run);
    run.labels = labels.data;
    run.styles = (const idi_style *const *)&style;
    run.identities = (const idi_identity *const *)&who;
    run.rgb_out = rgb;
    OK(idi_session_generate(session, &run));
    if (strcmp(l->condition, "photograph") == 0) memcpy(rgb, photo.data, sizeof rgb);
    OK(idi_identity_from_image(world.recogniser, &made, &seen));
    idi_session_destroy(&session);
    idi_identity_destroy(&own);
    idi_identity_destroy(&token);
    idi_identity_destroy(&who);
    idi_style_destroy(&style);
    idi_bitmap_free(world.context, &photo);
    idi_bitmap_free(world.context, &labels);
    return seen;
}

static void expect_similarity(const idi_identity *seen, const listed *l, int which,
                              double listed_as)
{
    double cosine;
    idi_identity *other = identity_of(l, which);
    OK(idi_identity_similarity(seen, other, &cosine));
    cr_expect_float_eq(cosine, listed_as, 2e-4, "%s %g, photograph %d: %.9g, listed as %.9g",
                       l->condition, l->strength, which, cosine, listed_as);
    idi_identity_destroy(&other);
}

/* The tolerance of similarities: a pixel may be rounded the other way in another batch. */
IDI_TEST(evaluate_generator, listed_scores_are_those_of_images_made_by_hand)
{
    listed lines[MOST_LINES];
    const idi_evaluate_options o = options_of(NULL, "scores.csv");
    const idi_model *recognisers[1] = {world.recogniser};
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &o, NULL));
    cr_assert_eq(read_scores(o.scores_path, lines), CONDITIONS * PAIRS);
    for (int i = 0; i < CONDITIONS * PAIRS; i += PAIRS - 1) {
        if (strcmp(lines[i].condition, "recoloured") == 0) continue;
        idi_identity *seen = made_by_hand(&lines[i]);
        expect_similarity(seen, &lines[i], 0, lines[i].to_image);
        expect_similarity(seen, &lines[i], 1, lines[i].to_first);
        expect_similarity(seen, &lines[i], 2, lines[i].to_token);
        expect_similarity(seen, &lines[i], 3, lines[i].to_second);
        idi_identity_destroy(&seen);
    }
}

static double number_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_object(value)) value = json_object_get(value, "value");
    cr_assert(json_is_number(value), "%s is no number", name);
    return json_number_value(value);
}

/* Means and rates of `count` lines against one recogniser's entry. */
static void check_entry(const json_t *judged, const listed *lines, double threshold)
{
    double success = 0.0, passes = 0.0, mean = 0.0, rank1 = 0.0;
    for (int i = 0; i < PAIRS; i++) {
        success += lines[i].to_second >= threshold;
        passes += lines[i].to_first >= threshold;
        mean += lines[i].to_second;
        rank1 += lines[i].rank1;
    }
    const json_t *at = json_array_get(json_object_get(judged, "at_far"), 0);
    cr_expect_float_eq(number_at(judged, "to_second"), mean / PAIRS, 1e-12);
    cr_expect_float_eq(number_at(judged, "rank1"), rank1 / PAIRS, 1e-12);
    cr_expect_float_eq(number_at(at, "success"), success / PAIRS, 1e-12);
    cr_expect_float_eq(number_at(at, "passes"), passes / PAIRS, 1e-12);
    cr_expect_float_eq(number_at(at, "dodges"), 1.0 - passes / PAIRS, 1e-12);
}

IDI_TEST(evaluate_generator, rates_follow_from_the_listed_scores)
{
    listed lines[MOST_LINES];
    idi_model *other;
    idi_evaluate_options o = options_of("report.json", "scores.csv");
    idi_generator_result r = {.struct_size = sizeof r};
    OK(idi_model_load(world.context, idi_test_recogniser_file("other.safetensors", 9, 16), &other));
    const idi_model *recognisers[2] = {world.recogniser, other};
    o.sheet_path = idi_test_path("sheet.png");
    OK(idi_evaluate_generator(world.generator, recognisers, 2, &o, &r));
    cr_assert_eq(read_scores(o.scores_path, lines), 2 * CONDITIONS * PAIRS);
    json_t *root = json_load_file(o.report_path, 0, NULL);
    const json_t *conditions = json_object_get(root, "conditions");
    cr_assert_eq(json_array_size(conditions), CONDITIONS);
    for (size_t c = 0; c < CONDITIONS; c++)
        for (size_t k = 0; k < 2; k++) {
            const json_t *rates = json_object_get(
                json_array_get(json_object_get(root, "recognisers"), k), "tar_at_far");
            const json_t *judged =
                json_array_get(json_object_get(json_array_get(conditions, c), "recognisers"), k);
            check_entry(judged, lines + (2 * c + k) * PAIRS,
                        number_at(json_array_get(rates, 0), "threshold"));
        }
    cr_expect_eq(r.pairs, PAIRS);
    cr_expect_eq(r.recogniser_count, 2);
    cr_expect_float_eq(
        r.recognisers[1].to_second.value,
        number_at(json_array_get(json_object_get(json_array_get(conditions, 3), "recognisers"), 1),
                  "to_second"),
        1e-15);
    idi_bitmap sheet;
    OK(idi_bitmap_load(world.context, o.sheet_path, &sheet));
    cr_expect(sheet.width == (CONDITIONS + 1) * IDI_TEST_SIZE &&
              sheet.height == PAIRS * IDI_TEST_SIZE);
    idi_bitmap_free(world.context, &sheet);
    json_decref(root);
    idi_model_destroy(&other);
}

IDI_TEST(evaluate_generator, threads_change_no_byte_and_batches_little)
{
    listed a[MOST_LINES], b[MOST_LINES];
    idi_evaluate_options one = options_of("one.json", "one.csv");
    idi_evaluate_options other = options_of("other.json", "other.csv");
    const idi_model *recognisers[1] = {world.recogniser};
    size_t one_size, other_size;
    other.thread_count = 0;
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &one, NULL));
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &other, NULL));
    unsigned char *x = idi_test_read(one.report_path, &one_size);
    unsigned char *y = idi_test_read(other.report_path, &other_size);
    cr_expect(one_size == other_size && memcmp(x, y, one_size) == 0);
    free(x);
    free(y);
    other.batch = 3;
    other.thread_count = 2;
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &other, NULL));
    const int count = read_scores(one.scores_path, a);
    cr_assert_eq(read_scores(other.scores_path, b), count);
    for (int i = 0; i < count; i++)
        cr_expect_float_eq(a[i].to_second, b[i].to_second, 2e-4);
}

IDI_TEST(evaluate_generator, without_identity_there_is_the_own_image_alone)
{
    listed lines[MOST_LINES];
    idi_model *plain;
    const idi_evaluate_options o = options_of(NULL, "scores.csv");
    const idi_model *recognisers[1] = {world.recogniser};
    idi_generator_result r = {.struct_size = sizeof r};
    OK(idi_model_load(world.context,
                      idi_test_generator_file("plain.safetensors", "ca2sis", 3, NULL), &plain));
    OK(idi_evaluate_generator(plain, recognisers, 1, &o, &r));
    cr_expect_eq(read_scores(o.scores_path, lines), 3 * PAIRS);
    cr_expect_str_eq(lines[2 * PAIRS].condition, "own");
    cr_expect_eq(r.own_ssim, r.attack_ssim);
    idi_model_destroy(&plain);
}

/* Behind the lines of the images as they are: their views in order, the second person's photograph
 * last in each. As it is, its cosine to itself is 1. */
IDI_TEST(evaluate_generator, degraded_lines_follow_and_change_no_other)
{
    listed before[MOST_LINES];
    static listed after[MOST_LINES];
    idi_evaluate_options o = options_of(NULL, "before.csv");
    const idi_model *recognisers[1] = {world.recogniser};
    enum { LINES = CONDITIONS * PAIRS, SHOWN = LINES + PAIRS };
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &o, NULL));
    cr_assert_eq(read_scores(o.scores_path, before), LINES);
    o = options_of("robust.json", "robust.csv");
    o.robustness = 1;
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &o, NULL));
    cr_assert_eq(read_scores(o.scores_path, after), IDI_DEGRADATIONS * SHOWN);
    for (int i = 0; i < LINES; i++)
        cr_expect_float_eq(before[i].to_second, after[i].to_second, 0.0);
    for (int i = LINES; i < SHOWN; i++) {
        cr_expect_str_eq(after[i].condition, "second");
        cr_expect_float_eq(after[i].to_token, 1.0, 1e-6);
    }
    json_t *root = json_load_file(o.report_path, 0, NULL);
    const json_t *views = json_object_get(root, "robustness");
    const json_t *recogniser = json_array_get(json_object_get(root, "recognisers"), 0);
    const double threshold =
        number_at(json_array_get(json_object_get(recogniser, "tar_at_far"), 0), "threshold");
    cr_assert_eq(json_array_size(views), IDI_DEGRADATIONS);
    for (int v = 0; v < IDI_DEGRADATIONS; v++)
        for (int c = 0; c <= CONDITIONS; c++) {
            const json_t *shown = json_array_get(
                json_object_get(json_array_get(views, (size_t)v), "conditions"), (size_t)c);
            check_entry(json_array_get(json_object_get(shown, "recognisers"), 0),
                        after + v * SHOWN + c * PAIRS, threshold);
        }
    json_decref(root);
}

/* A photograph's line, by the public calls. */
IDI_TEST(evaluate_generator, degraded_scores_are_those_of_pictures_degraded_by_hand)
{
    static listed lines[MOST_LINES];
    idi_evaluate_options o = options_of(NULL, "scores.csv");
    const idi_model *recognisers[1] = {world.recogniser};
    o.robustness = 1;
    o.seed = 3;
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &o, NULL));
    cr_assert_eq(read_scores(o.scores_path, lines), IDI_DEGRADATIONS * (CONDITIONS + 1) * PAIRS);
    for (int v = 0; v < IDI_DEGRADATIONS; v++) {
        const listed *l = &lines[v * (CONDITIONS + 1) * PAIRS];
        idi_bitmap photo, degraded;
        idi_identity *seen;
        cr_assert_str_eq(l->condition, "photograph");
        OK(idi_portrait_draw(world.context, (uint64_t)l->person[0], (uint64_t)l->photo[0],
                             IDI_TEST_SIZE, &photo, NULL, NULL));
        OK(idi_bitmap_degrade(world.context, &photo, (idi_degradation)v, 3, &degraded));
        OK(idi_identity_from_image(world.recogniser, &degraded, &seen));
        expect_similarity(seen, l, 0, l->to_image);
        expect_similarity(seen, l, 3, l->to_second);
        idi_identity_destroy(&seen);
        idi_bitmap_free(world.context, &degraded);
        idi_bitmap_free(world.context, &photo);
    }
}

IDI_TEST(evaluate_generator, refuses_what_does_not_fit)
{
    idi_evaluate_options o = options_of(NULL, NULL);
    const idi_model *good[1] = {world.recogniser}, *bad[1] = {world.generator};
    const double broken[1] = {(double)NAN};
    idi_model *other;
    OK(idi_model_load(world.context, idi_test_recogniser_file("other.safetensors", 9, 16), &other));
    const idi_model *foreign[1] = {other};
    IDI_REFUSED(idi_evaluate_generator(NULL, good, 1, &o, NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_evaluate_generator(world.recogniser, good, 1, &o, NULL), IDI_ERR_ARG,
                "want a generator");
    IDI_REFUSED(idi_evaluate_generator(world.generator, bad, 1, &o, NULL), IDI_ERR_ARG,
                "want a recogniser");
    IDI_REFUSED(idi_evaluate_generator(world.generator, good, 0, &o, NULL), IDI_ERR_ARG,
                "0 recognisers");
    IDI_REFUSED(idi_evaluate_generator(world.generator, foreign, 1, &o, NULL), IDI_ERR_ENCODER,
                "16 numbers");
    o.attacks = 0;
    IDI_REFUSED(idi_evaluate_generator(world.generator, good, 1, &o, NULL), IDI_ERR_ARG,
                "0 attack pairs");
    o = options_of(NULL, NULL);
    o.strengths = broken;
    o.strength_count = 1;
    IDI_REFUSED(idi_evaluate_generator(world.generator, good, 1, &o, NULL), IDI_ERR_ARG,
                "strength 0");
    o.strength_count = 17;
    IDI_REFUSED(idi_evaluate_generator(world.generator, good, 1, &o, NULL), IDI_ERR_ARG,
                "17 strengths");
    idi_model_destroy(&other);
}
