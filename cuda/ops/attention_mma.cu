/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention_mma.cu - attention of 16-bit tokens on tensor cores; contract in
 * ops/attention.h, the choice of it in attention.cu.
 *
 * Variants   keys 32, 1 tile   S <= 32: cross-attention over the style tokens, one pass
 *            keys 64, 1 or 2 tiles of 16 queries a warp: 2 where that still fills the device, which
 *            halves what is read of k and v
 * Launch     N*heads*ceil(T/(64*tiles)) blocks of 128; shared (64*tiles + 4*keys)*(d + 8)*2 B: the
 *            queries (later the results on their way out) and two stages of keys and values, of
 *            which one is computed with while the other is copied
 * Traffic    DRAM (2*N*T*D + 2*N*S*D)*2 B; k and v again from L2 for each block
 * Operations 4*N*T*S*D, keys padded to 32 or 64; S = 20 bandwidth bound, S >= 256 bound by mma
 * Numerics   scores and sums in float; a weight, at most 1, is rounded to T before it multiplies
 * Limits     d 32 or 64; N*heads*ceil(T/64) < 2^31
 * Reference  src/cpu/attention.c      Measured  not yet
 */
#include "cuda/device/copy_async.cuh"
#include "cuda/device/mma.cuh"
#include "cuda/device/reduce.cuh"
#include "cuda/ops/attention.h"
#include "cuda/runtime/device.h"

