/* SPDX-License-Identifier: Apache-2.0 */
/* data/image.h - 8-bit pictures: reading and writing PNG and JPEG, resizing, and the numbers that
 * networks take and give. */
#ifndef IDI_DATA_IMAGE_H
#define IDI_DATA_IMAGE_H

#include "core/buffer.h"
#include "core/memory.h"
#include "data/labels.h"
#include "data/provenance.h"

/* No side of a picture may be longer, whatever a file's header says. */
enum { IDI_IMAGE_MAX_SIDE = 16384 };

typedef struct idi_image {
    uint8_t *pixels; /* [height, width, channels], interleaved, IDI_TAG_IMAGE */
    int64_t width, height;
    int channels;
} idi_image;

/* Pixels are not cleared. */
IDI_NODISCARD idi_status idi_image_create(idi_memory *memory, int64_t width, int64_t height,
                                          int channels, idi_image *image_out);
void idi_image_free(idi_memory *memory, idi_image *image);

/* A PNG or JPEG file, told apart by its first bytes, as 8-bit RGB.
 *
 * PNG: gray, palette, RGB and 1 to 16 bits, interlaced or not; 16 bits are rounded to 8. Alpha is
 * composited over black: what a file hides behind full transparency is arbitrary and must not
 * reach a network, and black is the colour that data sets give to "nothing here". JPEG: gray and
 * YCbCr, decoded as Pillow does, then turned upright as the Exif orientation says (telephones store
 * their pictures lying); CMYK is IDI_ERR_UNSUPPORTED. Gamma and colour profiles are not applied, as
 * Pillow does not apply them by default.
 *
 * IDI_ERR_IO: no such file, unreadable. IDI_ERR_FORMAT: not a PNG or JPEG, damaged, cut off, or
 * too large. The sentence begins with the file's name. On failure the image is zeroed. */
IDI_NODISCARD idi_status idi_image_load(idi_memory *memory, const char *path, idi_image *image_out);
/* The same from memory; `name` stands for the file in sentences. */
IDI_NODISCARD idi_status idi_image_decode(idi_memory *memory, const uint8_t *bytes, size_t size,
                                          const char *name, idi_image *image_out);

/* A label map from a PNG. Gray and palette files of up to 8 bits hold labels as they are: the
 * palette's index, not its colour; the gray value, not scaled to 0..255. RGB files are read as
 * drawn in the colours of the classes, which become the scheme's numbers; opaque alpha is ignored.
 * scheme NULL: numbers are not checked, and colours give celebamask's numbers. IDI_ERR_LABELS names
 * the first colour or number that the scheme lacks, and its position. */
IDI_NODISCARD idi_status idi_image_load_labels(idi_memory *memory, const char *path,
                                               const idi_label_scheme *scheme,
                                               idi_label_map *map_out);
IDI_NODISCARD idi_status idi_image_decode_labels(idi_memory *memory, const uint8_t *bytes,
                                                 size_t size, const char *name,
                                                 const idi_label_scheme *scheme,
                                                 idi_label_map *map_out);

/* Zeroed options are the defaults, and NULL means zeroed. */
typedef struct idi_png_options {
    bool is_unmarked;       /* leave out the provenance mark */
    idi_source_type source; /* what the mark says */
    /* One channel only: written as a palette PNG, so that viewers show the classes' colours while
     * the bytes stay labels. */
    const idi_label_scheme *palette;
} idi_png_options;

/* Writes 1 (gray) or 3 (RGB) channels, 8 bits. The file appears complete or not at all. */
IDI_NODISCARD idi_status idi_png_write(idi_memory *memory, const char *path, const idi_image *image,
                                       const idi_png_options *options);
/* The same file's bytes, behind what is in the buffer; `name` stands for it in sentences. */
IDI_NODISCARD idi_status idi_png_encode(idi_memory *memory, const char *name,
                                        const idi_image *image, const idi_png_options *options,
                                        idi_buffer *file);
enum { IDI_APNG_FRAMES = 1 << 20 };

/* An animated PNG of `count` RGB frames of one size, each shown for delay_ms (1 to 65535), again
 * and again; the mark, if any, is the first's. What knows PNG alone shows the first frame. */
IDI_NODISCARD idi_status idi_apng_encode(idi_memory *memory, const char *name,
                                         const idi_image *frames, int64_t count, int64_t delay_ms,
                                         const idi_png_options *options, idi_buffer *file);
IDI_NODISCARD idi_status idi_apng_write(idi_memory *memory, const char *path,
                                        const idi_image *frames, int64_t count, int64_t delay_ms,
                                        const idi_png_options *options);
/* A label map as a palette PNG in the scheme's colours (NULL: gray). */
IDI_NODISCARD idi_status idi_png_write_labels(idi_memory *memory, const char *path,
                                              const idi_label_map *map,
                                              const idi_label_scheme *scheme,
                                              const idi_png_options *options);

typedef struct idi_jpeg_options {
    int quality; /* 1 to 100, libjpeg's scale; colour at full resolution from 90 */
    bool is_unmarked;
    idi_source_type source;
} idi_jpeg_options;

/* The bytes of a baseline JPEG of 3 channels, with the provenance mark as XMP. */
IDI_NODISCARD idi_status idi_jpeg_encode(idi_memory *memory, const char *name,
                                         const idi_image *image, const idi_jpeg_options *options,
                                         idi_buffer *file);

/* Pillow's BICUBIC (a = -0.5, antialiased when shrinking, 22-bit fixed point, 8-bit result between
 * the horizontal and the vertical pass), bit for bit. Any number of channels; image_out must be
 * another object than image. */
IDI_NODISCARD idi_status idi_image_resize_bicubic(idi_memory *memory, const idi_image *image,
                                                  int64_t width, int64_t height,
                                                  idi_image *image_out);

/* 0..255 -> -1..1, as (x / 255 - 0.5) / 0.5 in float; `count` numbers, [height, width, channels].
 */
void idi_image_to_float(const uint8_t *pixels, int64_t count, float *values_out);
/* -1..1 -> 0..255, as (y + 1) / 2 * 255, clipped, fraction cut off. NaN gives 0. */
void idi_image_from_float(const float *values, int64_t count, uint8_t *pixels_out);

#endif
