/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_leverage.c - what carries the person: each row of the report from images made by hand
 * through the public calls, and the identity's row from the attack on the same pairs. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(leverage);

static void (*const open_world)(void) = idi_test_open_models;

enum { PAIRS = 3, CLASSES = 19, ALL_STYLES = CLASSES, IDENTITY, ROWS, FIRST = 0, SECOND = 1 };

static idi_evaluate_options options_of(int64_t leverage)
{
    idi_evaluate_options o;
    idi_evaluate_options_init(&o);
    o.data.first_person = 300;
    o.data.people = 10;
    o.data.photos = 4;
    o.replicates = 100;
    o.attacks = PAIRS;
    o.leverage = leverage;
    o.batch = 4; /* rows do not divide by it */
    o.report_path = idi_test_path("report.json");
    o.scores_path = idi_test_path("scores.csv");
    return o;
}

/* --- by hand ---------------------------------------------------------------------------------- */

/* Photographs of a pair by (person, photo): image, image_check, token, token_check. */
typedef struct pair {
    int person[4], photo[4];
} pair;

/* The pairs in the report's order, from the lines of the images with the own identity. */
static void read_pairs(const char *path, pair pairs[PAIRS])
{
    char text[1024];
    int count = 0;
    FILE *stream = fopen(path, "r");
    cr_assert_not_null(stream);
    while (fgets(text, sizeof text, stream)) {
        if (strncmp(text, "own,", 4) != 0) continue;
        cr_assert(count < PAIRS);
        pair *p = &pairs[count++];
        cr_assert_eq(sscanf(text,
                            "own,,%*[0-9a-f],person %d photo %d,person %d photo %d,person %d photo "
                            "%d,person %d photo %d",
                            &p->person[0], &p->photo[0], &p->person[1], &p->photo[1], &p->person[2],
                            &p->photo[2], &p->person[3], &p->photo[3]),
                     8, "%s", text);
    }
    (void)fclose(stream);
    cr_assert_eq(count, PAIRS);
}

/* A photograph with everything that is made of it. */
typedef struct sitting {
    idi_bitmap photo, labels;
    idi_style *style;
    idi_identity *identity;
    bool has[CLASSES];
    double area[CLASSES];
} sitting;

static void sit(const pair *p, int which, sitting *s)
{
    *s = (sitting){.style = NULL};
    OK(idi_portrait_draw(world.context, (uint64_t)p->person[which], (uint64_t)p->photo[which],
                         IDI_TEST_SIZE, &s->photo, &s->labels, NULL));
    OK(idi_style_from_image(world.generator, &s->photo, &s->labels, &s->style));
    OK(idi_identity_from_image(world.recogniser, &s->photo, &s->identity));
    for (int i = 0; i < IDI_TEST_PIXELS; i++) {
        s->has[s->labels.data[i]] = true;
        s->area[s->labels.data[i]] += 1.0 / IDI_TEST_PIXELS;
    }
}

static void stand(sitting *s)
{
    idi_identity_destroy(&s->identity);
    idi_style_destroy(&s->style);
    idi_bitmap_free(world.context, &s->labels);
    idi_bitmap_free(world.context, &s->photo);
}

static idi_style *mixed_style(const sitting *first, const sitting *second, int row)
{
    static float codes[CLASSES * 256];
    int64_t classes, width;
    idi_style *style;
    const float *own = idi_style_data(first->style, &classes, &width);
    const float *other = idi_style_data(second->style, &classes, &width);
    cr_assert(classes == CLASSES && width <= 256);
    for (int c = 0; c < CLASSES; c++) {
        const bool is_taken = first->has[c] && second->has[c] && (row == c || row == ALL_STYLES);
        memcpy(codes + c * width, (is_taken ? other : own) + c * width,
               (size_t)width * sizeof *codes);
    }
    OK(idi_style_from_array(world.context, codes, classes, width, &style));
    return style;
}

/* Cosines to the other photographs of the two; row -1 exchanges nothing. */
static void see(const sitting at[4], int row, double cosine_out[2])
{
    static uint8_t rgb[IDI_TEST_VALUES];
    const idi_bitmap made = {rgb, IDI_TEST_SIZE, IDI_TEST_SIZE, 3};
    idi_session *session = idi_test_session(world.generator, 1);
    idi_style *style = mixed_style(&at[0], &at[2], row);
    const idi_identity *who = at[row == IDENTITY ? 2 : 0].identity;
    idi_identity *seen;
    idi_generate run;
    idi_generate_init(&run);
    run.labels = at[0].labels.data;
    run.styles = (const idi_style *const *)&style;
    run.identities = &who;
    run.rgb_out = rgb;
    OK(idi_session_generate(session, &run));
    OK(idi_identity_from_image(world.recogniser, &made, &seen));
    OK(idi_identity_similarity(seen, at[1].identity, &cosine_out[FIRST]));
    OK(idi_identity_similarity(seen, at[3].identity, &cosine_out[SECOND]));
    idi_identity_destroy(&seen);
    idi_style_destroy(&style);
    idi_session_destroy(&session);
}

typedef struct row {
    double moved[2], area;
    int pairs;
} row;

