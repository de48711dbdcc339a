/* SPDX-License-Identifier: Apache-2.0 */
/* api/bitmap.c - pictures, label maps, arrays and portraits for callers. */
#include "api/objects.h"
#include "data/image.h"
#include "data/labels.h"
#include "data/npy.h"
#include "data/portrait.h"

#include <math.h>
#include <string.h>

static idi_bitmap from_image(const idi_image *image)
{
    return (idi_bitmap){image->pixels, image->width, image->height, image->channels};
}

static idi_image to_image(const idi_bitmap *bitmap)
{
    return (idi_image){bitmap->data, bitmap->width, bitmap->height, bitmap->channels};
}

static idi_bitmap from_labels(const idi_label_map *map)
{
    return (idi_bitmap){map->labels, map->width, map->height, 1};
}

static idi_label_map to_labels(const idi_bitmap *bitmap)
{
    return (idi_label_map){bitmap->data, bitmap->width, bitmap->height};
}

static idi_status require_bitmap(const idi_bitmap *bitmap)
{
    IDI_REQUIRE(bitmap && bitmap->data, IDI_ERR_ARG, "bitmap: no data");
    IDI_REQUIRE(bitmap->width > 0 && bitmap->height > 0 && bitmap->width <= IDI_IMAGE_MAX_SIDE &&
                    bitmap->height <= IDI_IMAGE_MAX_SIDE,
                IDI_ERR_SHAPE, "bitmap: %lld x %lld pixels, want 1 to %d a side",
                (long long)bitmap->width, (long long)bitmap->height, IDI_IMAGE_MAX_SIDE);
    IDI_REQUIRE(bitmap->channels == 1 || bitmap->channels == 3, IDI_ERR_ARG,
                "bitmap: %d channels, want 3 (RGB) or 1 (labels)", bitmap->channels);
    return IDI_OK;
}

idi_status idi_bitmap_load(idi_context *context, const char *path, idi_bitmap *bitmap_out)
{
    IDI_REQUIRE(context && path && bitmap_out, IDI_ERR_ARG, "bitmap load: a NULL argument");
    *bitmap_out = (idi_bitmap){NULL, 0, 0, 0};
    idi_image image;
    IDI_TRY(idi_image_load(context->memory, path, &image));
    *bitmap_out = from_image(&image);
    return IDI_OK;
}

/* Checks the order and brings the map to celebamask. */
static idi_status settle_labels(const idi_context *context, const char *path, idi_label_map *map,
                                const idi_label_scheme *scheme)
{
    const idi_label_scheme *own;
    idi_lint_finding finding;
    IDI_TRY(idi_labels_lint(map, scheme, &finding));
    IDI_REQUIRE(finding.verdict != IDI_LINT_WRONG_ORDER, IDI_ERR_LABELS, "%s: %s", path,
                finding.text);
    if (finding.verdict == IDI_LINT_UNSURE)
        idi_context_log(context, IDI_LOG_INFO, "%s: %s", path, finding.text);
    IDI_TRY(idi_label_scheme_find("celebamask", &own));
    return own == scheme ? IDI_OK : idi_labels_remap(map, scheme, own);
}

idi_status idi_bitmap_load_labels(idi_context *context, const char *path, const char *scheme,
                                  idi_bitmap *labels_out)
{
    IDI_REQUIRE(context && path && labels_out, IDI_ERR_ARG, "label map load: a NULL argument");
    *labels_out = (idi_bitmap){NULL, 0, 0, 0};
    const idi_label_scheme *from;
    idi_label_map map;
    IDI_TRY(idi_label_scheme_find(scheme ? scheme : "celebamask", &from));
    IDI_TRY(idi_image_load_labels(context->memory, path, from, &map));
    idi_status st = settle_labels(context, path, &map, from);
    if (st != IDI_OK) {
        idi_label_map_free(context->memory, &map);
        return st;
    }
    *labels_out = from_labels(&map);
    return IDI_OK;
}

static idi_png_options options_of(unsigned flags)
{
    return (idi_png_options){
        .is_unmarked = (flags & IDI_SAVE_NO_MARK) != 0,
        .source = flags & IDI_SAVE_DRAWN ? IDI_SOURCE_ALGORITHMIC : IDI_SOURCE_TRAINED,
    };
}

idi_status idi_bitmap_save(idi_context *context, const char *path, const idi_bitmap *bitmap,
                           unsigned flags)
{
    IDI_REQUIRE(context && path, IDI_ERR_ARG, "bitmap save: a NULL argument");
    IDI_TRY(require_bitmap(bitmap));
    const idi_png_options options = options_of(flags);
    if (bitmap->channels == 1) {
        const idi_label_scheme *own;
        const idi_label_map map = to_labels(bitmap);
        IDI_TRY(idi_label_scheme_find("celebamask", &own));
        return idi_png_write_labels(context->memory, path, &map, own, &options);
    }
    const idi_image image = to_image(bitmap);
    return idi_png_write(context->memory, path, &image, &options);
}

