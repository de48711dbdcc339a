/* SPDX-License-Identifier: Apache-2.0 */
/* eval/picture.c - see picture.h. */
#include "eval/picture.h"

#include <math.h>

static idi_status check(const idi_tensor *picture)
{
    const idi_shape *const shape = &picture->shape;
    IDI_REQUIRE(picture->dtype == IDI_U8 || picture->dtype == IDI_F32, IDI_ERR_SHAPE,
                "a picture of %s: want u8 or f32", idi_dtype_name(picture->dtype));
    IDI_REQUIRE(shape->rank == 3 && idi_shape_is_sound(shape) && shape->dim[2] == 3, IDI_ERR_SHAPE,
                "a picture of shape %s: want [height, width, 3]", idi_shape_format(shape).text);
    if (picture->dtype == IDI_U8) return IDI_OK;
    const float *const values = picture->data;
    for (int64_t i = 0; i < idi_shape_count(shape); i++)
        IDI_REQUIRE(isfinite(values[i]), IDI_ERR_NUMERIC,
                    "a picture is %g, not finite, at (%lld, %lld), channel %d", (double)values[i],
                    (long long)(i / 3 % shape->dim[1]), (long long)(i / 3 / shape->dim[1]),
                    (int)(i % 3));
    return IDI_OK;
}

idi_status idi_pictures_check(const idi_tensor *a, const idi_tensor *b)
{
    IDI_TRY(check(a));
    IDI_TRY(check(b));
    IDI_REQUIRE(idi_shape_equal(&a->shape, &b->shape), IDI_ERR_SHAPE,
                "pictures of shapes %s and %s cannot be compared", idi_shape_format(&a->shape).text,
                idi_shape_format(&b->shape).text);
    return IDI_OK;
}

double idi_picture_value(const idi_tensor *picture, int64_t i)
{
    if (picture->dtype == IDI_U8) return ((const uint8_t *)picture->data)[i];
    const double value = ((double)((const float *)picture->data)[i] + 1.0) * 127.5;
    return fmax(0.0, fmin(255.0, value));
}
