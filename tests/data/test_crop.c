/* SPDX-License-Identifier: Apache-2.0 */
/* Crops: the similarity against known matrices, the warp on plain cases. */
#include "data/crop.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(crop);

static void assert_near(double got, double wanted, double tolerance, const char *what)
{
    cr_assert(fabs(got - wanted) <= tolerance, "%s: %.10g, want %.10g", what, got, wanted);
}

/* FFHQ's template at 512, halved: the matrix is known from scikit-image. */
Test(crop, ffhq_to_arcface)
{
    const double ffhq[5][2] = {{192.98138 / 2, 239.94708 / 2},
                               {318.90277 / 2, 240.1936 / 2},
                               {256.63416 / 2, 314.01935 / 2},
                               {201.26117 / 2, 371.41043 / 2},
                               {313.08905 / 2, 371.15118 / 2}};
    idi_similarity s;
    cr_assert(idi_similarity_estimate(ffhq, idi_crop_template, 5, &s) == IDI_OK);
    assert_near(s.a, 0.584180085, 1e-8, "a");
    assert_near(s.b, -8.89923912e-05, 1e-9, "b");
    assert_near(s.tx, -18.9301403, 1e-6, "tx");
    assert_near(s.ty, -17.8600212, 1e-6, "ty");
}

Test(crop, exact_similarity_is_recovered_and_inverted)
{
    const idi_similarity made = {0.8, -0.45, 12.5, -3.25};
    double moved[IDI_CROP_POINTS][2];
    for (int i = 0; i < IDI_CROP_POINTS; i++)
        idi_similarity_apply(&made, idi_crop_template[i][0], idi_crop_template[i][1], moved[i]);
    idi_similarity found, back;
    cr_assert(idi_similarity_estimate(idi_crop_template, (const double(*)[2])moved, 5, &found) ==
              IDI_OK);
    assert_near(found.a, made.a, 1e-12, "a");
    assert_near(found.b, made.b, 1e-12, "b");
    assert_near(found.tx, made.tx, 1e-10, "tx");
    assert_near(found.ty, made.ty, 1e-10, "ty");
    cr_assert(idi_similarity_invert(&made, &back) == IDI_OK);
    for (int i = 0; i < IDI_CROP_POINTS; i++) {
        double point[2];
        idi_similarity_apply(&back, moved[i][0], moved[i][1], point);
        assert_near(point[0], idi_crop_template[i][0], 1e-10, "x");
        assert_near(point[1], idi_crop_template[i][1], 1e-10, "y");
    }
}

Test(crop, degenerate_landmarks_are_refused)
{
    const double same[5][2] = {{7.3, 9.1}, {7.3, 9.1}, {7.3, 9.1}, {7.3, 9.1}, {7.3, 9.1}};
    const double wild[5][2] = {{NAN, 0}, {1, 1}, {2, 2}, {3, 1}, {4, 0}};
    idi_similarity s, back;
    cr_assert(idi_similarity_estimate(same, idi_crop_template, 5, &s) == IDI_ERR_ARG);
    cr_assert(idi_similarity_estimate(wild, idi_crop_template, 5, &s) == IDI_ERR_ARG);
    cr_assert(idi_similarity_estimate(idi_crop_template, idi_crop_template, 1, &s) == IDI_ERR_ARG);
    /* All targets the same: a similarity of scale 0, which nothing can be warped by. */
    cr_assert(idi_similarity_estimate(idi_crop_template, same, 5, &s) == IDI_OK);
    s.a = s.b = 0;
    cr_assert(idi_similarity_invert(&s, &back) == IDI_ERR_ARG);
}

enum { SIDE = 6 };

static void ramp(float *values)
{
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int c = 0; c < 3; c++)
            values[i * 3 + c] = (float)(i % SIDE + 10 * (i / SIDE) + 100 * c);
}

Test(crop, warp_moves_and_interpolates)
{
    float values[SIDE * SIDE * 3], out[SIDE * SIDE * 3];
    ramp(values);
    const idi_float_image image = {values, SIDE, SIDE};
    const idi_similarity none = {1, 0, 0, 0}, shift = {1, 0, -1.5, -2.25};
    cr_assert(idi_crop_warp(&image, &none, 0, SIDE, SIDE, out) == IDI_OK);
    cr_assert_arr_eq(out, values, sizeof values);
    cr_assert(idi_crop_warp(&image, &shift, 0, SIDE, SIDE, out) == IDI_OK);
    /* Output (1, 2) samples (2.5, 4.25); a ramp is linear, so interpolation is exact. */
    assert_near((double)out[(2 * SIDE + 1) * 3 + 1], 2.5 + 42.5 + 100, 1e-4, "inside");
    /* Output (4, 0) samples (5.5, 2.25): half of it is border. */
    assert_near((double)out[4 * 3], 0.5 * (5 + 22.5), 1e-4, "half outside");
    assert_near((double)out[5 * 3], 0.0, 0, "outside");
}

Test(crop, warp_rotates_the_way_the_matrix_says)
{
    float values[SIDE * SIDE * 3], out[SIDE * SIDE * 3];
    ramp(values);
    const idi_float_image image = {values, SIDE, SIDE};
    /* A quarter turn: (x, y) -> (-y + 5, x). */
    const idi_similarity turn = {0, 1, 5, 0};
    cr_assert(idi_crop_warp(&image, &turn, -1, SIDE, SIDE, out) == IDI_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            assert_near((double)out[(x * SIDE + 5 - y) * 3], x + 10 * y, 1e-5, "turned");
}

Test(crop, warp_border_and_refusals)
{
    float values[SIDE * SIDE * 3], out[SIDE * SIDE * 3];
    ramp(values);
    const idi_float_image image = {values, SIDE, SIDE}, empty = {values, 0, SIDE};
    const idi_similarity far = {1, 0, 1e30, 0}, flat = {0, 0, 1, 1};
    cr_assert(idi_crop_warp(&image, &far, -1, SIDE, SIDE, out) == IDI_OK);
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        cr_assert(out[i] == -1.0f);
    cr_assert(idi_crop_warp(&image, &flat, 0, SIDE, SIDE, out) == IDI_ERR_ARG);
    cr_assert(idi_crop_warp(&empty, &far, 0, SIDE, SIDE, out) == IDI_ERR_SHAPE);
}
