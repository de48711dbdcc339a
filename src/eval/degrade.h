/* SPDX-License-Identifier: Apache-2.0 */
/* eval/degrade.h - what befalls a picture on its way to a recogniser: compression, resampling, blur
 * and noise. 8-bit RGB in, 8-bit RGB of the same size out: doubles in between, rounded once to the
 * nearest, halves up, and clipped to 0..255. Pure functions; the seed decides the noise.
 *
 * An attack that holds only for the exact pixels is lost here; what a recogniser itself loses is
 * seen on photographs that are degraded the same. */
#ifndef IDI_EVAL_DEGRADE_H
#define IDI_EVAL_DEGRADE_H

#include "data/image.h"

/* *degraded_out is made here; zeroed on failure. Errors: ARG (not 3 channels, numbers out of
 * range), NOMEM. The numbers of each degradation stand in idinject/bitmap.h. */

/* libjpeg's quality, 1 to 100; data/image.h's writer and reader. */
IDI_NODISCARD idi_status idi_degrade_jpeg(idi_memory *memory, const idi_image *picture, int quality,
                                          idi_image *degraded_out);
/* Down: small[j] is the mean of pixels 2j and 2j + 1, along rows and columns (the last alone where
 * a side is odd). Up, bilinear between the small pixels' centres: out[2j] = (small[j - 1] + 3
 * small[j]) / 4 and out[2j + 1] = (3 small[j] + small[j + 1]) / 4, the last ones repeated outside.
 * Not rounded in between. */
IDI_NODISCARD idi_status idi_degrade_half(idi_memory *memory, const idi_image *picture,
                                          idi_image *degraded_out);
/* out[x] = sum over |i| <= ceil(4 sigma) of w[i] in[x + i], w[i] ~ exp(-i^2 / (2 sigma^2)) of sum
 * 1, along rows and columns; outside, the last pixel is repeated. sigma in pixels, more than 0. */
IDI_NODISCARD idi_status idi_degrade_blur(idi_memory *memory, const idi_image *picture,
                                          double sigma, idi_image *degraded_out);
/* Value i of [height, width, 3] plus sigma times the i-th standard normal number of the seed; sigma
 * in steps of 0..255. */
IDI_NODISCARD idi_status idi_degrade_noise(idi_memory *memory, const idi_image *picture,
                                           double sigma, uint64_t seed, idi_image *degraded_out);

#endif
