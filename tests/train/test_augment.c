/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_augment.c - faces on their way to the network: augmentation, and crops that are
 * the network's own. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "nets/recogniser.h"
#include "support/random.h"
#include "train/augment.h"
#include "train/faces.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { SIZE = 40, VALUES = SIZE * SIZE * 3 };

static uint8_t face[VALUES];
static float out[VALUES], again[VALUES];

static const idi_augmentation all = {0.05, 0.1, 0.1, 0.2, 0.1, 0.1, 0.05, 0.5};

static void draw_face(void)
{
    for (int i = 0; i < VALUES; i++)
        face[i] = (uint8_t)(255.0 * idi_uniform(5, 6, (uint64_t)i));
}

TestSuite(augment, .init = draw_face);

Test(augment, nothing_leaves_the_picture)
{
    const idi_augmentation none = {0};
    idi_augment(&none, 1, 2, face, SIZE, out);
    for (int i = 0; i < VALUES; i++)
        cr_assert_float_eq(out[i], (double)face[i] / 127.5 - 1.0, 1e-6, "value %d", i);
}

Test(augment, follows_from_seed_and_number)
{
    idi_augment(&all, 1, 2, face, SIZE, out);
    idi_augment(&all, 1, 2, face, SIZE, again);
    cr_expect_arr_eq(out, again, sizeof out);
    idi_augment(&all, 1, 3, face, SIZE, again);
    cr_expect_arr_neq(out, again, sizeof out);
    idi_augment(&all, 2, 2, face, SIZE, again);
    cr_expect_arr_neq(out, again, sizeof out);
}

Test(augment, stays_near_its_range)
{
    for (uint64_t n = 0; n < 50; n++) {
        idi_augment(&all, 9, n, face, SIZE, out);
        for (int i = 0; i < VALUES; i++)
            cr_assert(fabsf(out[i]) <= 1.5F, "face %d, value %d: %g", (int)n, i, (double)out[i]);
    }
}

Test(augment, grey_has_no_colour)
{
    const idi_augmentation grey = {.grey = 1.0};
    idi_augment(&grey, 1, 2, face, SIZE, out);
    for (int i = 0; i < VALUES; i += 3) {
        cr_assert_eq(out[i], out[i + 1]);
        cr_assert_eq(out[i], out[i + 2]);
    }
}

/* A dot goes where shift says, and no further. */
Test(augment, shift_moves)
{
    const idi_augmentation shift = {.shift = 0.25};
    double furthest = 0.0;
    memset(face, 0, sizeof face);
    face[(SIZE / 2 * SIZE + SIZE / 2) * 3] = 255;
    for (uint64_t n = 0; n < 60; n++) {
        double x = 0.0;
        double sum = 0.0;
        idi_augment(&shift, 3, n, face, SIZE, out);
        for (int i = 0; i < SIZE * SIZE; i++) {
            x += ((double)out[i * 3] + 1.0) * (i % SIZE);
            sum += (double)out[i * 3] + 1.0;
        }
        const double moved = fabs(x / sum - SIZE / 2);
        cr_assert_leq(moved, 0.25 * SIZE + 1e-3);
        if (moved > furthest) furthest = moved;
    }
    cr_expect_gt(furthest, 0.2 * SIZE);
}

Test(augment, noise_has_its_deviation)
{
    const idi_augmentation noise = {.noise = 0.1};
    double largest = 0.0;
    memset(face, 128, sizeof face);
    for (uint64_t n = 0; n < 40; n++) {
        double sum = 0.0;
        double squares = 0.0;
        idi_augment(&noise, 4, n, face, SIZE, out);
        for (int i = 0; i < VALUES; i++) {
            sum += (double)out[i];
            squares += (double)out[i] * (double)out[i];
        }
        const double mean = sum / VALUES;
        const double deviation = sqrt(squares / VALUES - mean * mean) / 2.0;
        cr_assert_leq(deviation, 0.105);
        if (deviation > largest) largest = deviation;
    }
    cr_expect_gt(largest, 0.08);
}

/* --- crops ------------------------------------------------------------------------------------ */

