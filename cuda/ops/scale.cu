/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/scale.cu - y = factor*x, elementwise: the first kernel, which proves that the toolchain
 * compiles and links. The CUDA backend is not there yet; nothing calls this.
 *
 * Shapes     x, y f32, `count` numbers
 * Launch     grid ceil(count / 256) up to 2^31 - 1, block 256
 * Traffic    DRAM 8*count B; bandwidth bound
 * Reference  src/cpu/scale.c      Measured  not yet
 */
#include "cuda/ops/scale.h"

#include <cuda_runtime.h>

namespace {

constexpr int block_size = 256;

__global__ void __launch_bounds__(block_size)
    scale_fwd_f32(const float *__restrict__ x, float factor, float *__restrict__ y, int64_t count)
{
    const int64_t i = (int64_t)blockIdx.x * block_size + threadIdx.x;
    if (i < count) y[i] = factor * x[i];
}

} // namespace

extern "C" int idi_cuda_scale(const float *x, float factor, float *y, int64_t count, void *stream)
{
    if (count <= 0) return 0;
    const int64_t blocks = (count + block_size - 1) / block_size;
    scale_fwd_f32<<<(unsigned)blocks, block_size, 0, (cudaStream_t)stream>>>(x, factor, y, count);
    return (int)cudaGetLastError();
}