idi_status idi_bitmap_save_animation(idi_context *context, const char *path,
                                     const idi_bitmap *frames, int64_t count, int64_t delay_ms,
                                     unsigned flags)
{
    idi_image *images;
    IDI_REQUIRE(context && path && frames, IDI_ERR_ARG, "animation: a NULL argument");
    IDI_REQUIRE(count >= 1 && count <= IDI_APNG_FRAMES, IDI_ERR_ARG,
                "animation: %lld frames, want 1 to %d", (long long)count, (int)IDI_APNG_FRAMES);
    for (int64_t i = 0; i < count; i++)
        IDI_TRY(require_bitmap(&frames[i]));
    IDI_TRY(idi_alloc(context->memory, IDI_TAG_GENERAL, (size_t)count * sizeof *images, &images));
    for (int64_t i = 0; i < count; i++)
        images[i] = to_image(&frames[i]);
    const idi_png_options options = options_of(flags);
    const idi_status st = idi_apng_write(context->memory, path, images, count, delay_ms, &options);
    idi_free(context->memory, images);
    return st;
}

idi_status idi_bitmap_resize(idi_context *context, const idi_bitmap *bitmap, int64_t width,
                             int64_t height, idi_bitmap *resized_out)
{
    IDI_REQUIRE(context && resized_out, IDI_ERR_ARG, "bitmap resize: a NULL argument");
    *resized_out = (idi_bitmap){NULL, 0, 0, 0};
    IDI_TRY(require_bitmap(bitmap));
    if (bitmap->channels == 1) {
        const idi_label_map map = to_labels(bitmap);
        idi_label_map resized;
        IDI_TRY(idi_labels_resize(context->memory, &map, width, height, &resized));
        *resized_out = from_labels(&resized);
        return IDI_OK;
    }
    const idi_image image = to_image(bitmap);
    idi_image resized;
    IDI_TRY(idi_image_resize_bicubic(context->memory, &image, width, height, &resized));
    *resized_out = from_image(&resized);
    return IDI_OK;
}

void idi_bitmap_free(idi_context *context, idi_bitmap *bitmap)
{
    if (!context || !bitmap) return;
    idi_free(context->memory, bitmap->data);
    *bitmap = (idi_bitmap){NULL, 0, 0, 0};
}

/* Any of the file's types as float, in place of the tensor's data. */
static idi_status widen(idi_memory *memory, const idi_tensor *tensor, float **data_out)
{
    const int64_t count = idi_shape_count(&tensor->shape);
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof **data_out, data_out));
    for (int64_t i = 0; i < count; i++)
        (*data_out)[i] = tensor->dtype == IDI_F32   ? ((const float *)tensor->data)[i]
                         : tensor->dtype == IDI_F64 ? (float)((const double *)tensor->data)[i]
                                                    : (float)((const uint8_t *)tensor->data)[i];
    return IDI_OK;
}

idi_status idi_array_load(idi_context *context, const char *path, float **data_out,
                          int64_t shape_out[4], int *rank_out)
{
    IDI_REQUIRE(context && path && data_out && shape_out && rank_out, IDI_ERR_ARG,
                "array load: a NULL argument");
    *data_out = NULL;
    idi_tensor tensor;
    IDI_TRY(idi_npy_read(context->memory, path, &tensor));
    const idi_status st = widen(context->memory, &tensor, data_out);
    idi_free(context->memory, tensor.data);
    if (st != IDI_OK) return st;
    for (int i = 0; i < 4; i++)
        shape_out[i] = tensor.shape.dim[i];
    *rank_out = tensor.shape.rank;
    return IDI_OK;
}

idi_status idi_array_save(idi_context *context, const char *path, const float *data,
                          const int64_t *shape, int rank)
{
    IDI_REQUIRE(context && path && data && shape, IDI_ERR_ARG, "array save: a NULL argument");
    IDI_REQUIRE(rank >= 0 && rank <= IDI_MAX_RANK, IDI_ERR_SHAPE, "array save: rank %d, want 0..%d",
                rank, IDI_MAX_RANK);
    idi_shape s = {rank, {1, 1, 1, 1}};
    int64_t count = 1;
    for (int i = 0; i < rank; i++) {
        IDI_REQUIRE(shape[i] >= 0 && shape[i] <= INT32_MAX && count <= INT32_MAX, IDI_ERR_SHAPE,
                    "array save: dimension %d is %lld, want 0 to %d, and no more elements in all",
                    i, (long long)shape[i], INT32_MAX);
        count *= shape[i];
        s.dim[i] = shape[i];
    }
    IDI_REQUIRE(count <= INT32_MAX, IDI_ERR_SHAPE, "array save: %lld elements, want at most %d",
                (long long)count, INT32_MAX);
    return idi_npy_write(context->memory, path, data, &s);
}

