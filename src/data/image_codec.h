/* SPDX-License-Identifier: Apache-2.0 */
/* data/image_codec.h - what image.c asks of png.c and jpeg.c. Private to the readers. */
#ifndef IDI_DATA_IMAGE_CODEC_H
#define IDI_DATA_IMAGE_CODEC_H

#include "data/image.h"

/* How a PNG's samples are handed over. */
typedef enum idi_png_form {
    IDI_PNG_COLOUR, /* 3 channels; alpha composited over black */
    IDI_PNG_RAW     /* 1 to 4 channels as in the file; indices and gray values unscaled */
} idi_png_form;

bool idi_png_is(const uint8_t *bytes, size_t size);
IDI_NODISCARD idi_status idi_png_decode(idi_memory *memory, const uint8_t *bytes, size_t size,
                                        const char *name, idi_png_form form, idi_image *image_out);

bool idi_jpeg_is(const uint8_t *bytes, size_t size);
IDI_NODISCARD idi_status idi_jpeg_decode(idi_memory *memory, const uint8_t *bytes, size_t size,
                                         const char *name, idi_image *image_out);

/* The orientation that a JPEG's Exif block notes, 1 to 8; 1, as it is, if there is none that makes
 * sense. */
int idi_jpeg_orientation(const uint8_t *bytes, size_t size);
/* Turns a picture of an Exif orientation upright; in place for the caller. */
IDI_NODISCARD idi_status idi_image_turn_upright(idi_memory *memory, int orientation,
                                                idi_image *image);

/* Dimensions that a header claims: 1..IDI_IMAGE_MAX_SIDE, or IDI_ERR_FORMAT. */
IDI_NODISCARD idi_status idi_image_check_size(const char *name, int64_t width, int64_t height);

#endif