static void add_pair(const pair *p, row rows[ROWS])
{
    sitting at[4];
    double whole[2], cosine[2], shared = 0.0;
    for (int i = 0; i < 4; i++)
        sit(p, i, &at[i]);
    for (int c = 0; c < CLASSES; c++)
        if (at[2].has[c]) shared += at[0].area[c];
    see(at, -1, whole);
    for (int r = 0; r < ROWS; r++) {
        if (r < CLASSES && !(at[0].has[r] && at[2].has[r])) continue;
        see(at, r, cosine);
        for (int side = 0; side < 2; side++)
            rows[r].moved[side] += cosine[side] - whole[side];
        rows[r].area += r < CLASSES ? at[0].area[r] : r == ALL_STYLES ? shared : 1.0;
        rows[r].pairs++;
    }
    for (int i = 0; i < 4; i++)
        stand(&at[i]);
}

/* --- the report ------------------------------------------------------------------------------- */

static double number_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_object(value)) value = json_object_get(value, "value");
    cr_assert(json_is_number(value), "%s is no number", name);
    return json_number_value(value);
}

static const char *name_of(int r)
{
    return r == ALL_STYLES ? "all styles" : r == IDENTITY ? "identity" : idi_class_name(r);
}

static void expect_row(const json_t *object, const row *want, int r)
{
    const json_t *judged = json_array_get(json_object_get(object, "recognisers"), 0);
    const char *name = json_string_value(json_object_get(object, "exchanged"));
    cr_expect_str_eq(name, name_of(r));
    cr_expect_eq((int)number_at(object, "pairs"), want->pairs, "%s", name);
    if (want->pairs < 2) { /* no interval, so no number */
        cr_expect(json_is_null(json_object_get(judged, "to_first")));
        return;
    }
    cr_expect_float_eq(number_at(object, "area"), want->area / want->pairs, 1e-9, "%s", name);
    /* A pixel may be rounded the other way in another batch. */
    cr_expect_float_eq(number_at(judged, "to_first"), want->moved[FIRST] / want->pairs, 3e-4, "%s",
                       name);
    cr_expect_float_eq(number_at(judged, "to_second"), want->moved[SECOND] / want->pairs, 3e-4,
                       "%s", name);
    const json_t *moved = json_object_get(judged, "to_second");
    cr_expect(number_at(moved, "low") <= number_at(moved, "value") &&
              number_at(moved, "value") <= number_at(moved, "high"));
}

/* Row `identity` is the attack at full strength, once more. */
static void expect_attack(const json_t *root, const json_t *identity)
{
    const json_t *conditions = json_object_get(root, "conditions");
    const json_t *own = json_array_get(conditions, 2), *injected = json_array_get(conditions, 3);
    double to_second[2];
    for (int i = 0; i < 2; i++)
        to_second[i] = number_at(
            json_array_get(json_object_get(i ? injected : own, "recognisers"), 0), "to_second");
    cr_expect_float_eq(
        number_at(json_array_get(json_object_get(identity, "recognisers"), 0), "to_second"),
        to_second[1] - to_second[0], 3e-4);
    cr_expect_float_eq(number_at(identity, "ssim"),
                       number_at(json_object_get(injected, "look"), "ssim"), 1e-4);
}

IDI_TEST(leverage, rows_are_those_of_images_made_by_hand)
{
    pair pairs[PAIRS];
    row rows[ROWS] = {{.pairs = 0}};
    const idi_evaluate_options o = options_of(PAIRS + 5);
    const idi_model *recognisers[1] = {world.recogniser};
    OK(idi_evaluate_generator(world.generator, recognisers, 1, &o, NULL));
    read_pairs(o.scores_path, pairs);
    for (int i = 0; i < PAIRS; i++)
        add_pair(&pairs[i], rows);
    json_t *root = json_load_file(o.report_path, 0, NULL);
    const json_t *leverage = json_object_get(root, "leverage");
    const json_t *list = json_object_get(leverage, "rows");
    cr_expect_eq((int)number_at(leverage, "pairs"), PAIRS);
    cr_assert_eq(json_array_size(list), ROWS);
    for (int r = 0; r < ROWS; r++)
        expect_row(json_array_get(list, (size_t)r), &rows[r], r);
    expect_attack(root, json_array_get(list, IDENTITY));
    json_decref(root);
}

IDI_TEST(leverage, without_identity_there_is_no_such_row)
{
    idi_model *plain;
    idi_evaluate_options o = options_of(2);
    const idi_model *recognisers[1] = {world.recogniser};
    OK(idi_model_load(world.context,
                      idi_test_generator_file("plain.safetensors", "ca2sis", 3, NULL), &plain));
    OK(idi_evaluate_generator(plain, recognisers, 1, &o, NULL));
    json_t *root = json_load_file(o.report_path, 0, NULL);
    const json_t *list = json_object_get(json_object_get(root, "leverage"), "rows");
    cr_assert_eq(json_array_size(list), ROWS - 1);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_array_get(list, ALL_STYLES), "exchanged")),
        "all styles");
    json_decref(root);
    o.leverage = -1;
    IDI_REFUSED(idi_evaluate_generator(plain, recognisers, 1, &o, NULL), IDI_ERR_ARG,
                "leverage of -1");
    idi_model_destroy(&plain);
}
