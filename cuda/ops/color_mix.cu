/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/color_mix.cu - an affine map of each image's colours, and the way back; contract in
 * ops/color_mix.h.
 *
 * Shapes     x, y, dy, dx [N, H, W, 3]; matrix [N, 3, 4]
 * Launch     a thread V pixels, V = 16 B / element size where it divides H*W (three packs of 16 B),
 *            else 1; grid ceil(N*H*W / (256*V)), block 256
 * Traffic    DRAM 6*N*H*W*size B both ways; bandwidth bound. A sample's matrix comes from L1
 * Numerics   f32; backwards the factors transposed, without the offset
 * Reference  src/cpu/color_mix.c      Measured  not yet
 */
#include "cuda/device/column_tiles.cuh"
#include "cuda/device/elementwise.cuh"
#include "cuda/device/quotient.cuh"

extern "C" {
#include "ops/color_mix.h"
}

namespace {

/* The V pixels at `x`, changed. */
template <typename T, int V>
__device__ void mix(const float (&factor)[3][3], const float (&offset)[3], const T *__restrict__ x,
                    T *__restrict__ y)
{
    T colors[3 * V];
    for (int i = 0; i < 3; i++) {
        const auto values = idi::load_pack<V>(x + i * V);
        for (int j = 0; j < V; j++)
            colors[i * V + j] = values.v[j];
    }
    for (int p = 0; p < V; p++) {
        const float red = idi::to_float(colors[3 * p]);
        const float green = idi::to_float(colors[3 * p + 1]);
        const float blue = idi::to_float(colors[3 * p + 2]);
        for (int c = 0; c < 3; c++)
            colors[3 * p + c] = idi::from_float<T>(factor[c][0] * red + factor[c][1] * green +
                                                   factor[c][2] * blue + offset[c]);
    }
    for (int i = 0; i < 3; i++) {
        idi::pack<T, V> values;
        for (int j = 0; j < V; j++)
            values.v[j] = colors[i * V + j];
        idi::store_pack(y + i * V, values);
    }
}

/* `pixels` are a sample's, whole packs; `count` all samples'. */
template <typename T, int V, bool IS_GRADIENT>
__global__ void __launch_bounds__(idi::elementwise_block)
    color_mix(const T *__restrict__ x, const T *__restrict__ matrix, T *__restrict__ y,
              int64_t count, int64_t pixels)
{
    const int64_t first = idi::elementwise_thread() * V;
    if (first >= count) return;
    const T *m = matrix + idi::quotient(first, pixels) * 12;
    float factor[3][3];
    float offset[3];
    for (int c = 0; c < 3; c++) {
        offset[c] = IS_GRADIENT ? 0.0f : idi::to_float(m[4 * c + 3]);
        for (int k = 0; k < 3; k++)
            factor[c][k] = idi::to_float(IS_GRADIENT ? m[4 * k + c] : m[4 * c + k]);
    }
    mix<T, V>(factor, offset, x + 3 * first, y + 3 * first);
}

template <typename T, int V, bool IS_GRADIENT>
void launch(const idi_cuda_call *c)
{
    const idi_shape *shape = &c->exec->out[0].shape;
    const int64_t pixels = shape->dim[1] * shape->dim[2];
    const int64_t count = shape->dim[0] * pixels;
    IDI_LAUNCH((color_mix<T, V, IS_GRADIENT>), idi::elementwise_grid(count / V),
               idi::elementwise_block, 0, c->stream, idi::in<T>(c, 0), idi::in<T>(c, 1),
               idi::out<T>(c, 0), count, pixels);
}

} // namespace

IDI_CUDA_OP(color_mix)
{
    const int64_t *d = c->exec->out[0].shape.dim;
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, d[1] * d[2], V, launch<T, V, false>(c)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(color_mix_grad)
{
    const int64_t *d = c->exec->out[0].shape.dim;
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, d[1] * d[2], V, launch<T, V, true>(c)));
    IDI_LAUNCHED();
}
