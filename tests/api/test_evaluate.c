/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_evaluate.c - evaluations from outside: the report's numbers follow from the listed
 * scores, these from the pictures; batches and threads change nothing; refusals and stopping. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(evaluate);

static void (*const open_world)(void) = idi_test_open_models;

enum { PEOPLE = 8, PHOTOS = 3, MOST_PAIRS = 512 };

/* Few replicates: the tests are about the arithmetic. */
static idi_evaluate_options options_of(const char *report, const char *scores)
{
    idi_evaluate_options o;
    idi_evaluate_options_init(&o);
    o.data.size = IDI_TEST_SIZE;
    o.data.first_person = 100;
    o.data.people = PEOPLE;
    o.data.photos = PHOTOS;
    o.replicates = 100;
    o.report_path = report ? idi_test_path(report) : NULL;
    o.scores_path = scores ? idi_test_path(scores) : NULL;
    return o;
}

/* A line of scores.csv. */
typedef struct listed {
    bool is_genuine;
    int first_person, first_photo, second_person, second_photo;
    int first, second; /* people as the report numbers them */
    double score;
} listed;

static int read_scores(const char *path, listed *lines)
{
    char text[256], kind[16];
    int count = 0;
    FILE *stream = fopen(path, "r");
    cr_assert_not_null(stream);
    cr_assert_not_null(fgets(text, sizeof text, stream));
    cr_assert_str_eq(text, "kind,first,second,first_person,second_person,score\n");
    while (fgets(text, sizeof text, stream)) {
        listed *l = &lines[count++];
        cr_assert_leq(count, MOST_PAIRS);
        cr_assert_eq(sscanf(text, "%15[a-z],person %d photo %d,person %d photo %d,%d,%d,%lf", kind,
                            &l->first_person, &l->first_photo, &l->second_person, &l->second_photo,
                            &l->first, &l->second, &l->score),
                     8, "%s", text);
        l->is_genuine = strcmp(kind, "genuine") == 0;
        cr_assert_eq(l->first_person, 100 + l->first);
        cr_assert_eq(l->is_genuine, l->first == l->second);
    }
    (void)fclose(stream);
    return count;
}

static idi_identity *identity_of(int person, int photo)
{
    idi_bitmap face;
    idi_identity *identity;
    OK(idi_portrait_draw(world.context, (uint64_t)person, (uint64_t)photo, IDI_TEST_SIZE, &face,
                         NULL, NULL));
    OK(idi_identity_from_image(world.recogniser, &face, &identity));
    idi_bitmap_free(world.context, &face);
    return identity;
}

static void same_file(const char *a, const char *b)
{
    size_t a_size, b_size;
    unsigned char *a_bytes = idi_test_read(a, &a_size), *b_bytes = idi_test_read(b, &b_size);
    cr_expect(a_size == b_size && memcmp(a_bytes, b_bytes, a_size) == 0, "%s and %s differ", a, b);
    free(a_bytes);
    free(b_bytes);
}

/* The plainest way to each number. */
static double accepted(const listed *lines, int count, bool is_genuine, double threshold)
{
    int all = 0, over = 0;
    for (int i = 0; i < count; i++) {
        if (lines[i].is_genuine != is_genuine) continue;
        all++;
        over += lines[i].score >= threshold;
    }
    return (double)over / all;
}

static double auc_of(const listed *lines, int count)
{
    double won = 0.0, all = 0.0;
    for (int g = 0; g < count; g++)
        for (int i = 0; lines[g].is_genuine && i < count; i++) {
            if (lines[i].is_genuine) continue;
            won += lines[g].score > lines[i].score   ? 1.0
                   : lines[g].score < lines[i].score ? 0.0
                                                     : 0.5;
            all += 1.0;
        }
    return won / all;
}

IDI_TEST(evaluate, numbers_follow_from_the_listed_scores)
{
    listed lines[MOST_PAIRS];
    const idi_evaluate_options o = options_of("report.json", "scores.csv");
    idi_recogniser_result r = {.struct_size = sizeof r};
    OK(idi_evaluate_recogniser(world.recogniser, &o, &r));
    const int count = read_scores(o.scores_path, lines);
    cr_expect_eq(r.people, PEOPLE);
    cr_expect_eq(r.photos, PEOPLE * PHOTOS);
    cr_expect_eq(r.genuine, PEOPLE / 2 * PHOTOS);
    cr_expect_eq(r.impostors, 6 * PHOTOS * PHOTOS);
    cr_expect_eq(count, r.genuine + r.impostors);
    cr_expect_float_eq(r.auc.value, auc_of(lines, count), 1e-12);
    cr_expect(!r.at[0].is_supported, "54 impostors are too few for a FAR of 1e-2");
    for (int i = 0; i < count; i++) { /* people either calibrate or are judged */
        for (int k = 0; lines[i].is_genuine && k < count; k++)
            cr_assert(lines[k].is_genuine ||
                      (lines[k].first != lines[i].first && lines[k].second != lines[i].first));
        if (i % 7) continue;
        double cosine;
        idi_identity *a = identity_of(lines[i].first_person, lines[i].first_photo);
        idi_identity *b = identity_of(lines[i].second_person, lines[i].second_photo);
        OK(idi_identity_similarity(a, b, &cosine));
        cr_expect_float_eq(cosine, lines[i].score, 1e-5);
        idi_identity_destroy(&a);
        idi_identity_destroy(&b);
    }
}

