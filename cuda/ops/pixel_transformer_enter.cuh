/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer_enter.cuh - from pixels to z/sigma in registers: normalised, attended,
 * and what of the outputs is linear in z; part of pixel_transformer_mma.cu and
 * pixel_transformer_gmma.cu, which describe it. */
#ifndef IDI_CUDA_OPS_PIXEL_TRANSFORMER_ENTER_CUH
#define IDI_CUDA_OPS_PIXEL_TRANSFORMER_ENTER_CUH

#include "cuda/device/reduce.cuh"
#include "cuda/device/unroll.cuh"
#include "cuda/ops/pixel_transformer_pack.cuh"

namespace {

using namespace idi;

constexpr int rows = 32;         /* pixels of a warp */
constexpr int tiles = rows / 16; /* of 16 pixels */

/* K' = 16*STEPS. */
__host__ __device__ constexpr int z_stride(int steps)
{
    return 16 * steps + 8;
}

/* What a block of the kernel gets. */
template <typename T>
struct problem {
    pixel_transformer_in<T> in; /* of the first sample */
    idi_pixel_transformer_sizes n;
    const T *packed;
    T *y;
    float eps;
    int64_t blocks; /* of a sample */
};

/* Over the four lanes that share a row. */
__device__ float row_sum(float x)
{
    x += __shfl_xor_sync(full_warp, x, 1);
    return x + __shfl_xor_sync(full_warp, x, 2);
}

__device__ float row_max(float x)
{
    x = fmaxf(x, __shfl_xor_sync(full_warp, x, 1));
    return fmaxf(x, __shfl_xor_sync(full_warp, x, 2));
}

/* z = [u, 1, 0...] for the warp's pixels; zeros for u beyond the sample. */
template <typename T, int STEPS>
__device__ void start_rows(T *z, const T *u, int64_t pixels, int lane)
{
    constexpr int width = pack_width<T>;
    constexpr int packs = 16 * STEPS / width;
    for (int i = lane; i < rows * packs; i += warp_size) {
        const int row = i / packs;
        const int column = i % packs * width;
        pack<T, width> values;
        for (int j = 0; j < width; j++)
            values.v[j] = from_float<T>(column + j == channels ? 1.0f : 0.0f);
        if (column < channels && row < pixels)
            values = load_pack<width>(u + row * channels + column);
        store_pack(z + row * z_stride(STEPS) + column, values);
    }
}

/* 16 numbers, from `k` on, of each of the warp's pixels: fragments a. */
template <int STEPS, typename T>
__device__ void load_z(uint32_t (&a)[tiles][4], const T *z, int k, int lane)
{
    for (int tile = 0; tile < tiles; tile++)
        load_matrices(a[tile], z + (16 * tile + lane % 16) * z_stride(STEPS) + k + lane / 16 * 8);
}

/* squares[tile][half] = |root z|^2 of the rows g + 8*half, 1/sqrt(... + eps) of which is meant. */
template <typename T, int DEPTH>
__device__ void invert_root(float (&inverse)[tiles][2], const uint32_t (&z)[DEPTH][tiles][4],
                            const T *packed, int lines, float eps, int lane)
{
    for (int i = 0; i < 2 * tiles; i++)
        inverse[i / 2][i % 2] = 0.0f;
    IDI_ROLLED
    for (int line = 0; line < lines; line++) {
        float sum[tiles][4] = {};
        IDI_UNROLL
        for (int k = 0; k < DEPTH; k++) {
            if (2 * k + 1 < line) continue; /* below the diagonal */
            const auto b = load_unit(packed, line * DEPTH + k, lane);
            for (int tile = 0; tile < tiles; tile++)
                mma<T>(sum[tile], z[k][tile], b.v[0], b.v[1]);
        }
        for (int i = 0; i < 4 * tiles; i++)
            inverse[i / 4][i % 4 / 2] += sum[i / 4][i % 4] * sum[i / 4][i % 4];
    }
    for (int i = 0; i < 2 * tiles; i++)
        inverse[i / 2][i % 2] = 1.0f / sqrtf(row_sum(inverse[i / 2][i % 2]) + eps);
}

/* A head's scores, from fragments [tiles][3][4], to weights; a row at a time. */
__device__ void weigh_row(float (&t)[tiles][head_lines][4], int tile, int half)
{
    float largest = -INFINITY;
    float sum = 0.0f;
    for (int i = 0; i < 2 * head_lines; i++)
        largest = fmaxf(largest, t[tile][i / 2][2 * half + i % 2]);
    largest = row_max(largest);
    for (int i = 0; i < 2 * head_lines; i++) {
        float &value = t[tile][i / 2][2 * half + i % 2];
        sum += value = expf(value - largest);
    }
    const float share = 1.0f / row_sum(sum);
    for (int i = 0; i < 2 * head_lines; i++)
        t[tile][i / 2][2 * half + i % 2] *= share;
}

/* Writes one head's weights into the warp's rows of z. `constants`: element C + 1 of its scores. */
template <typename T, int STEPS>
__device__ void attend(T *z, const uint32_t (&v)[entry_steps][tiles][4],
                       const float (&inverse)[tiles][2], const T *packed, const T *constants,
                       int tokens, int lane)
{
    float t[tiles][head_lines][4] = {};
    for (int line = 0; line < head_lines; line++) {
        for (int k = 0; k < entry_steps; k++) {
            const auto b = load_unit(packed, line * entry_steps + k, lane);
            for (int tile = 0; tile < tiles; tile++)
                mma<T>(t[tile][line], v[k][tile], b.v[0], b.v[1]);
        }
        for (int j = 0; j < 2; j++) {
            const int token = 8 * line + lane % 4 * 2 + j;
            const bool is_there = token < tokens;
            const float constant =
                to_float(constants[is_there ? (int64_t)token * (channels + 2) : 0]);
            for (int i = 0; i < 2 * tiles; i++) {
                float &score = t[i / 2][line][i % 2 * 2 + j];
                score = is_there ? score * inverse[i / 2][i % 2] + constant : -INFINITY;
            }
        }
    }
    for (int i = 0; i < 2 * tiles; i++)
        weigh_row(t, i / 2, i % 2);
    for (int line = 0; line < head_lines; line++)
        for (int i = 0; i < 4 * tiles; i++) {
            const int token = 8 * line + lane % 4 * 2 + i % 2;
            if (token < tokens)
                z[(i / 2 * 8 + lane / 4) * z_stride(STEPS) + token] =
                    from_float<T>(t[i / 4][line][i % 4]);
        }
}

/* Both numbers of a register, of columns `column` and on of a row: z to z/sigma, and the 1 that
 * meets the biases. */
template <typename T>
__device__ uint32_t scale_pair(uint32_t bits, float inverse, int column, int width)
{
    pack<T, 2> pair;
    memcpy(&pair, &bits, sizeof pair);
    const float low = column == width ? 1.0f : to_float(pair.v[0]) * inverse;
    const float high = column + 1 == width ? 1.0f : to_float(pair.v[1]) * inverse;
    return pack_pair<T>(low, high);
}

/* out += the outputs' columns, packed, times z. */
template <typename T, int STEPS>
__device__ void add_linear(float (&out)[tiles][out_lines][4], const uint32_t (&z)[STEPS][tiles][4],
                           const T *packed, int lane)
{
    IDI_UNROLL
    for (int k = 0; k < STEPS; k++) {
        __syncwarp(); /* all steps' loads at once would take registers that are not there */
        for (int line = 0; line < out_lines; line++) {
            const auto b = load_unit(packed, line * STEPS + k, lane);
            for (int tile = 0; tile < tiles; tile++)
                mma<T>(out[tile][line], z[k][tile], b.v[0], b.v[1]);
        }
    }
}

/* z of the warp's pixels, and the outputs' part that is linear in it. */
template <typename T, int STEPS>
__device__ void enter(uint32_t (&z)[STEPS][tiles][4], float (&out)[tiles][out_lines][4], T *shared,
                      const problem<T> &p, const pixel_transformer_in<T> &in, const T *packed,
                      int64_t pixel, int lane)
{
    const fragments f = fragments_of((int)p.n.heads, STEPS);
    const auto tokens = (int)p.n.tokens;
    float inverse[tiles][2];
    start_rows<T, STEPS>(shared, in.u + pixel * channels, p.n.pixels - pixel, lane);
    __syncwarp();
    uint32_t v[entry_steps][tiles][4];
    for (int k = 0; k < entry_steps; k++)
        load_z<STEPS>(v[k], shared, 16 * k, lane);
    __syncwarp(); /* before weights are written where others read */
    invert_root(inverse, v, packed, entry_lines, p.eps, lane);
    for (int head = 0; head < p.n.heads; head++)
        attend<T, STEPS>(shared + first + head * tokens, v, inverse,
                         packed + (int64_t)(f.scores + head * head_lines * entry_steps) * unit,
                         in.scores + (int64_t)head * tokens * (channels + 2) + first, tokens, lane);
    __syncwarp();
    IDI_UNROLL
    for (int k = 0; k < STEPS; k++)
        load_z<STEPS>(z[k], shared, 16 * k, lane);
    add_linear<T, STEPS>(out, z, packed + (int64_t)f.out * unit, lane);
    invert_root(inverse, z, packed + (int64_t)f.root * unit, 2 * STEPS, p.eps, lane);
    IDI_UNROLL
    for (int k = 0; k < STEPS; k++)
        for (int i = 0; i < 4 * tiles; i++)
            z[k][i / 4][i % 4] =
                scale_pair<T>(z[k][i / 4][i % 4], inverse[i / 4][i % 2],
                              16 * k + i % 4 / 2 * 8 + lane % 4 * 2, (int)p.n.width);
}
} // namespace

#endif