void idi_array_free(idi_context *context, float **data)
{
    if (!context || !data) return;
    idi_free(context->memory, *data);
    *data = NULL;
}

idi_status idi_portrait_draw(idi_context *context, uint64_t identity, uint64_t photo, int64_t size,
                             idi_bitmap *rgb_out, idi_bitmap *labels_out,
                             idi_landmarks *landmarks_out)
{
    IDI_REQUIRE(context && rgb_out, IDI_ERR_ARG, "portrait: a NULL argument");
    *rgb_out = (idi_bitmap){NULL, 0, 0, 0};
    if (labels_out) *labels_out = (idi_bitmap){NULL, 0, 0, 0};
    IDI_REQUIRE(size >= IDI_PORTRAIT_MIN_SIZE && size <= IDI_PORTRAIT_MAX_SIZE, IDI_ERR_ARG,
                "portrait: size %lld, want %d to %d", (long long)size, IDI_PORTRAIT_MIN_SIZE,
                IDI_PORTRAIT_MAX_SIZE);
    idi_image image;
    idi_label_map map = {NULL, 0, 0};
    idi_portrait_landmarks marks;
    IDI_TRY(idi_image_create(context->memory, size, size, 3, &image));
    idi_status st = labels_out ? idi_label_map_create(context->memory, size, size, &map) : IDI_OK;
    if (st == IDI_OK)
        st = idi_portrait_render(identity, photo, size, image.pixels, map.labels, &marks);
    if (st != IDI_OK) {
        idi_label_map_free(context->memory, &map);
        idi_image_free(context->memory, &image);
        return st;
    }
    *rgb_out = from_image(&image);
    if (labels_out) *labels_out = from_labels(&map);
    if (landmarks_out) {
        memcpy(landmarks_out->x, marks.x, sizeof marks.x);
        memcpy(landmarks_out->y, marks.y, sizeof marks.y);
    }
    return IDI_OK;
}

idi_status idi_labels_for_network(idi_context *context, const idi_bitmap *labels, int64_t size,
                                  int64_t classes, uint8_t **labels_out)
{
    *labels_out = NULL;
    IDI_TRY(require_bitmap(labels));
    IDI_REQUIRE(labels->channels == 1, IDI_ERR_ARG, "label map: %d channels, want 1",
                labels->channels);
    IDI_REQUIRE(labels->width == labels->height, IDI_ERR_SHAPE,
                "label map: %lld x %lld pixels, want a square", (long long)labels->width,
                (long long)labels->height);
    for (int64_t i = 0; i < labels->width * labels->height; i++)
        IDI_REQUIRE(labels->data[i] < classes, IDI_ERR_LABELS,
                    "label map: value %d at (%lld, %lld), but the model has classes 0..%lld",
                    labels->data[i], (long long)(i % labels->width), (long long)(i / labels->width),
                    (long long)classes - 1);
    const idi_label_map map = to_labels(labels);
    idi_label_map resized;
    IDI_TRY(idi_labels_resize(context->memory, &map, size, size, &resized));
    *labels_out = resized.labels;
    return IDI_OK;
}

idi_status idi_image_for_network(idi_context *context, const idi_bitmap *image, int64_t size,
                                 float **image_out)
{
    *image_out = NULL;
    IDI_TRY(require_bitmap(image));
    IDI_REQUIRE(image->channels == 3, IDI_ERR_ARG, "photograph: %d channel, want RGB",
                image->channels);
    IDI_REQUIRE(image->width == image->height, IDI_ERR_SHAPE,
                "photograph: %lld x %lld pixels, want a square (an aligned face)",
                (long long)image->width, (long long)image->height);
    const idi_image source = to_image(image);
    idi_image resized;
    IDI_TRY(idi_image_resize_bicubic(context->memory, &source, size, size, &resized));
    const int64_t count = size * size * 3;
    idi_status st =
        idi_alloc(context->memory, IDI_TAG_IMAGE, (size_t)count * sizeof **image_out, image_out);
    if (st == IDI_OK) idi_image_to_float(resized.pixels, count, *image_out);
    idi_image_free(context->memory, &resized);
    return st;
}

idi_status idi_require_finite(const char *what, const float *data, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(isfinite(data[i]), IDI_ERR_NUMERIC, "%s: element %lld is not finite", what,
                    (long long)i);
    return IDI_OK;
}
