/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/narrow.cu - floats as numbers of the storage type; contract in ops/narrow.h.
 *
 * Shapes     x, y any, `count` numbers; x floats
 * Launch     cuda/device/elementwise.cuh: a thread 16 bytes of y, tail in the last block
 * Traffic    DRAM count*(4 + size) B; bandwidth bound; once a model or a
 *            person, and of each weight once a step of a training
 * Reference  src/cpu/narrow.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/narrow.h"
}

namespace {

struct same {
    __device__ float operator()(float x) const { return x; }
};

} // namespace

IDI_CUDA_OP(narrow)
{
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    IDI_STORAGE(c, T, idi::map(c, same{}, idi::out<T>(c, 0), count, idi::in<float>(c, 0)));
    IDI_LAUNCHED();
}
