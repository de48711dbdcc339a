/* SPDX-License-Identifier: Apache-2.0 */
/* eval/image_measures.c - L1 and PSNR; see image_measures.h. */
#include "eval/image_measures.h"
#include "eval/picture.h"

#include <math.h>

/* The mean over counted pixels and channels of |a - b|, or of its square. */
static idi_status mean_difference(const idi_tensor *a, const idi_tensor *b, const uint8_t *mask,
                                  bool is_squared, double *mean_out)
{
    double sum = 0.0;
    int64_t counted = 0;
    *mean_out = 0.0;
    IDI_TRY(idi_pictures_check(a, b));
    for (int64_t i = 0; i < idi_shape_count(&a->shape); i++) {
        if (mask && !mask[i / 3]) continue;
        const double difference = fabs(idi_picture_value(a, i) - idi_picture_value(b, i));
        sum += is_squared ? difference * difference : difference;
        counted++;
    }
    IDI_REQUIRE(counted > 0, IDI_ERR_ARG, "a mask in which no pixel counts");
    *mean_out = sum / (double)counted;
    return IDI_OK;
}

idi_status idi_l1(const idi_tensor *a, const idi_tensor *b, const uint8_t *mask, double *l1_out)
{
    IDI_TRY(mean_difference(a, b, mask, false, l1_out));
    *l1_out /= 255.0;
    return IDI_OK;
}

idi_status idi_psnr(const idi_tensor *a, const idi_tensor *b, const uint8_t *mask, double *psnr_out)
{
    double mse;
    *psnr_out = 0.0;
    IDI_TRY(mean_difference(a, b, mask, true, &mse));
    *psnr_out = mse > 0.0 ? 10.0 * log10(255.0 * 255.0 / mse) : (double)INFINITY;
    return IDI_OK;
}
