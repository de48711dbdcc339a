/* SPDX-License-Identifier: Apache-2.0 */
/* tests/data/test_portrait.c - procedural portraits: same bytes everywhere, labels, landmarks. */
#include "data/portrait.h"
#include "data/portrait_cues.h"
#include "data/portrait_math.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(portrait);

enum { SIDE = 128 };

static uint8_t rgb[2 * SIDE * 2 * SIDE * 3], other[2 * SIDE * 2 * SIDE * 3];
static uint8_t labels[2 * SIDE * 2 * SIDE], other_labels[2 * SIDE * 2 * SIDE];

static uint64_t fnv(uint64_t hash, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * 1099511628211ULL;
    return hash;
}

static uint64_t render_hash(uint64_t identity, uint64_t photo, int64_t size)
{
    const size_t pixels = (size_t)(size * size);
    cr_assert_eq(idi_portrait_render(identity, photo, size, rgb, labels, NULL), IDI_OK);
    return fnv(fnv(14695981039346656037ULL, rgb, 3 * pixels), labels, pixels);
}

/* Every platform must make these bytes. A change of the drawing changes the pins: print the new
 * ones, look at the pictures, and replace them together with every number measured on them. */
Test(portrait, bytes_are_pinned)
{
    static const struct pin {
        uint64_t identity, photo;
        int64_t size;
        uint64_t hash;
    } pins[] = {
        {1, 1, 64, 0x76200655a00b83ed},
        {2, 9, 64, 0x527d7b9f58622b9f},
        {3, 5, 96, 0xf2a43b530ea5d317},
        {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 33, 0x7367dcbd6e191a4d},
        {1234567890123, 77, 128, 0x2eeee26023e89c95},
    };
    for (size_t i = 0; i < sizeof pins / sizeof *pins; i++) {
        const struct pin *p = &pins[i];
        const uint64_t got = render_hash(p->identity, p->photo, p->size);
        cr_expect_eq(got, p->hash, "person %llu, photo %llu, size %lld: hash 0x%016llx",
                     (unsigned long long)p->identity, (unsigned long long)p->photo,
                     (long long)p->size, (unsigned long long)got);
    }
}

Test(portrait, depends_on_seeds_and_nothing_else)
{
    const uint64_t first = render_hash(7, 3, 64);
    cr_assert_neq(render_hash(7, 4, 64), first, "another photo is another picture");
    cr_assert_neq(render_hash(8, 3, 64), first, "another person is another picture");
    memset(rgb, 0xAA, sizeof rgb);
    memset(labels, 0xAA, sizeof labels);
    cr_assert_eq(render_hash(7, 3, 64), first);
    cr_assert_eq(rgb[3 * 64 * 64], 0xAA, "wrote past the image");
    cr_assert_eq(labels[64 * 64], 0xAA, "wrote past the labels");
}

Test(portrait, labels_and_landmarks_are_optional)
{
    idi_portrait_landmarks marks;
    cr_assert_eq(idi_portrait_render(5, 6, 48, rgb, labels, &marks), IDI_OK);
    cr_assert_eq(idi_portrait_render(5, 6, 48, other, NULL, NULL), IDI_OK);
    cr_assert_arr_eq(rgb, other, 48 * 48 * 3);
}

Test(portrait, refuses_bad_arguments)
{
    static const int64_t bad[] = {-1, 0, 31, 1025, INT64_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(idi_portrait_render(1, 1, bad[i], rgb, labels, NULL), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), "32..1024") != NULL, "%s", idi_last_error());
    cr_expect_eq(idi_portrait_render(1, 1, 64, NULL, labels, NULL), IDI_ERR_ARG);
    idi_portrait_person person;
    idi_portrait_person_from_seed(1, &person);
    cr_expect_eq(idi_portrait_render_params(&person, NULL, 64, rgb, labels, NULL), IDI_ERR_ARG);
}

Test(portrait, all_classes_occur_and_no_other_value)
{
    int64_t photos_with[256] = {0};
    for (uint64_t i = 0; i < 150; i++) {
        bool seen[256] = {false};
        cr_assert_eq(idi_portrait_render(i / 3, i, 64, rgb, labels, NULL), IDI_OK);
        for (int at = 0; at < 64 * 64; at++)
            seen[labels[at]] = true;
        for (int c = 0; c < 256; c++)
            photos_with[c] += seen[c];
    }
    for (int c = 0; c < IDI_PORTRAIT_CLASSES; c++)
        cr_expect_geq(photos_with[c], 3, "class %d is in %lld of 150", c,
                      (long long)photos_with[c]);
    for (int c = IDI_PORTRAIT_CLASSES; c < 256; c++)
        cr_expect_eq(photos_with[c], 0, "label %d", c);
}

