/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/label_map.cuh - a label map, one byte a pixel, read at the size of another grid as
 * cpu/label_map.h reads it. */
#ifndef IDI_CUDA_DEVICE_LABEL_MAP_CUH
#define IDI_CUDA_DEVICE_LABEL_MAP_CUH

#include "cuda/device/op.cuh"
#include "cuda/device/quotient.cuh"

namespace idi {

constexpr int label_values = 256;

struct label_map {
    const uint8_t *labels; /* [N, map_height, map_width] */
    int64_t map_height, map_width;
    int64_t height, width; /* of the grid that it is read on */
};

static inline label_map make_label_map(const idi_tensor *labels, int64_t height, int64_t width)
{
    return {static_cast<const uint8_t *>(labels->data), labels->shape.dim[1], labels->shape.dim[2],
            height, width};
}

/* The label that the grid's pixel (y, x) has in sample n. */
__device__ static inline int label_at(const label_map &map, int64_t n, int64_t y, int64_t x)
{
    const int64_t row = quotient(y * map.map_height, map.height);
    const int64_t column = quotient(x * map.map_width, map.width);
    return map.labels[(n * map.map_height + row) * map.map_width + column];
}

/* The same for pixel p of the grid, counted row by row. */
__device__ static inline int label_at_pixel(const label_map &map, int64_t n, int64_t p)
{
    const int64_t y = quotient(p, map.width);
    return label_at(map, n, y, p - y * map.width);
}

} // namespace idi

#endif
