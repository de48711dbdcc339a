/* SPDX-License-Identifier: Apache-2.0 */
/* data/mirror.h - a photograph and what belongs to it, seen in a mirror: columns in reverse order,
 * and what is left becomes right. Twice gives the original. */
#ifndef IDI_DATA_MIRROR_H
#define IDI_DATA_MIRROR_H

#include "data/labels.h"
#include "data/portrait.h"

void idi_mirror_rgb(uint8_t *rgb, int64_t width, int64_t height); /* [height, width, 3] */

/* [height, width]. The classes that the scheme names l_ and r_ are exchanged (eyes, brows, ears;
 * the lips' names mean lower and upper). scheme NULL: labels keep their numbers, as in the
 * published trainings of SPADE, SEAN and CA2-SIS, where the left eye then lies on the right. */
void idi_mirror_labels(uint8_t *labels, int64_t width, int64_t height,
                       const idi_label_scheme *scheme);

/* Points of a picture of that width; the order of idi_portrait_landmarks is the picture's, so eyes
 * and mouth corners change places. */
void idi_mirror_landmarks(idi_portrait_landmarks *landmarks, int64_t width);

#endif