static void expect_network_crop(int64_t size, int64_t side)
{
    idi_memory *memory = idi_test_memory();
    const idi_recogniser_config config = {.input_side = side};
    const size_t in_count = (size_t)(size * size * 3);
    const size_t out_count = (size_t)(side * side * 3);
    float *picture = malloc(in_count * sizeof *picture);
    float *scratch = malloc((size_t)(side * size * 3) * sizeof *scratch);
    float *ours = malloc(2 * out_count * sizeof *ours);
    float *wanted = ours + out_count;
    idi_backend *backend;
    idi_graph *graph;
    idi_graph_session *session;
    idi_face_crop crop;
    for (size_t i = 0; i < in_count; i++)
        picture[i] = (float)(2.0 * idi_uniform(7, 8, i) - 1.0);
    OK(idi_face_crop_create(memory, size, side, &crop));
    idi_face_crop_apply(&crop, picture, scratch, ours);
    OK(idi_cpu32_backend_create(memory, false, &backend));
    OK(idi_graph_create(memory, &graph));
    const idi_value x =
        idi_graph_input(graph, "x", IDI_REAL, idi_shape4(1, size, size, 3), IDI_RATE_IMAGE);
    const idi_value y = idi_recogniser_crop(graph, &config, x);
    idi_graph_mark_output(graph, y);
    OK(idi_graph_session_create(graph, backend, NULL, NULL, &session));
    OK(idi_graph_session_set_floats(session, x, picture, (int64_t)in_count));
    OK(idi_graph_session_run(session, NULL, NULL));
    OK(idi_graph_session_get_floats(session, y, wanted, (int64_t)out_count));
    for (size_t i = 0; i < out_count; i++)
        cr_assert_float_eq(ours[i], wanted[i], 2e-6, "%d to %d, value %d: %g, want %g", (int)size,
                           (int)side, (int)i, (double)ours[i], (double)wanted[i]);
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&graph);
    idi_cpu_backend_destroy(&backend);
    idi_face_crop_free(memory, &crop);
    idi_test_memory_close(&memory);
    free(picture);
    free(scratch);
    free(ours);
}

Test(face_crop, is_the_networks_own)
{
    expect_network_crop(64, 48);
    expect_network_crop(256, 112);
    expect_network_crop(250, 16); /* smaller, and no divisor */
    expect_network_crop(300, 112);
}

/* Whatever the number of threads, and from batch to batch. */
Test(face_crop, croppers_give_the_same)
{
    enum { MOST = 3, SIDE = 16, CROP = SIDE * SIDE * 3 };
    static uint8_t rgb[MOST * VALUES];
    static float one[MOST * CROP], other[MOST * CROP];
    idi_memory *memory = idi_test_memory();
    idi_cropper *cropper[2];
    for (int i = 0; i < MOST * VALUES; i++)
        rgb[i] = (uint8_t)(i * 7);
    for (int w = 0; w < 2; w++) {
        const idi_cropper_options options = {SIZE, SIDE, MOST, 3 * w, &all, 11, 0, 1};
        OK(idi_cropper_create(memory, &options, &cropper[w]));
    }
    for (int64_t b = 0; b < 4; b++) {
        const idi_batch batch = {.number = b, .count = MOST - b % 2, .size = SIZE, .rgb = rgb};
        OK(idi_cropper_run(cropper[0], &batch, one));
        OK(idi_cropper_run(cropper[1], &batch, other));
        cr_assert_arr_eq(one, other, (size_t)(batch.count * CROP) * sizeof *one);
    }
    idi_cropper_destroy(&cropper[0]);
    idi_cropper_destroy(&cropper[1]);
    idi_test_memory_close(&memory);
}

/* Ranks see together what one process with the whole batch sees. */
Test(face_crop, ranks_share_the_faces_of_a_batch)
{
    enum { MOST = 4, SIDE = 16, CROP = SIDE * SIDE * 3 };
    static uint8_t rgb[MOST * VALUES];
    static float whole[MOST * CROP], part[MOST / 2 * CROP];
    idi_memory *memory = idi_test_memory();
    const idi_cropper_options options = {SIZE, SIDE, MOST, 0, &all, 11, 0, 1};
    const idi_batch batch = {.number = 5, .count = MOST, .size = SIZE, .rgb = rgb};
    idi_cropper *cropper;
    for (int i = 0; i < MOST * VALUES; i++)
        rgb[i] = (uint8_t)(i * 7);
    OK(idi_cropper_create(memory, &options, &cropper));
    OK(idi_cropper_run(cropper, &batch, whole));
    idi_cropper_destroy(&cropper);
    for (int r = 0; r < 2; r++) {
        const idi_cropper_options half = {SIZE, SIDE, MOST / 2, 0, &all, 11, r, 2};
        const idi_batch mine = {.number = 5,
                                .count = MOST / 2,
                                .size = SIZE,
                                .rgb = rgb + (int64_t)r * MOST / 2 * VALUES};
        OK(idi_cropper_create(memory, &half, &cropper));
        OK(idi_cropper_run(cropper, &mine, part));
        cr_expect_arr_eq(part, whole + (int64_t)r * MOST / 2 * CROP, sizeof part);
        idi_cropper_destroy(&cropper);
    }
    idi_test_memory_close(&memory);
}
