/* SPDX-License-Identifier: Apache-2.0 */
/* eval/picture.h - the pictures of image_measures.h as doubles of 0..255. */
#ifndef IDI_EVAL_PICTURE_H
#define IDI_EVAL_PICTURE_H

#include "core/tensor.h"

/* What image_measures.h promises about two pictures: types, shapes, finite values. */
IDI_NODISCARD idi_status idi_pictures_check(const idi_tensor *a, const idi_tensor *b);

/* Value i of [height, width, 3]. */
double idi_picture_value(const idi_tensor *picture, int64_t i);

#endif
