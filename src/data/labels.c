/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels.c - label maps, schemes, checks and lossless remapping. */
#include "data/labels.h"

#include <string.h>

enum { CLASSES = 19, MAX_SIDE = 1 << 16 };

static const char *const celebamask_names[CLASSES] = {
    "background", "skin",  "nose",  "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear",
    "mouth",      "u_lip", "l_lip", "hair",  "hat",   "ear_r", "neck_l", "neck",   "cloth"};
static const uint8_t celebamask_colours[CLASSES][3] = {
    {0, 0, 0},     {204, 0, 0},   {76, 153, 0},   {204, 204, 0}, {51, 51, 255},
    {204, 0, 204}, {0, 255, 255}, {51, 255, 255}, {102, 51, 0},  {255, 0, 0},
    {102, 204, 0}, {255, 255, 0}, {0, 0, 153},    {0, 0, 204},   {255, 51, 153},
    {0, 204, 204}, {0, 51, 0},    {255, 153, 51}, {0, 204, 0}};

static const char *const bisenet_names[CLASSES] = {
    "background", "skin",   "l_brow", "r_brow", "l_eye", "r_eye", "eye_g",
    "l_ear",      "r_ear",  "ear_r",  "nose",   "mouth", "u_lip", "l_lip",
    "neck",       "neck_l", "cloth",  "hair",   "hat"};
static const uint8_t bisenet_colours[CLASSES][3] = {
    {0, 0, 0},     {204, 0, 0},   {0, 255, 255}, {51, 255, 255}, {51, 51, 255},
    {204, 0, 204}, {204, 204, 0}, {102, 51, 0},  {255, 0, 0},    {0, 204, 204},
    {76, 153, 0},  {102, 204, 0}, {255, 255, 0}, {0, 0, 153},    {255, 153, 51},
    {0, 51, 0},    {0, 204, 0},   {0, 0, 204},   {255, 51, 153}};

static const idi_label_scheme schemes[] = {
    {"celebamask", CLASSES, celebamask_names, celebamask_colours},
    {"bisenet", CLASSES, bisenet_names, bisenet_colours},
};

idi_status idi_label_map_create(idi_memory *memory, int64_t width, int64_t height,
                                idi_label_map *map_out)
{
    *map_out = (idi_label_map){0};
    IDI_REQUIRE(width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE, IDI_ERR_SHAPE,
                "a label map of %lld x %lld pixels: want 1 to %d on each side", (long long)width,
                (long long)height, MAX_SIDE);
    IDI_TRY(
        idi_alloc_zeroed(memory, IDI_TAG_IMAGE, (size_t)width, (size_t)height, &map_out->labels));
    map_out->width = width;
    map_out->height = height;
    return IDI_OK;
}

void idi_label_map_free(idi_memory *memory, idi_label_map *map)
{
    idi_free(memory, map->labels);
    *map = (idi_label_map){0};
}

int idi_label_scheme_count(void)
{
    return (int)(sizeof schemes / sizeof schemes[0]);
}

const idi_label_scheme *idi_label_scheme_at(int index)
{
    return index >= 0 && index < idi_label_scheme_count() ? &schemes[index] : NULL;
}

idi_status idi_label_scheme_find(const char *name, const idi_label_scheme **scheme_out)
{
    *scheme_out = NULL;
    for (int i = 0; i < idi_label_scheme_count(); i++)
        if (strcmp(schemes[i].name, name) == 0) *scheme_out = &schemes[i];
    IDI_REQUIRE(*scheme_out, IDI_ERR_ARG, "no label scheme \"%s\"; want celebamask or bisenet",
                name);
    return IDI_OK;
}

int idi_label_scheme_class(const idi_label_scheme *scheme, const char *class_name)
{
    for (int i = 0; i < scheme->class_count; i++)
        if (strcmp(scheme->class_names[i], class_name) == 0) return i;
    return -1;
}

int idi_label_scheme_colour(const idi_label_scheme *scheme, const uint8_t rgb[3])
{
    for (int i = 0; i < scheme->class_count; i++)
        if (memcmp(scheme->class_colours[i], rgb, 3) == 0) return i;
    return -1;
}

idi_status idi_labels_check(const idi_label_map *map, const idi_label_scheme *scheme)
{
    const int64_t count = map->width * map->height;
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(map->labels[i] < scheme->class_count, IDI_ERR_LABELS,
                    "label %d at (%lld, %lld), but scheme %s has classes 0..%d", map->labels[i],
                    (long long)(i % map->width), (long long)(i / map->width), scheme->name,
                    scheme->class_count - 1);
    return IDI_OK;
}

idi_status idi_labels_remap(idi_label_map *map, const idi_label_scheme *from,
                            const idi_label_scheme *to)
{
    uint8_t table[256] = {0};
    IDI_TRY(idi_labels_check(map, from));
    for (int i = 0; i < from->class_count; i++) {
        const int target = idi_label_scheme_class(to, from->class_names[i]);
        IDI_REQUIRE(target >= 0, IDI_ERR_LABELS, "scheme %s has no class %s, which %s has",
                    to->name, from->class_names[i], from->name);
        table[i] = (uint8_t)target;
    }
    const int64_t count = map->width * map->height;
    for (int64_t i = 0; i < count; i++)
        map->labels[i] = table[map->labels[i]];
    return IDI_OK;
}

/* Pillow's rule: the coordinate starts at half a step and is added up in double, so that ties such
 * as 512 -> 286 at output 71 fall as its rounding errors fall. */
static void nearest_sources(int64_t in, int64_t out, int64_t *sources)
{
    const double step = (double)in / (double)out;
    double at = 0.5 * step;
    for (int64_t i = 0; i < out; i++, at += step) {
        const int64_t source = (int64_t)at;
        sources[i] = source < in ? source : in - 1;
    }
}

idi_status idi_labels_resize(idi_memory *memory, const idi_label_map *map, int64_t width,
                             int64_t height, idi_label_map *map_out)
{
    idi_status st = IDI_OK;
    int64_t *columns = NULL;
    IDI_TRY(idi_label_map_create(memory, width, height, map_out));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_IMAGE, (size_t)(width + height) * sizeof *columns,
                               &columns));
    int64_t *rows = columns + width;
    nearest_sources(map->width, width, columns);
    nearest_sources(map->height, height, rows);
    for (int64_t y = 0; y < height; y++) {
        const uint8_t *source = map->labels + rows[y] * map->width;
        uint8_t *target = map_out->labels + y * width;
        for (int64_t x = 0; x < width; x++)
            target[x] = source[columns[x]];
    }
done:
    idi_free(memory, columns);
    if (st != IDI_OK) idi_label_map_free(memory, map_out);
    return st;
}
