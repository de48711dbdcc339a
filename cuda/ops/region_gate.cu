/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/region_gate.cu - zeroes the tokens of classes that a label map lacks; contract in
 * ops/region_gate.h.
 *
 * Shapes     x, y [N, R, D]; labels u8 [N, Hm, Wm]
 * Launch     grid N*R, block 512: looks for its class in the map, 16 bytes a load where a map's
 *            size allows, then copies or clears its token
 * Traffic    DRAM N*Hm*Wm + 2*N*R*D*size B; the map R times from L2. A few microseconds, latency
 *            bound
 * Limits     R, D any: labels end at 255
 * Reference  src/cpu/region_gate.c      Measured  not yet
 */
#include "cuda/device/op.cuh"

extern "C" {
#include "ops/region_gate.h"
}

namespace {

constexpr int block_size = 512;
constexpr int label_pack = 16;

/* Whether this thread's share of the map has label r. */
template <int V>
__device__ bool sees(const uint8_t *__restrict__ labels, int64_t count, int r)
{
    bool found = false;
    for (int64_t i = (int64_t)threadIdx.x * V; i < count; i += (int64_t)block_size * V) {
        const idi::pack<uint8_t, V> values = idi::load_pack<V>(labels + i);
        for (int v = 0; v < V; v++)
            found |= values.v[v] == r;
    }
    return found;
}

template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    region_gate_fwd(const T *__restrict__ x, const uint8_t *__restrict__ labels, int64_t pixels,
                    int64_t regions, int64_t width, T *__restrict__ y)
{
    IDI_SHARED(int, is_open, [1]);
    if (threadIdx.x == 0) is_open[0] = 0;
    __syncthreads();
    const int64_t n = blockIdx.x / regions;
    const auto r = static_cast<int>(blockIdx.x % regions);
    if (sees<V>(labels + n * pixels, pixels, r)) is_open[0] = 1; /* all write the same */
    __syncthreads();
    const int64_t first = blockIdx.x * width;
    for (int64_t d = threadIdx.x; d < width; d += block_size)
        y[first + d] = is_open[0] ? x[first + d] : idi::from_float<T>(0.0f);
}

template <typename T, int V>
void launch(const idi_cuda_call *c)
{
    const idi_shape &shape = c->exec->in[0].shape;
    const idi_shape &map = c->exec->in[1].shape;
    IDI_LAUNCH((region_gate_fwd<T, V>), (unsigned)(shape.dim[0] * shape.dim[1]), block_size, 0,
               c->stream, idi::in<T>(c, 0), idi::in<uint8_t>(c, 1), map.dim[1] * map.dim[2],
               shape.dim[1], shape.dim[2], idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(region_gate)
{
    const idi_shape &map = c->exec->in[1].shape;
    const bool is_packed = map.dim[1] * map.dim[2] % label_pack == 0;
    IDI_STORAGE(c, T, {
        if (is_packed)
            launch<T, label_pack>(c);
        else
            launch<T, 1>(c);
    });
    IDI_LAUNCHED();
}
