/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_picture.c - pictures and label maps from files, brought to a data set's size. */
#include "data/dataset_source.h"
#include "data/image.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

idi_status idi_path_print(char path[IDI_PATH_BYTES], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(path, IDI_PATH_BYTES, format, arguments);
    va_end(arguments);
    IDI_REQUIRE(length >= 0 && length < IDI_PATH_BYTES, IDI_ERR_ARG,
                "%.60s...: a path of more than %d bytes", path, IDI_PATH_BYTES - 1);
    return IDI_OK;
}

/* Stretching a picture would teach the network other faces. */
static idi_status check_square(const char *path, int64_t width, int64_t height)
{
    IDI_REQUIRE(width == height, IDI_ERR_SHAPE, "%s: %lld x %lld pixels, want a square picture",
                path, (long long)width, (long long)height);
    return IDI_OK;
}

static idi_status fit_rgb(idi_memory *memory, const idi_image *image, const char *path,
                          int64_t size, uint8_t *rgb_out)
{
    IDI_TRY(check_square(path, image->width, image->height));
    if (image->width == size) {
        memcpy(rgb_out, image->pixels, (size_t)(size * size) * 3);
        return IDI_OK;
    }
    idi_image resized;
    IDI_TRY(idi_image_resize_bicubic(memory, image, size, size, &resized));
    memcpy(rgb_out, resized.pixels, (size_t)(size * size) * 3);
    idi_image_free(memory, &resized);
    return IDI_OK;
}

idi_status idi_load_square_rgb(idi_memory *memory, const char *path, int64_t size, uint8_t *rgb_out)
{
    idi_image image;
    IDI_TRY(idi_image_load(memory, path, &image));
    const idi_status st = fit_rgb(memory, &image, path, size, rgb_out);
    idi_image_free(memory, &image);
    return st;
}

idi_status idi_fit_square_labels(idi_memory *memory, const idi_label_map *map, const char *path,
                                 int64_t size, uint8_t *labels_out)
{
    IDI_TRY(check_square(path, map->width, map->height));
    idi_label_map resized;
    IDI_TRY(idi_labels_resize(memory, map, size, size, &resized));
    memcpy(labels_out, resized.labels, (size_t)(size * size));
    idi_label_map_free(memory, &resized);
    return IDI_OK;
}
