/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors and permutations. */
#include "data/mirror.h"
#include "data/permutation.h"
#include "data_support.h"

#include "support/random.h"

TestSuite(mirror);
TestSuite(permutation);

static void render(uint8_t *rgb, uint8_t *labels, idi_portrait_landmarks *landmarks)
{
    cr_assert(idi_portrait_render(3, 4, 33, rgb, labels, landmarks) == IDI_OK);
}

Test(mirror, twice_is_the_original)
{
    enum { S = 33 }; /* odd: the middle column stays */
    static uint8_t rgb[S * S * 3], again[S * S * 3], labels[S * S], twice[S * S];
    idi_portrait_landmarks landmarks, back;
    render(rgb, labels, &landmarks);
    for (int keeps = 0; keeps < 2; keeps++) {
        const idi_label_scheme *scheme = keeps ? NULL : idi_label_scheme_at(0);
        memcpy(again, rgb, sizeof rgb);
        memcpy(twice, labels, sizeof labels);
        back = landmarks;
        idi_mirror_rgb(again, S, S);
        idi_mirror_labels(twice, S, S, scheme);
        idi_mirror_landmarks(&back, S);
        cr_assert(memcmp(again, rgb, sizeof rgb) != 0);
        idi_mirror_rgb(again, S, S);
        idi_mirror_labels(twice, S, S, scheme);
        idi_mirror_landmarks(&back, S);
        cr_assert(memcmp(again, rgb, sizeof rgb) == 0);
        cr_assert(memcmp(twice, labels, sizeof labels) == 0);
        for (int i = 0; i < 5; i++) {
            cr_assert_float_eq(back.x[i], landmarks.x[i], 1e-4f);
            cr_assert(back.y[i] == landmarks.y[i]);
        }
    }
}

/* Written out, once, so that a table from the names is not the only judge. */
static const uint8_t exchanged[2][19] = {
    {0, 1, 2, 3, 5, 4, 7, 6, 9, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18},
    {0, 1, 3, 2, 5, 4, 6, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}};

Test(mirror, sides_are_exchanged)
{
    for (int s = 0; s < 2; s++) {
        uint8_t labels[19], kept[19];
        for (int i = 0; i < 19; i++)
            labels[i] = kept[i] = (uint8_t)i;
        idi_mirror_labels(labels, 19, 1, idi_label_scheme_at(s));
        idi_mirror_labels(kept, 19, 1, NULL);
        for (int i = 0; i < 19; i++) {
            cr_assert_eq(labels[18 - i], exchanged[s][i], "class %d of scheme %d", i, s);
            cr_assert_eq(kept[18 - i], i);
        }
    }
}

Test(mirror, left_stays_left)
{
    enum { S = 128 };
    static uint8_t rgb[S * S * 3], labels[S * S];
    idi_portrait_landmarks landmarks;
    cr_assert(idi_portrait_render(1, 1, S, rgb, labels, &landmarks) == IDI_OK);
    idi_mirror_labels(labels, S, S, idi_label_scheme_at(0));
    idi_mirror_landmarks(&landmarks, S);
    cr_assert(landmarks.x[0] < landmarks.x[1] && landmarks.x[3] < landmarks.x[4]);
    double sum[19] = {0}, count[19] = {0};
    for (int i = 0; i < S * S; i++) {
        sum[labels[i]] += i % S;
        count[labels[i]]++;
    }
    cr_assert(count[4] > 0 && count[5] > 0, "the portrait hides its eyes: take another");
    cr_assert_lt(sum[4] / count[4], sum[5] / count[5]);
    cr_assert_float_eq(sum[4] / count[4], (double)landmarks.x[0], 0.05 * S);
}

Test(permutation, each_place_once)
{
    static const int64_t counts[] = {1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 1000, 4097};
    static bool is_seen[5000];
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const idi_permutation p = {idi_test_seed(), c, counts[c]};
        memset(is_seen, 0, sizeof is_seen);
        for (int64_t i = 0; i < p.count; i++) {
            const int64_t at = idi_permutation_at(&p, i);
            cr_assert(at >= 0 && at < p.count && !is_seen[at]);
            is_seen[at] = true;
        }
    }
    const idi_permutation large = {1, 2, (int64_t)1 << 62};
    cr_assert(idi_permutation_at(&large, 0) != idi_permutation_at(&large, 1));
    cr_assert(idi_permutation_at(&large, large.count - 1) < large.count);
}

/* Each value in each place about equally often over seeds: chi-square of count^2 cells, whose mean
 * is (count - 1)^2 and standard deviation sqrt(2) (count - 1); and the order of neighbours is open.
 */
Test(permutation, is_uniform)
{
    enum { MOST = 20, DRAWS = 20000 };
    static const int64_t counts[] = {2, 3, 5, 8, 13, 16, 20};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const int64_t n = counts[c];
        static int cell[MOST][MOST];
        int ascending = 0;
        memset(cell, 0, sizeof cell);
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            const idi_permutation p = {9, draw, n};
            for (int64_t i = 0; i < n; i++)
                cell[i][idi_permutation_at(&p, i)]++;
            ascending += idi_permutation_at(&p, 0) < idi_permutation_at(&p, 1);
        }
        double chi = 0.0;
        const double wanted = (double)DRAWS / (double)n, degrees = (double)((n - 1) * (n - 1));
        for (int64_t i = 0; i < n * n; i++) {
            const double off = (double)cell[i / n][i % n] - wanted;
            chi += off * off / wanted;
        }
        cr_assert_lt(chi, degrees + 5.0 * 1.42 * (double)(n - 1), "count %d: %g", (int)n, chi);
        cr_assert(ascending > DRAWS / 2 - 400 && ascending < DRAWS / 2 + 400, "%d", ascending);
    }
}
