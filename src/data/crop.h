/* SPDX-License-Identifier: Apache-2.0 */
/* data/crop.h - the face crop by landmarks, for pictures that are not aligned yet; the fixed crop
 * of aligned ones is part of the networks (nets/recogniser.h). Pictures are float RGB [height,
 * width, 3]. */
#ifndef IDI_DATA_CROP_H
#define IDI_DATA_CROP_H

#include "core/status.h"

#include <stdint.h>

enum { IDI_CROP_POINTS = 5 };

/* Rotation, uniform scale, translation: (x, y) -> (a x - b y + tx, b x + a y + ty). */
typedef struct idi_similarity {
    double a, b, tx, ty;
} idi_similarity;

/* ArcFace's landmarks in the 112x112 crop, x and y in pixels: eye at the image's left, eye at its
 * right, nose tip, mouth corner at its left, mouth corner at its right. */
extern const double idi_crop_template[IDI_CROP_POINTS][2];

/* The similarity that takes `source` closest to `target` in the least-squares sense (Umeyama 1991
 * without reflection). IDI_ERR_ARG if the points coincide or are not finite. */
IDI_NODISCARD idi_status idi_similarity_estimate(const double (*source)[2],
                                                 const double (*target)[2], int count,
                                                 idi_similarity *similarity_out);
/* IDI_ERR_ARG if its scale is 0. */
IDI_NODISCARD idi_status idi_similarity_invert(const idi_similarity *similarity,
                                               idi_similarity *inverse_out);
void idi_similarity_apply(const idi_similarity *similarity, double x, double y, double out[2]);

typedef struct idi_float_image {
    const float *values; /* [height, width, 3] */
    int64_t width, height;
} idi_float_image;

/* Samples the picture so that `similarity` takes its pixels to the output's: bilinear, integer
 * coordinates are pixel centres, not antialiased, `border` outside the picture (0; or -1, black,
 * for pictures in -1..1, as recognisers expect). output_out is [height, width, 3]. */
IDI_NODISCARD idi_status idi_crop_warp(const idi_float_image *image,
                                       const idi_similarity *similarity, float border,
                                       int64_t width, int64_t height, float *output_out);

#endif
