/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels.h - label maps: one byte a pixel, and the named class orders ("schemes") that say
 * what the bytes mean. Two incompatible orders of the same 19 classes are in wide use; a map never
 * says which one it is in, so the caller does, and idi_labels_lint contradicts when the picture
 * does. */
#ifndef IDI_DATA_LABELS_H
#define IDI_DATA_LABELS_H

#include "core/memory.h"

typedef struct idi_label_map {
    uint8_t *labels; /* [height, width], IDI_TAG_IMAGE */
    int64_t width, height;
} idi_label_map;

IDI_NODISCARD idi_status idi_label_map_create(idi_memory *memory, int64_t width, int64_t height,
                                              idi_label_map *map_out); /* zeros */
void idi_label_map_free(idi_memory *memory, idi_label_map *map);

/* A class order. Colours belong to the class, not to the number: the same part has the same colour
 * in every scheme (CelebAMask-HQ's table). Everything is static. */
typedef struct idi_label_scheme {
    const char *name;
    int class_count;
    const char *const *class_names;    /* [class_count] */
    const uint8_t (*class_colours)[3]; /* [class_count] R, G, B */
} idi_label_scheme;

/* "celebamask": CelebAMask-HQ, SEAN, CA2-SIS. "bisenet": face-parsing.PyTorch and its users. */
IDI_NODISCARD idi_status idi_label_scheme_find(const char *name,
                                               const idi_label_scheme **scheme_out);
int idi_label_scheme_count(void);
const idi_label_scheme *idi_label_scheme_at(int index); /* 0 is celebamask */
/* The class's number, or -1. */
int idi_label_scheme_class(const idi_label_scheme *scheme, const char *class_name);
int idi_label_scheme_colour(const idi_label_scheme *scheme, const uint8_t rgb[3]);

/* IDI_ERR_LABELS with the first value the scheme does not have, and where it stands. */
IDI_NODISCARD idi_status idi_labels_check(const idi_label_map *map, const idi_label_scheme *scheme);

/* Rewrites the map in place from one order to the other, by class name; there and back gives the
 * same bytes. IDI_ERR_LABELS, and nothing changed, if a value or a class has no counterpart. */
IDI_NODISCARD idi_status idi_labels_remap(idi_label_map *map, const idi_label_scheme *from,
                                          const idi_label_scheme *to);

/* Pillow's NEAREST, bit for bit: it adds up the step instead of multiplying, and takes the odd
 * pixels when halving. */
IDI_NODISCARD idi_status idi_labels_resize(idi_memory *memory, const idi_label_map *map,
                                           int64_t width, int64_t height, idi_label_map *map_out);

/* A copy of `base` with `other`'s pixels of the taken classes. Where `base` had one and `other` has
 * none, the label of the nearest pixel of `base` that is of no taken class: in steps to the four
 * neighbours, of equally near ones the first in reading order; `other`'s, if there is none. Both
 * maps of one size. */
IDI_NODISCARD idi_status idi_labels_take_parts(idi_memory *memory, const idi_label_map *base,
                                               const idi_label_map *other, const bool is_taken[256],
                                               idi_label_map *map_out);

typedef enum idi_lint_verdict {
    IDI_LINT_FITS,        /* the parts lie where the scheme's names say */
    IDI_LINT_WRONG_ORDER, /* they lie where another scheme's names say */
    IDI_LINT_UNSURE       /* too few parts, or no scheme fits (not a face, or not upright) */
} idi_lint_verdict;

typedef struct idi_lint_finding {
    idi_lint_verdict verdict;
    const idi_label_scheme *looks_like; /* of WRONG_ORDER: the scheme that fits; else NULL */
    char text[320];                     /* one sentence for a person */
} idi_lint_finding;

/* Holds the places and shapes of the parts (nose between eyes and lips, hair on top, neck below)
 * against the scheme, in a frame that the eyes span, so size, place and moderate roll of the head
 * do not matter. Changes nothing. Fails only as idi_labels_check does. */
IDI_NODISCARD idi_status idi_labels_lint(const idi_label_map *map, const idi_label_scheme *scheme,
                                         idi_lint_finding *finding_out);

#endif