static int label_at(float x, float y, int64_t size)
{
    const int64_t column = (int64_t)(x + 0.5F), row = (int64_t)(y + 0.5F);
    cr_assert(column >= 0 && column < size && row >= 0 && row < size, "landmark outside");
    return labels[row * size + column];
}

Test(portrait, landmarks_lie_on_their_features)
{
    int eyes = 0, noses = 0, mouths = 0, corners = 0;
    enum { PHOTOS = 60 };
    for (uint64_t i = 0; i < PHOTOS; i++) {
        idi_portrait_person person;
        idi_portrait_photo photo;
        idi_portrait_landmarks m;
        idi_portrait_person_from_seed(i, &person);
        idi_portrait_photo_from_seed(i, 100 + i, &photo);
        photo.glasses_wish = 1;
        photo.blink = 0;
        cr_assert_eq(idi_portrait_render_params(&person, &photo, SIDE, rgb, labels, &m), IDI_OK);
        eyes += label_at(m.x[0], m.y[0], SIDE) == IDI_LABEL_L_EYE;
        eyes += label_at(m.x[1], m.y[1], SIDE) == IDI_LABEL_R_EYE;
        noses += label_at(m.x[2], m.y[2], SIDE) == IDI_LABEL_NOSE;
        const float mid_x = (m.x[3] + m.x[4]) / 2, mid_y = (m.y[3] + m.y[4]) / 2;
        bool found = false;
        for (float dy = -2; dy <= 6; dy++) {
            const int label = label_at(mid_x, mid_y + dy, SIDE);
            found |= label >= IDI_LABEL_MOUTH && label <= IDI_LABEL_LOWER_LIP;
        }
        mouths += found;
        for (int k = 3; k < 5; k++) { /* the tip itself is thinner than a pixel: look inward */
            const int step = k == 3 ? 1 : -1;
            bool lip = false;
            for (int dx = 0; dx < 6; dx++)
                for (int dy = -3; dy <= 3; dy++) {
                    const int label =
                        label_at(m.x[k] + (float)(step * dx), m.y[k] + (float)dy, SIDE);
                    lip |= label >= IDI_LABEL_MOUTH && label <= IDI_LABEL_LOWER_LIP;
                }
            corners += lip;
        }
    }
    cr_expect_geq(eyes, 2 * PHOTOS - 3, "%d", eyes);
    cr_expect_eq(noses, PHOTOS, "%d", noses);
    cr_expect_eq(mouths, PHOTOS, "%d", mouths);
    cr_expect_geq(corners, 2 * PHOTOS - 3, "%d", corners);
}

Test(portrait, closed_eyes_and_sunglasses_hide_the_eyes)
{
    idi_portrait_person person;
    idi_portrait_photo photo;
    idi_portrait_landmarks m;
    idi_portrait_person_from_seed(2, &person);
    idi_portrait_photo_from_seed(2, 0, &photo);
    photo.hat_wish = 1;
    photo.glasses_wish = 1;
    photo.blink = 1;
    cr_assert_eq(idi_portrait_render_params(&person, &photo, SIDE, rgb, labels, &m), IDI_OK);
    cr_expect_eq(label_at(m.x[0], m.y[0], SIDE), IDI_LABEL_SKIN);
    photo.blink = 0;
    photo.glasses_wish = 0;
    photo.glasses_kind = 0.99;
    cr_assert_eq(idi_portrait_render_params(&person, &photo, SIDE, rgb, labels, &m), IDI_OK);
    cr_expect_eq(label_at(m.x[0], m.y[0], SIDE), IDI_LABEL_GLASSES);
    photo.glasses_kind = 0;
    cr_assert_eq(idi_portrait_render_params(&person, &photo, SIDE, rgb, labels, &m), IDI_OK);
    cr_expect_eq(label_at(m.x[0], m.y[0], SIDE), IDI_LABEL_L_EYE);
}

Test(portrait, framing_is_that_of_aligned_faces)
{
    static const double want_x[5] = {0.377, 0.624, 0.501, 0.393, 0.612};
    static const double want_y[5] = {0.469, 0.469, 0.613, 0.725, 0.725};
    double sum_x[5] = {0}, sum_y[5] = {0};
    enum { PHOTOS = 200 };
    for (uint64_t i = 0; i < PHOTOS; i++) {
        idi_portrait_landmarks m;
        cr_assert_eq(idi_portrait_render(i, i, 32, rgb, NULL, &m), IDI_OK);
        for (int k = 0; k < 5; k++) {
            sum_x[k] += ((double)m.x[k] + 0.5) / 32 / PHOTOS;
            sum_y[k] += ((double)m.y[k] + 0.5) / 32 / PHOTOS;
        }
    }
    for (int k = 0; k < 5; k++) {
        cr_expect_float_eq(sum_x[k], want_x[k], 0.012, "point %d: x %.4f", k, sum_x[k]);
        cr_expect_float_eq(sum_y[k], want_y[k], 0.012, "point %d: y %.4f", k, sum_y[k]);
    }
}

