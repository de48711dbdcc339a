/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/add.cu - y = a + b, elementwise; contract in ops/add.h.
 *
 * Shapes     a, b, y any, equal, `count` numbers
 * Launch     cuda/device/elementwise.cuh: a thread 16 bytes, tail in the last block
 * Traffic    DRAM 3*count*size B; bandwidth bound
 * Reference  src/cpu/add.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

namespace {

struct sum {
    __device__ float operator()(float a, float b) const { return a + b; }
};

} // namespace

IDI_CUDA_OP(add)
{
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    IDI_STORAGE(c, T,
                idi::map(c, sum{}, idi::out<T>(c, 0), count, idi::in<T>(c, 0), idi::in<T>(c, 1)));
    IDI_LAUNCHED();
}
