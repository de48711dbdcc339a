/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention_few.cuh - attention over a few keys that stay in shared memory; part of
 * attention.cu, which describes it. */
#ifndef IDI_CUDA_OPS_ATTENTION_FEW_CUH
#define IDI_CUDA_OPS_ATTENTION_FEW_CUH

#include "cuda/device/attention.cuh"

namespace {

using namespace idi;

constexpr int few_features = 16; /* of a query row in a thread */
constexpr int few_rows = 2;      /* in a thread */
constexpr int few_step = 4;      /* keys at a time */

/* Rows of a block, at a time. */
__host__ __device__ constexpr int few_tile(int size)
{
    return few_rows * product_threads / (size / few_features);
}

/* A thread's part of its query rows: features 4*(lane + lanes*j) and on. */
struct few_state {
    pack<float, 4> q[few_rows][few_features / 4];
    pack<float, 4> y[few_rows][few_features / 4];
    float largest[few_rows];
    float sum[few_rows];
};

template <int LANES>
__device__ int few_feature(int j)
{
    return 4 * ((int)threadIdx.x % LANES + LANES * j);
}

template <int LANES>
__device__ float sum_lanes(float x)
{
    for (int offset = LANES / 2; offset > 0; offset /= 2)
        x += __shfl_xor_sync(0xffffffffu, x, offset);
    return x;
}

template <int DH>
__device__ void few_scores(const few_state &s, const float *keys, int left,
                           float (&score)[few_rows][few_step])
{
    constexpr int lanes = DH / few_features;
    for (int k = 0; k < few_step; k++) {
        float part[few_rows] = {};
        for (int j = 0; j < few_features / 4; j++) {
            const auto key = load_pack<4>(keys + k * tile_stride(DH) + few_feature<lanes>(j));
            for (int r = 0; r < few_rows; r++)
                for (int e = 0; e < 4; e++)
                    part[r] += s.q[r][j].v[e] * key.v[e];
        }
        for (int r = 0; r < few_rows; r++) {
            const float whole = sum_lanes<lanes>(part[r]);
            score[r][k] = k < left ? whole : -INFINITY;
        }
    }
}

/* Scores to weights, relative to the largest so far; what was summed before shrinks accordingly. */
__device__ void few_weigh(few_state &s, const attention_heads &h,
                          float (&score)[few_rows][few_step])
{
    for (int r = 0; r < few_rows; r++) {
        float largest = s.largest[r];
        for (int k = 0; k < few_step; k++)
            largest = fmaxf(largest, score[r][k]);
        const float shrink = attention_weight(h, s.largest[r], largest);
        s.largest[r] = largest;
        s.sum[r] *= shrink;
        for (int k = 0; k < few_step; k++) {
            score[r][k] = attention_weight(h, score[r][k], largest);
            s.sum[r] += score[r][k];
        }
        for (int j = 0; j < few_features / 4; j++)
            for (int e = 0; e < 4; e++)
                s.y[r][j].v[e] *= shrink;
    }
}

template <int DH>
__device__ void few_mix(few_state &s, const float *values,
                        const float (&weight)[few_rows][few_step])
{
    constexpr int lanes = DH / few_features;
    for (int k = 0; k < few_step; k++)
        for (int j = 0; j < few_features / 4; j++) {
            const auto value = load_pack<4>(values + k * tile_stride(DH) + few_feature<lanes>(j));
            for (int r = 0; r < few_rows; r++)
                for (int e = 0; e < 4; e++)
                    s.y[r][j].v[e] += weight[r][k] * value.v[e];
        }
}

/* A thread's rows are half a tile apart, so that a warp's are neighbours. */
template <int DH>
__device__ int64_t few_row(int64_t tile, int r)
{
    constexpr int rows = few_tile(DH);
    return tile * rows + r * (rows / few_rows) + (int)threadIdx.x / (DH / few_features);
}

template <typename T, int DH>
__device__ void few_load(few_state &s, const attention_heads &h, const T *q, int64_t tile)
{
    for (int r = 0; r < few_rows; r++) {
        const int64_t row = few_row<DH>(tile, r);
        s.largest[r] = -INFINITY;
        s.sum[r] = 0.0f;
        for (int j = 0; j < few_features / 4; j++) {
            const int feature = few_feature<DH / few_features>(j);
            const int64_t count = row < h.queries ? h.size - feature : 0;
            s.q[r][j] = load_some<4>(q + (count > 0 ? row * h.width + feature : 0), count);
            s.y[r][j] = {};
        }
    }
}

template <typename T, int DH>
__device__ void few_store(few_state &s, const attention_heads &h, T *y, int64_t tile)
{
    for (int r = 0; r < few_rows; r++) {
        const int64_t row = few_row<DH>(tile, r);
        if (row >= h.queries) continue;
        for (int j = 0; j < few_features / 4; j++) {
            const int feature = few_feature<DH / few_features>(j);
            for (int e = 0; e < 4; e++)
                s.y[r][j].v[e] /= s.sum[r];
            store_some(y + row * h.width + feature, h.size - feature, s.y[r][j]);
        }
    }
}

/* The weights of a tile's rows, now that their largest scores and sums are known: the scores once
 * more, and a row's lanes take turns at its keys. */
template <typename T, int DH>
__device__ void few_store_maps(const few_state &s, const attention_heads &h, const float *keys,
                               T *map, int64_t tile)
{
    constexpr int lanes = DH / few_features;
    const int count = (int)h.keys;
    for (int key = 0; key < count; key += few_step) {
        float score[few_rows][few_step];
        few_scores<DH>(s, keys + key * tile_stride(DH), count - key, score);
        for (int r = 0; r < few_rows; r++) {
            const int64_t row = few_row<DH>(tile, r);
            for (int k = 0; k < few_step; k++)
                if (k % lanes == (int)threadIdx.x % lanes && key + k < count && row < h.queries)
                    map[row * h.keys + key + k] =
                        from_float<T>(attention_weight(h, score[r][k], s.largest[r]) / s.sum[r]);
        }
    }
}

/* maps: written with HasMaps, else NULL. */
template <typename T, int DH, bool HasMaps>
__global__ void __launch_bounds__(product_threads)
    attention_fwd_few(attention_heads h, int64_t blocks, const T *__restrict__ q,
                      const T *__restrict__ k, const T *__restrict__ v, T *__restrict__ y,
                      T *__restrict__ maps)
{
    IDI_SHARED_DYNAMIC(float, keys);
    const int count = (int)h.keys;
    const int padded = (count + few_step - 1) / few_step * few_step;
    float *const values = keys + padded * tile_stride(DH);
    const attention_part at = attention_part_of(h, blocks, 1);
    load_tile<DH>(keys, padded, attention_rows(h, k + at.k, 0, h.keys, 0));
    load_tile<DH>(values, padded, attention_rows(h, v + at.k, 0, h.keys, 0));
    __syncthreads();
    few_state s;
    for (int64_t tile = at.tile; tile * few_tile(DH) < h.queries; tile += blocks) {
        few_load<T, DH>(s, h, q + at.q, tile);
        for (int key = 0; key < count; key += few_step) {
            float score[few_rows][few_step];
            few_scores<DH>(s, keys + key * tile_stride(DH), count - key, score);
            few_weigh(s, h, score);
            few_mix<DH>(s, values + key * tile_stride(DH), score);
        }
        few_store<T, DH>(s, h, y + at.q, tile);
        if constexpr (HasMaps)
            few_store_maps<T, DH>(s, h, keys, maps + at.number * h.queries * h.keys, tile);
    }
}

} // namespace

#endif
