/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer_leave.cuh - from a warp's outputs in registers to the image; part of
 * pixel_transformer_mma.cu and pixel_transformer_gmma.cu, which describe it. */
#ifndef IDI_CUDA_OPS_PIXEL_TRANSFORMER_LEAVE_CUH
#define IDI_CUDA_OPS_PIXEL_TRANSFORMER_LEAVE_CUH

#include "cuda/ops/pixel_transformer_enter.cuh"

namespace {

/* y = residual + out + bias. */
template <typename T>
__device__ void store_rows(T *y, const T *residual, const T *bias, int64_t pixels,
                           const float (&out)[tiles][out_lines][4], int lane)
{
    for (int line = 0; line < out_lines; line++) {
        const int column = 8 * line + lane % 4 * 2;
        const float low = to_float(bias[column]);
        const float high = to_float(bias[column + 1]);
        for (int i = 0; i < 2 * tiles; i++) {
            const int row = 8 * i + lane / 4;
            if (row >= pixels) continue;
            const float(&c)[4] = out[i / 2][line];
            const auto from = load_pack<2>(residual + row * channels + column);
            store_pack(y + row * channels + column,
                       pair_of<T>(c[i % 2 * 2] + low + to_float(from.v[0]),
                                  c[i % 2 * 2 + 1] + high + to_float(from.v[1])));
        }
    }
}

} // namespace

#endif
