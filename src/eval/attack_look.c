/* SPDX-License-Identifier: Apache-2.0 */
/* eval/attack_look.c - what is left of the first person's look, and the baseline that moves colours
 * alone; see attack_report.h. */
#include "data/labels.h"
#include "eval/attack_report.h"
#include "eval/image_measures.h"

#include <math.h>

enum { CLASSES = 19, BORDER = IDI_SSIM_WINDOW / 2 };

/* By celebamask's numbers: background skin nose eye_g l_eye r_eye l_brow r_brow l_ear r_ear mouth
 * u_lip l_lip hair hat ear_r neck_l neck cloth. */
static const bool is_face[CLASSES] = {0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1};
static const bool is_skin[CLASSES] = {0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0};
static const bool is_hair[CLASSES] = {[13] = true};

/* --- look ------------------------------------------------------------------------------------- */

double idi_psnr_of_mse(double mse)
{
    return 10.0 * log10(255.0 * 255.0 / mse);
}

static double mse_of_psnr(double psnr)
{
    return 255.0 * 255.0 / pow(10.0, psnr / 10.0);
}

/* 1 inside the face; how many pixels in all, and away from the border where SSIM has no value. */
static int64_t mask_face(const uint8_t *labels, int64_t side, uint8_t *mask, int64_t *inner_out)
{
    int64_t count = 0, inner = 0;
    for (int64_t i = 0; i < side * side; i++) {
        const int64_t x = i % side, y = i / side;
        mask[i] = labels[i] < CLASSES && is_face[labels[i]];
        count += mask[i];
        inner += mask[i] && x >= BORDER && y >= BORDER && x < side - BORDER && y < side - BORDER;
    }
    *inner_out = inner;
    return count;
}

static idi_status measure(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                          const uint8_t *mask, bool has_inner, double *ssim, double *mse)
{
    double psnr;
    if (has_inner) IDI_TRY(idi_ssim(memory, a, b, mask, IDI_SSIM_RGB, ssim));
    IDI_TRY(idi_psnr(a, b, mask, &psnr));
    *mse = mse_of_psnr(psnr);
    return IDI_OK;
}

idi_status idi_look_measure(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                            const uint8_t *labels, double look_out[IDI_LOOKS])
{
    idi_status st = IDI_OK;
    uint8_t *mask;
    int64_t inner = 0;
    const int64_t side = a->shape.dim[0];
    for (int i = 0; i < IDI_LOOKS; i++)
        look_out[i] = (double)NAN;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, (size_t)(side * side), &mask));
    const int64_t face = mask_face(labels, side, mask, &inner);
    IDI_TRY_TO(
        done, measure(memory, a, b, NULL, true, &look_out[IDI_LOOK_SSIM], &look_out[IDI_LOOK_MSE]));
    IDI_TRY_TO(done, idi_l1(a, b, NULL, &look_out[IDI_LOOK_L1]));
    if (face > 0)
        st = measure(memory, a, b, mask, inner > 0, &look_out[IDI_LOOK_SSIM_FACE],
                     &look_out[IDI_LOOK_MSE_FACE]);
done:
    idi_free(memory, mask);
    return st;
}

/* --- recolouring ------------------------------------------------------------------------------ */

static bool mean_colour(const uint8_t *rgb, const uint8_t *labels, int64_t pixels,
                        const bool *is_part, double mean[3])
{
    int64_t count = 0, sum[3] = {0};
    for (int64_t i = 0; i < pixels; i++) {
        if (labels[i] >= CLASSES || !is_part[labels[i]]) continue;
        count++;
        for (int c = 0; c < 3; c++)
            sum[c] += rgb[3 * i + c];
    }
    for (int c = 0; c < 3; c++)
        mean[c] = count ? (double)sum[c] / (double)count : 0.0;
    return count > 0;
}

static void move_part(const uint8_t *first, const uint8_t *labels, int64_t pixels,
                      const bool *is_part, const double shift[3], uint8_t *out)
{
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; labels[i] < CLASSES && is_part[labels[i]] && c < 3; c++) {
            const double moved = floor((double)first[3 * i + c] + shift[c] + 0.5);
            out[3 * i + c] = (uint8_t)fmax(0.0, fmin(255.0, moved));
        }
}

void idi_recolour(const uint8_t *first, const uint8_t *first_labels, const uint8_t *second,
                  const uint8_t *second_labels, int64_t pixels, uint8_t *out)
{
    const bool *const parts[2] = {is_skin, is_hair};
    for (int64_t i = 0; i < 3 * pixels; i++)
        out[i] = first[i];
    for (int p = 0; p < 2; p++) {
        double from[3], to[3];
        const bool is_in_first = mean_colour(first, first_labels, pixels, parts[p], from);
        const bool is_in_second = mean_colour(second, second_labels, pixels, parts[p], to);
        if (!is_in_first || !is_in_second) continue;
        const double shift[3] = {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
        move_part(first, first_labels, pixels, parts[p], shift, out);
    }
}
