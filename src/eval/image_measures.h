/* SPDX-License-Identifier: Apache-2.0 */
/* eval/image_measures.h - how far apart are two pictures: L1, PSNR, SSIM, MS-SSIM.
 *
 * A picture is a tensor [height, width, 3], RGB: IDI_U8, or IDI_F32 in -1..1 as networks give.
 * Floats become (y + 1) / 2 * 255, clipped to 0..255 as any file would, but not rounded, so that
 * what is measured is the network and not a file format; u8 and float pictures may be compared with
 * each other. All arithmetic is double, the peak is 255.
 *
 * mask: u8 [height, width], not 0 = counts; NULL = all. A background or a hair line can decide a
 * number for the whole picture, so reports show the face beside it.
 *
 * Every function refuses with IDI_ERR_SHAPE pictures of other types or shapes, or of different
 * sizes, with IDI_ERR_NUMERIC a float that is not finite (naming pixel and channel), and with
 * IDI_ERR_ARG a mask in which nothing counts. */
#ifndef IDI_EVAL_IMAGE_MEASURES_H
#define IDI_EVAL_IMAGE_MEASURES_H

#include "core/memory.h"
#include "core/tensor.h"

/* mean |a - b| / 255 over pixels and channels, 0..1. */
IDI_NODISCARD idi_status idi_l1(const idi_tensor *a, const idi_tensor *b, const uint8_t *mask,
                                double *l1_out);

/* 10 log10(255^2 / MSE) in dB, the MSE over pixels and channels; +infinity for equal pictures, so
 * average the MSE or the L1 of many pictures rather than this. */
IDI_NODISCARD idi_status idi_psnr(const idi_tensor *a, const idi_tensor *b, const uint8_t *mask,
                                  double *psnr_out);

typedef enum idi_ssim_channels {
    IDI_SSIM_RGB, /* the mean of the three channels' values: usual where images are generated
                     (scikit-image's channel_axis, the PyTorch packages) */
    IDI_SSIM_LUMA /* of 0.299 R + 0.587 G + 0.114 B: usual in compression, and in Wang's paper */
} idi_ssim_channels;

enum {
    IDI_SSIM_WINDOW = 11,
    IDI_MS_SSIM_SCALES = 5,
    IDI_MS_SSIM_MIN_SIDE = 176 /* 11 pixels are left at the fifth scale */
};

/* The mean of the map of Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error
 * visibility to structural similarity" (2004), -1..1, and 1 for equal pictures:
 *   (2 ma mb + C1)(2 sab + C2) / ((ma^2 + mb^2 + C1)(saa + sbb + C2))
 * with means, variances and covariance under an 11x11 Gaussian window of standard deviation 1.5
 * whose weights sum to 1 (variances not corrected for sample size), C1 = (0.01 * 255)^2,
 * C2 = (0.03 * 255)^2. The map has a value where the window lies inside the picture: the border of
 * 5 pixels has none, and needs no padding. No shrinking before. With a mask: the mean of the map at
 * the pixels inside; windows still see what is around. IDI_ERR_SHAPE: a side below 11. */
IDI_NODISCARD idi_status idi_ssim(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                                  const uint8_t *mask, idi_ssim_channels channels,
                                  double *ssim_out);

/* Wang, Simoncelli, Bovik, "Multi-scale structural similarity" (2003): the product over five scales
 * of the mean contrast-structure term (2 sab + C2) / (saa + sbb + C2), and of the mean SSIM at the
 * last, to the powers 0.0448, 0.2856, 0.3001, 0.2363, 0.1333; 0..1. Between scales 2x2 pixels are
 * averaged (at an odd side the last is repeated). A negative mean counts as 0. The channels' values
 * are averaged at the end. IDI_ERR_SHAPE: a side below 176. */
IDI_NODISCARD idi_status idi_ms_ssim(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                                     idi_ssim_channels channels, double *ms_ssim_out);

#endif
