/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/pixel_place.cuh - where a thread's pack stands in a batch of images, and where other
 * pixels of its image and channels lie. */
#ifndef IDI_CUDA_DEVICE_PIXEL_PLACE_CUH
#define IDI_CUDA_DEVICE_PIXEL_PLACE_CUH

#include "cuda/device/elementwise.cuh"
#include "cuda/device/quotient.cuh"

namespace idi {

struct pixel_grid {
    int64_t height, width, channels;
};

struct pixel_place {
    int64_t n, y, x, channel;
};

/* Of [N, H, W, C]. */
static inline pixel_grid grid_of(const idi_shape *shape)
{
    return {shape->dim[1], shape->dim[2], shape->dim[3]};
}

/* Of element `at`. */
__device__ static inline pixel_place place_of(const pixel_grid &g, int64_t at)
{
    const int64_t pixel = quotient(at, g.channels);
    const int64_t row = quotient(pixel, g.width);
    const int64_t n = quotient(row, g.height);
    return {n, row - n * g.height, pixel - row * g.width, at - pixel * g.channels};
}

/* Of pixel (y, x) of a grid in p's sample and channel. */
__device__ static inline int64_t offset_of(const pixel_grid &g, const pixel_place &p, int64_t y,
                                           int64_t x)
{
    return ((p.n * g.height + y) * g.width + x) * g.channels + p.channel;
}

} // namespace idi

#endif
