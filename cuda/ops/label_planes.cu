/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/label_planes.cu - a label map as planes before an image's channels; contract in
 * ops/label_planes.h.
 *
 * Shapes     labels u8 [N, Hm, Wm]; x [N, H, W, C]; y [N, H, W, R + C]
 * Launch     a thread 16 bytes of y, which may end one pixel and begin the next: R + C is hardly
 *            ever a multiple of a pack; the last thread one by one. grid ceil(count/(256*V)), 256
 * Traffic    DRAM N*H*W*((R + 2C)*size + 1) B; bandwidth bound
 * Limits     count < 2^31 * 256*V
 * Reference  src/cpu/label_planes.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"
#include "cuda/device/label_map.cuh"

extern "C" {
#include "ops/label_planes.h"
}

namespace {

template <typename T>
struct planes {
    const T *x;
    idi::label_map map;
    int64_t pixels; /* of one sample */
    int64_t classes, channels;

    __device__ int label(int64_t pixel) const
    {
        const int64_t n = idi::quotient(pixel, pixels);
        return idi::label_at_pixel(map, n, pixel - n * pixels);
    }
    __device__ T value(int64_t pixel, int64_t channel, int label) const
    {
        if (channel >= classes) return x[pixel * channels + channel - classes];
        return idi::from_float<T>(channel == label ? 1.0f : 0.0f);
    }
};

template <typename T>
__global__ void __launch_bounds__(idi::elementwise_block)
    label_planes_fwd(const planes<T> p, int64_t count, T *__restrict__ y)
{
    constexpr int width = idi::pack_width<T>;
    const int64_t first = idi::elementwise_thread() * width;
    if (first >= count) return;
    const int64_t all = p.classes + p.channels;
    int64_t pixel = idi::quotient(first, all);
    int64_t channel = first - pixel * all;
    int label = p.label(pixel);
    idi::pack<T, width> values = {};
    for (int j = 0; j < width && first + j < count; j++) {
        if (channel == all) {
            channel = 0;
            label = p.label(++pixel);
        }
        values.v[j] = p.value(pixel, channel++, label);
    }
    if (first + width <= count) {
        idi::store_pack(y + first, values);
        return;
    }
    for (int j = 0; j < width && first + j < count; j++)
        y[first + j] = values.v[j];
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_label_planes_attr *>(c->exec->attr);
    const idi_shape *y = &c->exec->out[0].shape;
    const int64_t count = idi_shape_count(y);
    const planes<T> p = {idi::in<T>(c, 1),
                         idi::make_label_map(&c->exec->in[0], y->dim[1], y->dim[2]),
                         y->dim[1] * y->dim[2], attr->classes, y->dim[3] - attr->classes};
    IDI_LAUNCH((label_planes_fwd<T>),
               idi::elementwise_grid(idi::ceil_div(count, idi::pack_width<T>)),
               idi::elementwise_block, 0, c->stream, p, count, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(label_planes)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
