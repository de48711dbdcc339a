/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer.h - the variants of the op, and its inputs as kernels see them. */
#ifndef IDI_CUDA_OPS_PIXEL_TRANSFORMER_H
#define IDI_CUDA_OPS_PIXEL_TRANSFORMER_H

#include "cuda/device/op.cuh"

extern "C" {
#include "ops/pixel_transformer.h"
}

namespace idi {

/* The inputs' addresses, of one sample. */
template <typename T>
struct pixel_transformer_in {
    const T *u, *residual, *root_in, *scores, *root, *model, *reference, *bias, *weight;
};

template <typename T>
static inline pixel_transformer_in<T> pixel_transformer_in_of(const idi_cuda_call *c,
                                                              const idi_pixel_transformer_sizes &n,
                                                              int64_t sample)
{
    const int64_t columns = 2 * n.hidden + n.out;
    return {in<T>(c, 0) + sample * n.pixels * n.channels,
            in<T>(c, 1) + sample * n.pixels * n.out,
            in<T>(c, 2),
            in<T>(c, 3) + sample * n.attended * (n.channels + 2),
            in<T>(c, 4) + sample * n.width * n.width,
            in<T>(c, 5),
            in<T>(c, 6) + sample * n.attended * columns,
            in<T>(c, 7),
            in<T>(c, 8)};
}

/* Row k and column j of [model; reference]; 0 from row K on. */
template <typename T>
__device__ static inline T pixel_transformer_at(const pixel_transformer_in<T> &in,
                                                const idi_pixel_transformer_sizes &n, int64_t k,
                                                int64_t j)
{
    const int64_t first = n.channels + 1;
    const int64_t columns = 2 * n.hidden + n.out;
    if (k >= n.width) return from_float<T>(0.0f);
    return k < first ? in.model[k * columns + j] : in.reference[(k - first) * columns + j];
}

/* pixel_transformer_mma.cu: one kernel for all, in 16-bit storage. */
bool has_pixel_transformer_mma(const idi_cuda_call *c);
size_t pixel_transformer_mma_bytes(const idi_cuda_call *c); /* of workspace */
void launch_pixel_transformer_mma(const idi_cuda_call *c);

/* pixel_transformer_gmma.cu: the same with the tensor cores' asynchronous products, where the
 * backend was told to prefer them (idi_cuda_backend_options). */
bool has_pixel_transformer_gmma(const idi_cuda_call *c);
size_t pixel_transformer_gmma_bytes(const idi_cuda_call *c); /* of workspace */
void launch_pixel_transformer_gmma(const idi_cuda_call *c);

} // namespace idi

#endif
