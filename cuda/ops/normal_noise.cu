/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/normal_noise.cu - standard normal numbers by Philox and Box-Muller; contract in
 * ops/normal_noise.h.
 *
 * Shapes     seed i32 [4]; y any, `count` numbers
 * Launch     a thread 16 bytes, blocks of 256; the tail one by one in the last block
 * Traffic    DRAM count*size B written. Bound by arithmetic: ten rounds of two 32x32 bit products,
 *            a logarithm and a cosine an element
 * Numerics   the integers are those of core/philox.h to the bit. f32 keeps each of them to 24 bits
 *            where it matters: near 1 the logarithm is taken of the distance from 1, and the angle
 * is cut to an eighth of a turn while it is an integer Reference  src/cpu/normal_noise.c Measured
 * not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "core/philox.h"
#include "ops/normal_noise.h"
}

namespace {

constexpr float inverse_range = 2.3283064365386963e-10f; /* 2^-32 */
constexpr float word_angle = 1.4629180792671596e-9f;     /* 2 pi/2^32 */

/* log((word + 1)/2^32) */
__device__ float log_uniform(uint32_t word)
{
    if (word < 0x80000000u) return logf((float)(word + 1u) * inverse_range);
    return log1pf(-(float)(~word) * inverse_range);
}

/* cos(2 pi word/2^32) */
__device__ float cos_turns(uint32_t word)
{
    const uint32_t quarter = (word + 0x20000000u) >> 30; /* the nearest; its angle is the rest */
    const float angle = (float)(int32_t)(word - (quarter << 30)) * word_angle;
    const float value = quarter % 2 == 0 ? cosf(angle) : sinf(angle);
    return quarter == 1 || quarter == 2 ? -value : value;
}

__device__ float normal(uint64_t seed, uint64_t stream, int64_t index)
{
    uint32_t word[4];
    idi_philox_draw(seed, stream, (uint64_t)index, word);
    return sqrtf(-2.0f * log_uniform(word[0])) * cos_turns(word[1]);
}

template <typename T>
__global__ void __launch_bounds__(idi::elementwise_block)
    normal_noise_fill(const uint32_t *__restrict__ words, int64_t count, T *__restrict__ y)
{
    constexpr int width = idi::pack_width<T>;
    const int64_t first = idi::elementwise_thread() * width;
    const uint64_t seed = (uint64_t)words[1] << 32 | words[0];
    const uint64_t stream = (uint64_t)words[3] << 32 | words[2];
    if (first + width <= count) {
        idi::pack<T, width> values;
        for (int j = 0; j < width; j++)
            values.v[j] = idi::from_float<T>(normal(seed, stream, first + j));
        idi::store_pack(y + first, values);
        return;
    }
    for (int64_t i = first; i < count; i++)
        y[i] = idi::from_float<T>(normal(seed, stream, i));
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    IDI_LAUNCH(
        (normal_noise_fill<T>), idi::elementwise_grid(idi::ceil_div(count, idi::pack_width<T>)),
        idi::elementwise_block, 0, c->stream, idi::in<uint32_t>(c, 0), count, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(normal_noise)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
