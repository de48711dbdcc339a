/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention.cu - scaled dot-product attention; contract in ops/attention.h.
 *
 * Variants   cuDNN 16-bit storage, T and S >= 256, d <= 128 in steps of 8, compute capability 8.0:
 *                  runtime/sdpa.h; where it has no engine, one of the others
 *            mma   16-bit storage, d 32 or 64, compute capability 8.0: attention_mma.cu
 *            few   S <= 64, d <= 64, and whatever has maps: keys and values of a head stay in
 * shared memory as float; 2 or 4 threads have 2 query rows in registers, the keys pass by four at a
 * time, and for maps a second time tile  the rest: 64 queries against tiles of 64 keys in shared
 * memory as float, 64 (or 32) of the head's features at a time; wider heads compute their scores
 * anew for each chunk of output features Launch     few   N*heads*b blocks of 128, b as fills the
 * device 8 times; 8*S*(d + 4) B shared tile  N*heads*ceil(T/64)*ceil(d/64) blocks of 128; 34 KiB
 * shared Traffic    DRAM (2*N*T*D + 2*N*S*D)*size B, q read once and y written once (few); maps
 *            N*heads*T*S*size B more
 * Operations 4*N*T*S*D in float; few: at S = 20 in f32 they take 0.7 of the traffic's time;
 *            tile: bound by arithmetic
 * Numerics   float throughout; softmax on line (largest score and sum run along), fixed order
 * Limits     N*heads*ceil(T/64)*ceil(d/64) < 2^31
 * Reference  src/cpu/attention.c      Measured  not yet
 */
#include "cuda/ops/attention.h"
#include "cuda/ops/attention_few.cuh"

extern "C" {
#include "cuda/runtime/device.h"
#include "cuda/runtime/sdpa.h"
}

