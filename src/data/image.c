/* SPDX-License-Identifier: Apache-2.0 */
/* data/image.c - pictures by content, label maps from pictures, and conversion to numbers. */
#include "data/image.h"

#include "core/file.h"
#include "data/image_codec.h"

#include <string.h>

/* A file of the largest picture in 16-bit RGBA, stored uncompressed. */
static const size_t MAX_FILE_BYTES =
    (size_t)IDI_IMAGE_MAX_SIDE * IDI_IMAGE_MAX_SIDE * 8 + ((size_t)1 << 20);

idi_status idi_image_check_size(const char *name, int64_t width, int64_t height)
{
    IDI_REQUIRE(width > 0 && height > 0 && width <= IDI_IMAGE_MAX_SIDE &&
                    height <= IDI_IMAGE_MAX_SIDE,
                IDI_ERR_FORMAT, "%s: %lld x %lld pixels, want 1 to %d on each side", name,
                (long long)width, (long long)height, IDI_IMAGE_MAX_SIDE);
    return IDI_OK;
}

idi_status idi_image_create(idi_memory *memory, int64_t width, int64_t height, int channels,
                            idi_image *image_out)
{
    *image_out = (idi_image){0};
    IDI_REQUIRE(width > 0 && height > 0 && width <= IDI_IMAGE_MAX_SIDE &&
                    height <= IDI_IMAGE_MAX_SIDE && channels >= 1 && channels <= 4,
                IDI_ERR_SHAPE,
                "a picture of %lld x %lld pixels and %d channels: want 1 to %d "
                "pixels on each side and 1 to 4 channels",
                (long long)width, (long long)height, channels, IDI_IMAGE_MAX_SIDE);
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, (size_t)width * (size_t)height * (size_t)channels,
                      &image_out->pixels));
    image_out->width = width;
    image_out->height = height;
    image_out->channels = channels;
    return IDI_OK;
}

void idi_image_free(idi_memory *memory, idi_image *image)
{
    idi_free(memory, image->pixels);
    *image = (idi_image){0};
}

idi_status idi_image_decode(idi_memory *memory, const uint8_t *bytes, size_t size, const char *name,
                            idi_image *image_out)
{
    *image_out = (idi_image){0};
    if (idi_png_is(bytes, size))
        return idi_png_decode(memory, bytes, size, name, IDI_PNG_COLOUR, image_out);
    if (idi_jpeg_is(bytes, size)) return idi_jpeg_decode(memory, bytes, size, name, image_out);
    return idi_fail(IDI_ERR_FORMAT, "%s: %s", name,
                    size ? "neither a PNG nor a JPEG by its first bytes" : "the file is empty");
}

idi_status idi_image_load(idi_memory *memory, const char *path, idi_image *image_out)
{
    uint8_t *bytes;
    size_t size;
    *image_out = (idi_image){0};
    IDI_TRY(idi_file_read(memory, path, MAX_FILE_BYTES, &bytes, &size));
    const idi_status st = idi_image_decode(memory, bytes, size, path, image_out);
    idi_free(memory, bytes);
    return st;
}

static idi_status label_of_pixel(const idi_image *image, int64_t i, const char *name,
                                 const idi_label_scheme *colours, uint8_t *label_out)
{
    const uint8_t *pixel = image->pixels + i * image->channels;
    const long long x = i % image->width, y = i / image->width;
    const int colour_channels = image->channels < 3 ? 1 : 3;
    IDI_REQUIRE(image->channels == colour_channels || pixel[colour_channels] == 255, IDI_ERR_LABELS,
                "%s: transparent at (%lld, %lld); a label map has no alpha", name, x, y);
    *label_out = pixel[0];
    if (colour_channels == 1) return IDI_OK;
    const int label = idi_label_scheme_colour(colours, pixel);
    IDI_REQUIRE(label >= 0, IDI_ERR_LABELS,
                "%s: colour %d,%d,%d at (%lld, %lld) is no class of scheme %s; want a gray or "
                "palette PNG of class numbers, or CelebAMask-HQ's colours",
                name, pixel[0], pixel[1], pixel[2], x, y, colours->name);
    *label_out = (uint8_t)label;
    return IDI_OK;
}

static idi_status labels_of_image(idi_memory *memory, const idi_image *image, const char *name,
                                  const idi_label_scheme *scheme, idi_label_map *map_out)
{
    const idi_label_scheme *colours = scheme ? scheme : idi_label_scheme_at(0);
    IDI_TRY(idi_label_map_create(memory, image->width, image->height, map_out));
    for (int64_t i = 0; i < image->width * image->height; i++)
        IDI_TRY(label_of_pixel(image, i, name, colours, &map_out->labels[i]));
    if (!scheme) return IDI_OK;
    const idi_status st = idi_labels_check(map_out, scheme);
    return st == IDI_OK ? st : idi_fail_prefix(st, "%s: ", name);
}

idi_status idi_image_decode_labels(idi_memory *memory, const uint8_t *bytes, size_t size,
                                   const char *name, const idi_label_scheme *scheme,
                                   idi_label_map *map_out)
{
    idi_image image;
    *map_out = (idi_label_map){0};
    IDI_REQUIRE(!idi_jpeg_is(bytes, size), IDI_ERR_FORMAT,
                "%s: a JPEG cannot hold labels, its compression changes them; want a PNG", name);
    IDI_REQUIRE(idi_png_is(bytes, size), IDI_ERR_FORMAT, "%s: not a PNG by its first bytes", name);
    IDI_TRY(idi_png_decode(memory, bytes, size, name, IDI_PNG_RAW, &image));
    const idi_status st = labels_of_image(memory, &image, name, scheme, map_out);
    idi_image_free(memory, &image);
    if (st != IDI_OK) idi_label_map_free(memory, map_out);
    return st;
}

idi_status idi_image_load_labels(idi_memory *memory, const char *path,
                                 const idi_label_scheme *scheme, idi_label_map *map_out)
{
    uint8_t *bytes;
    size_t size;
    *map_out = (idi_label_map){0};
    IDI_TRY(idi_file_read(memory, path, MAX_FILE_BYTES, &bytes, &size));
    const idi_status st = idi_image_decode_labels(memory, bytes, size, path, scheme, map_out);
    idi_free(memory, bytes);
    return st;
}

void idi_image_to_float(const uint8_t *pixels, int64_t count, float *values_out)
{
    for (int64_t i = 0; i < count; i++)
        values_out[i] = ((float)pixels[i] / 255.0f - 0.5f) / 0.5f;
}

void idi_image_from_float(const float *values, int64_t count, uint8_t *pixels_out)
{
    for (int64_t i = 0; i < count; i++) {
        const float scaled = (values[i] + 1.0f) / 2.0f * 255.0f;
        /* Written so that NaN takes the first branch. */
        pixels_out[i] = !(scaled > 0.0f) ? 0 : scaled >= 255.0f ? 255 : (uint8_t)scaled;
    }
}
