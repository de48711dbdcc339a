/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_planes.h - a label map as planes of zeros and ones, before an image's channels: what a
 * discriminator looks at.
 *
 * label_planes(labels, x?) -> y [N, height, width, classes + C]
 *   labels  u8 [N, Hm, Wm], read at (y*Hm/height, x*Wm/width) rounded down; labels of `classes` or
 *           more set no plane
 *   x       [N, height, width, C], or IDI_NONE: C is 0
 * Channel r < classes is 1 where the label is r and 0 elsewhere; x's channels follow.
 * Gradient: dx is a slice of dy. */
#ifndef IDI_OPS_LABEL_PLANES_H
#define IDI_OPS_LABEL_PLANES_H

#include "ops/ops.h"

typedef struct idi_label_planes_attr {
    int64_t classes;
} idi_label_planes_attr;

/* Of x's height and width. */
idi_value idi_label_planes(idi_graph *graph, idi_value labels, idi_value x, int64_t classes);
/* Without x. */
idi_value idi_label_planes_alone(idi_graph *graph, idi_value labels, int64_t classes,
                                 int64_t height, int64_t width);

#endif
