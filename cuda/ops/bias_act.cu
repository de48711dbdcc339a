/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/bias_act.cu - c = act(base + bias), beside matrix products; contract in bias_act.h.
 *
 * Shapes     c, base [batch, rows, columns] with strides; bias [columns], or one a batch member
 * Launch     grid (ceil(batch*rows / 8), ceil(columns / (32*V)), at most 65535), block (32, 8):
 *            8 rows side by side; V = 16 B / element size where columns and strides divide, else 1
 * Traffic    DRAM 2*batch*rows*columns*size B, half without a base; bandwidth bound
 * Limits     batch*rows <= 8*(2^31-1)
 * Reference  src/cpu/act.h      Measured  not yet
 */
#include "cuda/device/act.cuh"

extern "C" {
#include "cuda/ops/bias_act.h"
}

namespace {

constexpr int lanes = 32;
constexpr int rows_per_block = 8;

template <typename T, int V>
__global__ void __launch_bounds__(lanes *rows_per_block) bias_act_fwd(idi_cuda_bias_act_args a)
{
    const int64_t row = (int64_t)blockIdx.x * rows_per_block + threadIdx.y;
    if (row >= a.batch * a.rows) return;
    const int64_t member = row / a.rows;
    const int64_t first = member * a.batch_stride + row % a.rows * a.row_stride;
    const T *base = a.base ? static_cast<const T *>(a.base) + first : nullptr;
    const T *bias = a.bias ? static_cast<const T *>(a.bias) + member * a.bias_stride : nullptr;
    T *c = static_cast<T *>(a.c) + first;
    const int64_t step = (int64_t)gridDim.y * lanes * V;
    for (int64_t i = ((int64_t)blockIdx.y * lanes + threadIdx.x) * V; i < a.columns; i += step) {
        idi::pack<T, V> values = {};
        idi::pack<T, V> offsets = {};
        if (base) values = idi::load_pack<V>(base + i);
        if (bias) offsets = idi::load_pack<V>(bias + i);
        for (int j = 0; j < V; j++) {
            const float x = idi::to_float(values.v[j]) + idi::to_float(offsets.v[j]);
            values.v[j] = idi::from_float<T>(idi::act_value(a.act, x));
        }
        idi::store_pack(c + i, values);
    }
}

template <typename T, int V>
void launch(const idi_cuda_call *c, const idi_cuda_bias_act_args &a)
{
    const int64_t tiles = idi::ceil_div(a.columns, lanes * V);
    const dim3 grid((unsigned)idi::ceil_div(a.batch * a.rows, rows_per_block),
                    (unsigned)(tiles < 65535 ? tiles : 65535));
    IDI_LAUNCH((bias_act_fwd<T, V>), grid, dim3(lanes, rows_per_block), 0, c->stream, a);
}

template <typename T>
void choose(const idi_cuda_call *c, const idi_cuda_bias_act_args &a)
{
    constexpr int width = idi::pack_width<T>;
    const int64_t all = a.columns | a.row_stride | a.batch_stride | a.bias_stride;
    if (all % width == 0)
        launch<T, width>(c, a);
    else
        launch<T, 1>(c, a);
}

} // namespace

extern "C" idi_status idi_cuda_bias_act(const idi_cuda_call *c, const idi_cuda_bias_act_args *args)
{
    if (args->batch * args->rows == 0 || args->columns == 0) return IDI_OK;
    IDI_STORAGE(c, T, choose<T>(c, *args));
    IDI_LAUNCHED();
}
