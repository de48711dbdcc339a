/* SPDX-License-Identifier: Apache-2.0 */
/* api/labels_edit.c - label maps with another person's parts, and the names of classes. */
#include "api/objects.h"
#include "data/labels.h"
#include "idinject/edit.h"

int64_t idi_class_index(const char *name)
{
    return name ? idi_label_scheme_class(idi_label_scheme_at(0), name) : -1;
}

const char *idi_class_name(int64_t index)
{
    const idi_label_scheme *own = idi_label_scheme_at(0);
    return index >= 0 && index < own->class_count ? own->class_names[index] : NULL;
}

const uint8_t *idi_class_colour(int64_t index)
{
    const idi_label_scheme *own = idi_label_scheme_at(0);
    return index >= 0 && index < own->class_count ? own->class_colours[index] : NULL;
}

static idi_status check_maps(const idi_bitmap *base, const idi_bitmap *other)
{
    IDI_REQUIRE(base && other && base->data && other->data, IDI_ERR_ARG,
                "labels: a map is missing");
    IDI_REQUIRE(base->channels == 1 && other->channels == 1, IDI_ERR_ARG,
                "labels: %d and %d channels, want label maps of 1", base->channels,
                other->channels);
    IDI_REQUIRE(base->width == other->width && base->height == other->height, IDI_ERR_SHAPE,
                "labels: maps of %lld x %lld and %lld x %lld pixels, want one size",
                (long long)base->width, (long long)base->height, (long long)other->width,
                (long long)other->height);
    return IDI_OK;
}

idi_status idi_labels_take(idi_context *context, const idi_bitmap *base, const idi_bitmap *other,
                           const int64_t *classes, int64_t count, idi_bitmap *labels_out)
{
    IDI_REQUIRE(context && labels_out && (classes || count == 0), IDI_ERR_ARG,
                "labels: a NULL argument");
    *labels_out = (idi_bitmap){NULL, 0, 0, 0};
    IDI_TRY(check_maps(base, other));
    bool is_taken[256] = {false};
    for (int64_t i = 0; i < count; i++) {
        IDI_REQUIRE(classes[i] >= 0 && classes[i] < 256, IDI_ERR_ARG,
                    "labels: there is no class %lld", (long long)classes[i]);
        is_taken[classes[i]] = true;
    }
    const idi_label_map own = {base->data, base->width, base->height};
    const idi_label_map from = {other->data, other->width, other->height};
    idi_label_map map;
    IDI_TRY(idi_labels_take_parts(context->memory, &own, &from, is_taken, &map));
    *labels_out = (idi_bitmap){map.labels, map.width, map.height, 1};
    return IDI_OK;
}