namespace {

using namespace idi;

constexpr int few_keys = 64; /* at most */
constexpr int few_size = 64; /* features of a head, at most */
static_assert(IDI_ATTENTION_MAP_KEYS <= few_keys && IDI_ATTENTION_MAP_FEATURES <= few_size,
              "what has maps has few keys");
constexpr int few_occupancy = 8; /* blocks wanted for each multiprocessor */
constexpr int tile_rows = 64;    /* queries, and keys at a time */

template <typename T, int DH, bool HasMaps>
void launch_few(const idi_cuda_call *c, const attention_heads &h)
{
    const int64_t tiles = ceil_div(h.queries, few_tile(DH));
    const int64_t wanted =
        ceil_div((int64_t)few_occupancy * c->device->multiprocessor_count, h.samples * h.count);
    const int64_t blocks = tiles < wanted ? tiles : wanted;
    const auto padded = (size_t)ceil_div(h.keys, few_step) * few_step;
    IDI_LAUNCH((attention_fwd_few<T, DH, HasMaps>), attention_grid(h, blocks, 1), product_threads,
               2 * padded * tile_stride(DH) * sizeof(float), c->stream, h, blocks, in<T>(c, 0),
               in<T>(c, 1), in<T>(c, 2), out<T>(c, 0), out<T>(c, 1));
}

template <typename T, int DH>
void launch_few(const idi_cuda_call *c, const attention_heads &h)
{
    if (out<T>(c, 1))
        launch_few<T, DH, true>(c, h);
    else
        launch_few<T, DH, false>(c, h);
}

/* The same as few_weigh(), for a register block of scores; a row's sum stays spread over its
 * line's lanes. Keys from `keys` on get 0. */
template <int M, int N>
__device__ void tile_weigh(const attention_heads &h, int64_t keys, float (&score)[8][4],
                           float (&largest)[8], float (&sum)[8], float (&y)[M][N])
{
    for (int i = 0; i < M; i++) {
        float top = largest[i];
        for (int j = 0; j < 4; j++) {
            if (product_lane() + product_lanes * j >= keys) score[i][j] = -INFINITY;
            top = fmaxf(top, score[i][j]);
        }
        top = line_max(top);
        const float shrink = attention_weight(h, largest[i], top);
        largest[i] = top;
        sum[i] *= shrink;
        for (int j = 0; j < 4; j++) {
            score[i][j] = attention_weight(h, score[i][j], top);
            sum[i] += score[i][j];
        }
        for (int j = 0; j < N; j++)
            y[i][j] *= shrink;
    }
}

template <typename T, int DH>
__global__ void __launch_bounds__(product_threads)
    attention_fwd_tile(attention_heads h, int64_t tiles, int chunks, const T *__restrict__ q,
                       const T *__restrict__ k, const T *__restrict__ v, T *__restrict__ y)
{
    constexpr int block = 8; /* rows of a register block */
    IDI_SHARED(float, a, [tile_rows * tile_stride(tile_rows)]);
    IDI_SHARED(float, b, [tile_rows * tile_stride(DH)]);
    const attention_part at = attention_part_of(h, tiles, chunks);
    const int64_t query = at.tile * tile_rows;
    float largest[block], sum[block] = {}, mixed[block][DH / product_lanes] = {};
    for (int i = 0; i < block; i++)
        largest[i] = -INFINITY;
    for (int64_t key = 0; key < h.keys; key += tile_rows) {
        float score[block][tile_rows / product_lanes] = {};
        add_head_dots<DH>(score, a, b, attention_rows(h, q + at.q, query, h.queries, 0),
                          attention_rows(h, k + at.k, key, h.keys, 0));
        tile_weigh(h, h.keys - key, score, largest, sum, mixed);
        store_scores(a, score);
        load_tile<DH>(b, tile_rows, attention_rows(h, v + at.k, key, h.keys, at.chunk * DH));
        __syncthreads();
        add_mix<tile_rows>(mixed, a, b);
        __syncthreads();
    }
    for (int i = 0; i < block; i++) {
        const float inverse = 1.0f / line_sum(sum[i]);
        for (int j = 0; j < DH / product_lanes; j++)
            mixed[i][j] *= inverse;
    }
    store_head_rows(h, y + at.q + query * h.width + at.chunk * DH, h.queries - query,
                    h.size - at.chunk * DH, mixed);
}

template <typename T, int DH>
void launch_tile(const idi_cuda_call *c, const attention_heads &h)
{
    const int64_t tiles = ceil_div(h.queries, tile_rows);
    const auto chunks = (int)ceil_div(h.size, DH);
    IDI_LAUNCH((attention_fwd_tile<T, DH>), attention_grid(h, tiles, chunks), product_threads, 0,
               c->stream, h, tiles, chunks, in<T>(c, 0), in<T>(c, 1), in<T>(c, 2), out<T>(c, 0));
}

template <typename T>
void launch(const idi_cuda_call *c, const attention_heads &h)
{
    const bool is_few = h.keys <= few_keys && h.size <= few_size;
    if (is_few && h.size <= 32)
        launch_few<T, 32>(c, h);
    else if (is_few)
        launch_few<T, 64>(c, h);
    else if (h.size <= 32)
        launch_tile<T, 32>(c, h);
    else
        launch_tile<T, 64>(c, h);
}

bool has_tensor_cores(const idi_cuda_call *c)
{
    return c->storage != IDI_F32 && c->device->compute_capability >= 80;
}

/* cuDNN's plan, if it is asked and has one; else NULL. */
idi_status find_plan(const idi_cuda_call *c, const attention_heads &h,
                     const idi_cuda_sdpa **sdpa_out)
{
    const idi_cuda_sdpa_problem p = {h.samples, h.count, h.queries, h.keys, h.size, c->storage};
    *sdpa_out = nullptr;
    if (!has_tensor_cores(c) || !idi_cuda_sdpa_is_library(&p)) return IDI_OK;
    return idi_cuda_sdpa_find(c->device->plans, &p, sdpa_out);
}

} // namespace

IDI_CUDA_WORKSPACE(attention)
{
    const idi_cuda_sdpa *sdpa;
    *bytes_out = 0;
    IDI_TRY_CUDA(cudaSetDevice(c->device->ordinal)); /* cuDNN's handle is the current device's */
    IDI_TRY(find_plan(c, attention_heads_of(c), &sdpa));
    if (sdpa) *bytes_out = idi_cuda_sdpa_workspace_bytes(sdpa);
    return IDI_OK;
}

IDI_CUDA_OP(attention)
{
    const idi_exec *e = c->exec;
    const attention_heads h = attention_heads_of(c);
    const idi_cuda_sdpa *sdpa;
    IDI_TRY(find_plan(c, h, &sdpa));
    if (sdpa) {
        const idi_cuda_sdpa_data d = {e->in[0].data,  e->in[1].data, e->in[2].data,
                                      e->out[0].data, e->workspace,  h.scale};
        return idi_cuda_sdpa_run(c->device->plans, sdpa, &d, c->stream);
    }
    const bool has_mma = has_tensor_cores(c) && (h.size == 32 || h.size == 64);
    if (has_mma && !e->out[1].data)
        launch_attention_mma(c, h);
    else
        IDI_STORAGE(c, T, launch<T>(c, h));
    IDI_LAUNCHED();
}
