/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/label_map.h - reading a label map at another size than its own. */
#ifndef IDI_CPU_LABEL_MAP_H
#define IDI_CPU_LABEL_MAP_H

#include "core/tensor.h"

/* The label that pixel (y, x) of a height x width grid has in sample n of u8 [N, Hm, Wm]: the map
 * is read at (y*Hm/height, x*Wm/width), rounded down. */
static inline int64_t label_at(const idi_tensor *labels, int64_t n, int64_t y, int64_t x,
                               int64_t height, int64_t width)
{
    const int64_t map_height = labels->shape.dim[1];
    const int64_t map_width = labels->shape.dim[2];
    const int64_t row = y * map_height / height;
    const int64_t column = x * map_width / width;
    return ((const unsigned char *)labels->data)[(n * map_height + row) * map_width + column];
}

#endif
