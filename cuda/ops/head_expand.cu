/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/head_expand.cu - a row for each head and token; contract in ops/head_expand.h.
 *
 * Shapes     x [N,S,D], y [N,heads*S,D]
 * Launch     ceil(N*heads*S*D/(V*256)) blocks of 256, V = 16 B where a head is whole packs, or 1
 * Traffic    DRAM (N*S*D + N*heads*S*D)*size B; bandwidth bound, and once a person
 * Reference  src/cpu/head_expand.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/head_expand.h"
}

namespace {

/* Sizes in packs of V. */
template <typename T, int V>
__global__ void __launch_bounds__(idi::elementwise_block)
    head_expand_fwd(const T *__restrict__ x, int64_t heads, int64_t tokens, int64_t width,
                    int64_t count, T *__restrict__ y)
{
    const int64_t i = idi::elementwise_thread();
    if (i >= count) return;
    const int64_t feature = i % width;
    const int64_t row = i / width; /* (n*heads + head)*tokens + token */
    const int64_t head = row / tokens % heads;
    const int64_t from = row / tokens / heads * tokens + row % tokens;
    idi::pack<T, V> values;
    for (int j = 0; j < V; j++)
        values.v[j] = idi::from_float<T>(0.0f);
    if (feature / (width / heads) == head)
        values = idi::load_pack<V>(x + (from * width + feature) * V);
    idi::store_pack(y + i * V, values);
}

template <typename T, int V>
void launch(const idi_cuda_call *c)
{
    const int64_t *x = c->exec->in[0].shape.dim;
    const int64_t heads = static_cast<const idi_head_expand_attr *>(c->exec->attr)->heads;
    const int64_t count = x[0] * heads * x[1] * x[2] / V;
    IDI_LAUNCH((head_expand_fwd<T, V>), idi::elementwise_grid(count), idi::elementwise_block, 0,
               c->stream, idi::in<T>(c, 0), heads, x[1], x[2] / V, count, idi::out<T>(c, 0));
}

template <typename T>
void launch_packs(const idi_cuda_call *c)
{
    const int64_t heads = static_cast<const idi_head_expand_attr *>(c->exec->attr)->heads;
    if (c->exec->in[0].shape.dim[2] / heads % idi::pack_width<T> == 0)
        launch<T, idi::pack_width<T>>(c);
    else
        launch<T, 1>(c);
}

} // namespace

IDI_CUDA_OP(head_expand)
{
    IDI_STORAGE(c, T, launch_packs<T>(c));
    IDI_LAUNCHED();
}