namespace {

using namespace idi;

constexpr int warps = 4;
constexpr int block_size = warps * warp_size;

/* Rows of shared memory are 16 bytes longer than a head's: eight of them meet all banks once. */
__host__ __device__ constexpr int stride_of(int size)
{
    return size + 8;
}

/* What a warp holds: TILES times 16 queries, KEYS keys, DH features. Each array's last index is a
 * fragment's (mma.cuh); largest and sum are of rows g and g + 8. */
template <int DH, int KEYS, int TILES>
struct warp_state {
    uint32_t q[TILES][DH / 16][4];
    float score[TILES][KEYS / 8][4];
    float y[TILES][DH / 8][4];
    float largest[TILES][2];
    float sum[TILES][2]; /* spread over four lanes */
};

/* Rows `row` and on of a head that has `rows`, by `threads` threads of which this is `thread`. */
template <int DH, typename T>
__device__ void copy_rows(T *to, int count, const attention_heads &h, const T *head, int64_t row,
                          int64_t rows, int thread, int threads)
{
    constexpr int packs = DH / pack_width<T>;
    for (int i = thread; i < count * packs; i += threads) {
        const int64_t from = row + i / packs;
        const int feature = i % packs * pack_width<T>;
        const bool is_there = from < rows;
        copy_async(to + i / packs * stride_of(DH) + feature,
                   head + (is_there ? from * h.width + feature : 0), is_there);
    }
}

template <typename T, int DH, int KEYS, int TILES>
__device__ void load_queries(warp_state<DH, KEYS, TILES> &s, const T *rows, int lane)
{
    for (int tile = 0; tile < TILES; tile++)
        for (int k = 0; k < DH / 16; k++)
            load_matrices(s.q[tile][k],
                          rows + (16 * tile + lane % 16) * stride_of(DH) + 16 * k + lane / 16 * 8);
}

template <typename T, int DH, int KEYS, int TILES>
__device__ void score_keys(warp_state<DH, KEYS, TILES> &s, const T *keys, int lane)
{
    for (int n = 0; n < KEYS / 16; n++) {
        for (int tile = 0; tile < TILES; tile++)
            for (int i = 0; i < 4; i++)
                s.score[tile][2 * n][i] = s.score[tile][2 * n + 1][i] = 0.0f;
        for (int k = 0; k < DH / 16; k++) {
            uint32_t b[4]; /* of keys 0..7 and 8..15 */
            load_matrices(b, keys + (16 * n + lane / 16 * 8 + lane % 8) * stride_of(DH) + 16 * k +
                                 lane / 8 % 2 * 8);
            for (int tile = 0; tile < TILES; tile++) {
                mma<T>(s.score[tile][2 * n], s.q[tile][k], b[0], b[1]);
                mma<T>(s.score[tile][2 * n + 1], s.q[tile][k], b[2], b[3]);
            }
        }
    }
}

/* Scores of keys from `left` on can win nothing. */
template <int DH, int KEYS, int TILES>
__device__ void mask_keys(warp_state<DH, KEYS, TILES> &s, int64_t left, int lane)
{
    for (int n = 0; n < KEYS / 8; n++)
        for (int i = 0; i < 4; i++)
            for (int tile = 0; tile < TILES; tile++)
                if (8 * n + lane % 4 * 2 + i % 2 >= left) s.score[tile][n][i] = -INFINITY;
}

/* Rows g + 8*half of a tile: scores to weights, relative to the largest so far; what was summed
 * before shrinks accordingly. */
template <int DH, int KEYS, int TILES>
__device__ void weigh_rows(warp_state<DH, KEYS, TILES> &s, const attention_heads &h, int tile,
                           int half)
{
    float largest = s.largest[tile][half];
    for (int n = 0; n < KEYS / 8; n++)
        largest = fmaxf(largest, fmaxf(s.score[tile][n][2 * half], s.score[tile][n][2 * half + 1]));
    largest = fmaxf(largest, __shfl_xor_sync(full_warp, largest, 1));
    largest = fmaxf(largest, __shfl_xor_sync(full_warp, largest, 2));
    const float shrink = attention_weight(h, s.largest[tile][half], largest);
    s.largest[tile][half] = largest;
    s.sum[tile][half] *= shrink;
    for (int n = 0; n < KEYS / 8; n++)
        for (int i = 2 * half; i < 2 * half + 2; i++) {
            s.score[tile][n][i] = attention_weight(h, s.score[tile][n][i], largest);
            s.sum[tile][half] += s.score[tile][n][i];
        }
    for (int n = 0; n < DH / 8; n++)
        for (int i = 2 * half; i < 2 * half + 2; i++)
            s.y[tile][n][i] *= shrink;
}

template <typename T, int DH, int KEYS, int TILES>
__device__ void mix_values(warp_state<DH, KEYS, TILES> &s, const T *values, int lane)
{
    for (int k = 0; k < KEYS / 16; k++) {
        uint32_t weights[TILES][4];
        for (int tile = 0; tile < TILES; tile++)
            for (int i = 0; i < 4; i++) {
                const float(&pair)[4] = s.score[tile][2 * k + i / 2];
                weights[tile][i] = pack_pair<T>(pair[i % 2 * 2], pair[i % 2 * 2 + 1]);
            }
        for (int n = 0; n < DH / 16; n++) {
            uint32_t b[4]; /* of features 0..7 and 8..15 */
            load_matrices_transposed(b, values + (16 * k + lane % 16) * stride_of(DH) + 16 * n +
                                            lane / 16 * 8);
            for (int tile = 0; tile < TILES; tile++) {
                mma<T>(s.y[tile][2 * n], weights[tile], b[0], b[1]);
                mma<T>(s.y[tile][2 * n + 1], weights[tile], b[2], b[3]);
            }
        }
    }
}

/* The results to the warp's own rows of shared memory, whence they leave 16 bytes at a time. */
template <typename T, int DH, int KEYS, int TILES>
__device__ void store_results(warp_state<DH, KEYS, TILES> &s, T *staged, const attention_heads &h,
                              T *y, int64_t rows, int lane)
{
    constexpr int packs = DH / pack_width<T>;
    for (int i = 0; i < 2 * TILES; i++) {
        float sum = s.sum[i / 2][i % 2];
        sum += __shfl_xor_sync(full_warp, sum, 1);
        sum += __shfl_xor_sync(full_warp, sum, 2);
        const float inverse = 1.0f / sum;
        for (int n = 0; n < DH / 8; n++) {
            const float(&c)[4] = s.y[i / 2][n];
            store_pack(staged + (8 * i + lane / 4) * stride_of(DH) + 8 * n + lane % 4 * 2,
                       pair_of<T>(c[i % 2 * 2] * inverse, c[i % 2 * 2 + 1] * inverse));
        }
    }
    __syncwarp();
    for (int i = lane; i < 16 * TILES * packs; i += warp_size) {
        const int row = i / packs;
        const int feature = i % packs * pack_width<T>;
        if (row < rows)
            store_pack(y + row * h.width + feature,
                       load_pack<pack_width<T>>(staged + row * stride_of(DH) + feature));
    }
}

template <typename T, int DH, int KEYS, int TILES>
__global__ void __launch_bounds__(block_size)
    attention_fwd_mma(attention_heads h, int64_t tiles, const T *__restrict__ q,
                      const T *__restrict__ k, const T *__restrict__ v, T *__restrict__ y)
{
    constexpr int rows = 16 * TILES; /* of a warp */
    constexpr int keys_size = KEYS * stride_of(DH);
    IDI_SHARED_DYNAMIC(T, shared);
    const int lane = (int)threadIdx.x % warp_size;
    const int warp = (int)threadIdx.x / warp_size;
    T *const staged = shared + warp * rows * stride_of(DH);
    T *const stages = shared + warps * rows * stride_of(DH); /* keys, values; keys, values */
    const attention_part at = attention_part_of(h, tiles, 1);
    const int64_t query = (at.tile * warps + warp) * rows;
    const auto copy_stage = [&](int64_t key, int stage) {
        T *const keys = stages + stage * 2 * keys_size;
        const auto thread = (int)threadIdx.x;
        copy_rows<DH>(keys, KEYS, h, k + at.k, key, h.keys, thread, block_size);
        copy_rows<DH>(keys + keys_size, KEYS, h, v + at.k, key, h.keys, thread, block_size);
    };
    copy_rows<DH>(staged, rows, h, q + at.q, query, h.queries, lane, warp_size);
    copy_stage(0, 0);
    copy_async_commit();

    warp_state<DH, KEYS, TILES> s = {};
    for (int i = 0; i < 2 * TILES; i++)
        s.largest[i / 2][i % 2] = -INFINITY;
    int stage = 0;
    for (int64_t key = 0; key < h.keys; key += KEYS, stage ^= 1) {
        if (key + KEYS < h.keys) copy_stage(key + KEYS, stage ^ 1);
        copy_async_commit();
        copy_async_wait<1>();
        __syncthreads();
        const T *const keys = stages + stage * 2 * keys_size;
        if (key == 0) load_queries(s, staged, lane);
        score_keys(s, keys, lane);
        if (h.keys - key < KEYS) mask_keys(s, h.keys - key, lane);
        for (int i = 0; i < 2 * TILES; i++)
            weigh_rows(s, h, i / 2, i % 2);
        mix_values(s, keys + keys_size, lane);
        __syncthreads(); /* before the stage is copied over */
    }
    store_results(s, staged, h, y + at.q + query * h.width, h.queries - query, lane);
}

template <typename T, int DH, int KEYS, int TILES>
void launch_tiles(const idi_cuda_call *c, const attention_heads &h)
{
    const auto kernel = attention_fwd_mma<T, DH, KEYS, TILES>;
    const int64_t tiles = ceil_div(h.queries, 16 * TILES * warps);
    const int stages = h.keys > KEYS ? 2 : 1;
    const size_t bytes =
        (size_t)(16 * TILES * warps + stages * 2 * KEYS) * stride_of(DH) * sizeof(T);
    if (bytes > 48 * 1024)
        (void)cudaFuncSetAttribute(reinterpret_cast<const void *>(kernel),
                                   cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    IDI_LAUNCH(kernel, attention_grid(h, tiles, 1), block_size, bytes, c->stream, h, tiles,
               in<T>(c, 0), in<T>(c, 1), in<T>(c, 2), out<T>(c, 0));
}

template <typename T, int DH>
void launch(const idi_cuda_call *c, const attention_heads &h)
{
    const int64_t wide_blocks = h.samples * h.count * ceil_div(h.queries, 2 * 16 * warps);
    if (h.keys <= 32)
        launch_tiles<T, DH, 32, 1>(c, h);
    else if (wide_blocks < c->device->multiprocessor_count)
        launch_tiles<T, DH, 64, 1>(c, h);
    else
        launch_tiles<T, DH, 64, 2>(c, h);
}

template <typename T>
void launch(const idi_cuda_call *c, const attention_heads &h)
{
    if (h.size == 32)
        launch<T, 32>(c, h);
    else
        launch<T, 64>(c, h);
}

} // namespace

void idi::launch_attention_mma(const idi_cuda_call *c, const attention_heads &h)
{
    if (c->storage == IDI_F16)
        launch<__half>(c, h);
    else
        launch<__nv_bfloat16>(c, h);
}