Test(portrait, sizes_agree)
{
    for (uint64_t i = 0; i < 6; i++) {
        idi_portrait_person person;
        idi_portrait_photo photo;
        idi_portrait_person_from_seed(i, &person);
        idi_portrait_photo_from_seed(i, i, &photo);
        photo.noise = 0;
        idi_portrait_landmarks small, large;
        cr_assert_eq(idi_portrait_render_params(&person, &photo, SIDE, rgb, labels, &small),
                     IDI_OK);
        cr_assert_eq(
            idi_portrait_render_params(&person, &photo, 2 * SIDE, other, other_labels, &large),
            IDI_OK);
        double difference = 0;
        int disagree = 0;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                const int big = 2 * y * 2 * SIDE + 2 * x;
                disagree += labels[y * SIDE + x] != other_labels[big];
                for (int c = 0; c < 3; c++) {
                    const double mean =
                        (other[3 * big + c] + other[3 * (big + 1) + c] +
                         other[3 * (big + 2 * SIDE) + c] + other[3 * (big + 2 * SIDE + 1) + c]) /
                        4.0;
                    difference += absolute(mean - rgb[3 * (y * SIDE + x) + c]);
                }
            }
        cr_expect_lt(difference / (3.0 * SIDE * SIDE), 3.0, "mean difference %.2f of 255",
                     difference / (3.0 * SIDE * SIDE));
        cr_expect_lt(disagree, SIDE * SIDE * 4 / 100, "%d labels differ", disagree);
        cr_expect_float_eq((double)large.x[2] + 0.5, 2 * ((double)small.x[2] + 0.5), 1e-3);
    }
}

/* Sliders of a seed lie in their range, so that a mixture of persons is a person. */
Test(portrait, sliders_stay_in_range)
{
    for (uint64_t seed = 0; seed < 500; seed++) {
        idi_portrait_person p;
        idi_portrait_person_from_seed(seed, &p);
        const size_t first = offsetof(idi_portrait_person, masculine);
        for (size_t at = first; at < sizeof p; at += sizeof(double)) {
            double value;
            memcpy(&value, (const char *)&p + at, sizeof value);
            cr_assert(value >= -1 && value <= 1, "seed %llu, offset %zu: %g",
                      (unsigned long long)seed, at, value);
        }
    }
}

/* The members of two persons that differ, as numbers of 8 bytes; both persons have none alike. */
static size_t count_differing(const idi_portrait_person *a, const idi_portrait_person *b)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof *a; i += sizeof(double))
        count += memcmp((const char *)a + i, (const char *)b + i, sizeof(double)) != 0;
    return count;
}

Test(portrait, cues_share_no_member_and_leave_none_out)
{
    static const unsigned cues[] = {IDI_CUE_COLOUR, IDI_CUE_TEXTURE, IDI_CUE_INNER,
                                    IDI_CUE_OUTLINE};
    idi_portrait_person person, stranger, mixed;
    memset(&person, 1, sizeof person);
    memset(&stranger, 2, sizeof stranger);
    size_t sum = 0;
    for (size_t i = 0; i < sizeof cues / sizeof cues[0]; i++) {
        mixed = person;
        idi_portrait_replace(&mixed, &stranger, cues[i]);
        sum += count_differing(&mixed, &person);
    }
    cr_assert_eq(sum, sizeof person / sizeof(double));
    mixed = person;
    idi_portrait_replace(&mixed, &stranger, 0);
    cr_assert_eq(count_differing(&mixed, &person), 0);
    idi_portrait_replace(&mixed, &stranger, IDI_CUE_ALL);
    cr_assert_eq(count_differing(&mixed, &stranger), 0);
}

Test(portrait, approximations_are_close)
{
    for (int i = -4000; i <= 4000; i++) {
        const double x = i / 1000.0;
        cr_assert_float_eq(sin_turn(x), sin(6.283185307179586 * x), 1e-5, "%g", x);
        cr_assert_eq(floor_int(x), (int32_t)floor(x));
        if (i > -1000 && i < 1000) {
            cr_assert_float_eq(sin_small(x), sin(x), 1e-5);
            cr_assert_float_eq(cos_small(x), cos(x), 1e-5);
        }
        const double n = noise(5, x * 7, -x * 3);
        cr_assert(n >= -1 && n <= 1);
    }
}