IDI_TEST(evaluate, thresholds_are_those_of_the_listed_impostors)
{
    static listed lines[4096];
    idi_evaluate_options o = options_of("report.json", "scores.csv");
    idi_recogniser_result r = {.struct_size = sizeof r};
    o.data.people = 10;
    o.data.photos = 4;
    OK(idi_evaluate_recogniser(world.recogniser, &o, &r));
    const int count = read_scores(o.scores_path, lines);
    json_t *root = json_load_file(o.report_path, 0, NULL);
    cr_assert_not_null(root);
    const json_t *at =
        json_array_get(json_object_get(json_object_get(root, "recogniser"), "tar_at_far"), 0);
    cr_assert(r.at[0].is_supported && !r.at[1].is_supported);
    cr_expect_eq(json_real_value(json_object_get(at, "threshold")), r.at[0].threshold);
    cr_expect_leq(accepted(lines, count, false, r.at[0].threshold), 0.01);
    cr_expect_gt(accepted(lines, count, false, nextafter(r.at[0].threshold, -1.0)), 0.01);
    cr_expect_float_eq(accepted(lines, count, true, r.at[0].threshold), r.at[0].tar.value, 1e-12);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_object_get(root, "protocol"), "pairs_hash")),
        r.pairs_hash);
    json_decref(root);
}

IDI_TEST(evaluate, threads_change_no_byte_and_batches_no_number)
{
    listed a[MOST_PAIRS], b[MOST_PAIRS];
    idi_evaluate_options one = options_of("one.json", "one.csv");
    idi_evaluate_options other = options_of("other.json", "other.csv");
    other.thread_count = 0;
    OK(idi_evaluate_recogniser(world.recogniser, &one, NULL));
    OK(idi_evaluate_recogniser(world.recogniser, &other, NULL));
    same_file(one.report_path, other.report_path);
    same_file(one.scores_path, other.scores_path);
    other.batch = 5;
    other.thread_count = 3;
    OK(idi_evaluate_recogniser(world.recogniser, &other, NULL));
    const int count = read_scores(one.scores_path, a);
    cr_assert_eq(read_scores(other.scores_path, b), count);
    for (int i = 0; i < count; i++)
        cr_expect_float_eq(a[i].score, b[i].score, 1e-5);
}

static int stop_at_second(void *user, const char *what, int64_t done, int64_t total)
{
    int *calls = user;
    cr_expect(what && done <= total);
    return ++*calls == 2;
}

IDI_TEST(evaluate, stops_where_it_is_told)
{
    int calls = 0;
    idi_evaluate_options o = options_of("report.json", "scores.csv");
    o.progress = stop_at_second;
    o.user = &calls;
    IDI_REFUSED(idi_evaluate_recogniser(world.recogniser, &o, NULL), IDI_ERR_CANCELLED,
                "stopped after 8 of 24 photographs");
    cr_expect_eq(calls, 2);
    cr_expect(!idi_test_exists(o.report_path) && !idi_test_exists(o.scores_path));
}

IDI_TEST(evaluate, refuses_options_out_of_range)
{
    idi_evaluate_options o = options_of(NULL, NULL);
    idi_recogniser_result r = {0};
    const idi_model *m = world.recogniser;
    IDI_REFUSED(idi_evaluate_recogniser(NULL, &o, NULL), IDI_ERR_ARG, "no recogniser");
    IDI_REFUSED(idi_evaluate_recogniser(world.generator, &o, NULL), IDI_ERR_ARG,
                "want a recogniser");
    IDI_REFUSED(idi_evaluate_recogniser(m, NULL, NULL), IDI_ERR_ARG, "struct_size");
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, &r), IDI_ERR_ARG, "struct_size");
    o.batch = 0;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "batch 0");
    o = options_of(NULL, NULL);
    o.replicates = 99;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "99 replicates");
    o = options_of(NULL, NULL);
    o.level = 1.0;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "level 1");
    o = options_of(NULL, NULL);
    o.thread_count = -1;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "-1 threads");
    o = options_of(NULL, NULL);
    o.calibration_share = 0.0;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "for calibration");
    o = options_of(NULL, NULL);
    o.data.people = 3;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "3 people");
}

IDI_TEST(evaluate, refuses_data_that_is_not_there)
{
    idi_evaluate_options o = options_of(NULL, NULL);
    const idi_model *m = world.recogniser;
    o.data.photos = 0;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "1 or more of both");
    o.data.photos = 1;
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "two photographs");
    o = options_of(NULL, NULL);
    o.data.source = "faces";
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "'faces'",
                "portraits, celebamask or paired");
    o.data.source = "paired";
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "want a folder");
    o.data.folder = idi_test_path("nowhere");
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_ARG, "identity_CelebA.txt");
    o.data.identities = idi_test_path("none.txt");
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_IO, "nowhere/images");
    o = options_of(NULL, NULL);
    o.report_path = idi_test_path("no/such/folder.json");
    IDI_REFUSED(idi_evaluate_recogniser(m, &o, NULL), IDI_ERR_IO, "folder.json");
}
