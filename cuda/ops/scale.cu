/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/scale.cu - y = factor*x, elementwise; contract in ops/scale.h.
 *
 * Shapes     x, y any, `count` numbers
 * Launch     grid ceil(count / (256*V)), block 256; V = 16 B / element size, tail in the last block
 * Traffic    DRAM 2*count*size B; bandwidth bound
 * Reference  src/cpu/scale.c      Measured  not yet
 */
#include "cuda/device/op.cuh"

extern "C" {
#include "ops/scale.h"
}

namespace {

constexpr int block_size = 256;

template <typename T>
__global__ void __launch_bounds__(block_size)
    scale_fwd(const T *__restrict__ x, float factor, T *__restrict__ y, int64_t count)
{
    constexpr int width = idi::pack_width<T>;
    const int64_t first = ((int64_t)blockIdx.x * block_size + threadIdx.x) * width;
    if (first + width <= count) {
        idi::pack<T, width> values = idi::load_pack<width>(x + first);
        for (int j = 0; j < width; j++)
            values.v[j] = idi::from_float<T>(factor * idi::to_float(values.v[j]));
        idi::store_pack(y + first, values);
        return;
    }
    for (int64_t i = first; i < count; i++)
        y[i] = idi::from_float<T>(factor * idi::to_float(x[i]));
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_scale_attr *>(c->exec->attr);
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    const auto grid = (unsigned)idi::ceil_div(count, (int64_t)block_size * idi::pack_width<T>);
    IDI_LAUNCH((scale_fwd<T>), grid, block_size, 0, c->stream, idi::in<T>(c, 0),
               (float)attr->factor, idi::out<T>(c, 0), count);
}

} // namespace

IDI_CUDA_OP(scale)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
