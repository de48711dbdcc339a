/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/scale.cu - y = factor*x, elementwise; contract in ops/scale.h.
 *
 * Shapes     x, y any, `count` numbers
 * Launch     cuda/device/elementwise.cuh: a thread 16 bytes, tail in the last block
 * Traffic    DRAM 2*count*size B; bandwidth bound
 * Reference  src/cpu/scale.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/scale.h"
}

namespace {

struct product {
    float factor;
    __device__ float operator()(float x) const { return factor * x; }
};

} // namespace

IDI_CUDA_OP(scale)
{
    const auto *attr = static_cast<const idi_scale_attr *>(c->exec->attr);
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    const product f{static_cast<float>(attr->factor)};
    IDI_STORAGE(c, T, idi::map(c, f, idi::out<T>(c, 0), count, idi::in<T>(c, 0)));
    IDI_LAUNCHED();
}
