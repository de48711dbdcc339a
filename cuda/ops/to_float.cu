/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/to_float.cu - numbers of the storage type as floats; contract in to_float.h.
 *
 * Shapes     x, y any, `count` numbers
 * Launch     a thread a pack of 4 numbers (16 bytes written), or one where y or the count does not
 *            divide; blocks of 256
 * Traffic    DRAM count*(size + 4) B; bandwidth bound
 * Reference  src/core/half.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "cuda/ops/to_float.h"
}

namespace {

constexpr int width = 4;

template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    to_float_fwd(const T *__restrict__ x, int64_t count, float *__restrict__ y)
{
    const int64_t first = idi::elementwise_thread() * V;
    if (first >= count) return;
    const idi::pack<T, V> values = idi::load_pack<V>(x + first);
    idi::pack<float, V> floats;
    for (int v = 0; v < V; v++)
        floats.v[v] = idi::to_float(values.v[v]);
    idi::store_pack(y + first, floats);
}

template <typename T, int V>
void launch(const idi_cuda_call *c, const void *x, int64_t count, float *y)
{
    IDI_LAUNCH((to_float_fwd<T, V>), idi::elementwise_grid(count / V), idi::elementwise_block, 0,
               c->stream, static_cast<const T *>(x), count, y);
}

} // namespace

extern "C" idi_status idi_cuda_to_float(const idi_cuda_call *c, const void *x, int64_t count,
                                        float *y)
{
    const bool is_packed =
        count % width == 0 && reinterpret_cast<uintptr_t>(y) % (width * sizeof(float)) == 0;
    if (count == 0) return IDI_OK;
    IDI_STORAGE(c, T, {
        if (is_packed)
            launch<T, width>(c, x, count, y);
        else
            launch<T, 1>(c, x, count, y);
    });
    IDI_LAUNCHED();
}
