/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention_grad_few.cuh - the way back through attention over at most 32 keys, in one
 * pass; part of attention_grad.cu, which describes it. */
#ifndef IDI_CUDA_OPS_ATTENTION_GRAD_FEW_CUH
#define IDI_CUDA_OPS_ATTENTION_GRAD_FEW_CUH

#include "cuda/ops/attention_grad.cuh"

namespace {

using namespace idi;

/* A line's scores become weights p, its dp become ds. Keys from h.keys on get 0. */
__device__ void few_weigh(const attention_heads &h, float (&score)[row_block][2],
                          float (&slope)[row_block][2])
{
    for (int i = 0; i < row_block; i++) {
        for (int j = 0; j < 2; j++)
            if (product_lane() + product_lanes * j >= h.keys) score[i][j] = -INFINITY;
        const float largest = line_max(fmaxf(score[i][0], score[i][1]));
        for (int j = 0; j < 2; j++)
            score[i][j] = attention_weight(h, score[i][j], largest);
        const float inverse = 1.0f / line_sum(score[i][0] + score[i][1]);
        for (int j = 0; j < 2; j++)
            score[i][j] *= inverse;
        const float delta = line_sum(score[i][0] * slope[i][0] + score[i][1] * slope[i][1]);
        for (int j = 0; j < 2; j++)
            slope[i][j] = h.scale * score[i][j] * (slope[i][j] - delta);
    }
}

/* The parts of the dynamic shared memory. */
template <int DH>
struct few_tiles {
    static constexpr int keys_size = few_keys * tile_stride(DH);
    static constexpr int rows_size = tile_rows * tile_stride(DH);
    static constexpr int floats = 2 * keys_size + 2 * rows_size + tile_rows * tile_stride(few_keys);
    float *k, *v, *q, *dy;
    float *weights; /* p, then ds */

    __device__ explicit few_tiles(float *shared)
        : k(shared), v(k + keys_size), q(v + keys_size), dy(q + rows_size), weights(dy + rows_size)
    {
    }
};

/* Adds a tile of queries to the register blocks of dk and dv (4 keys a line), and writes its dq. */
template <typename T, int DH>
__device__ void few_tile(const attention_heads &h, const few_tiles<DH> &t, int64_t left, T *dq,
                         float (&dk)[4][DH / product_lanes], float (&dv)[4][DH / product_lanes])
{
    float score[row_block][2] = {}, slope[row_block][2] = {};
    add_dots<DH>(score, t.q, t.k);
    add_dots<DH>(slope, t.dy, t.v);
    few_weigh(h, score, slope);
    store_scores(t.weights, score);
    __syncthreads();
    add_columns(dv, t.weights, t.dy, tile_rows);
    __syncthreads(); /* before the weights are written over */
    store_scores(t.weights, slope);
    __syncthreads();
    add_columns(dk, t.weights, t.q, tile_rows);
    if (dq) {
        float sum[row_block][DH / product_lanes] = {};
        add_mix<few_keys>(sum, t.weights, t.k);
        store_head_rows(h, dq, left, h.size, sum);
    }
}

/* Keys 4*line and on of the head, a share's sums. */
template <int N>
__device__ void few_store(const attention_heads &h, float *to, const float (&sum)[4][N])
{
    const int feature = N * product_lane();
    for (int i = 0; i < 4; i++) {
        const int key = 4 * product_line() + i;
        pack<float, N> values;
        for (int j = 0; j < N; j++)
            values.v[j] = sum[i][j];
        if (key < h.keys) store_some(to + key * h.width + feature, h.size - feature, values);
    }
}

template <typename T, int DH>
__global__ void __launch_bounds__(product_threads)
    attention_bwd_few(attention_heads h, grad_plan plan, operands<T> x, T *__restrict__ dq)
{
    IDI_SHARED_DYNAMIC(float, shared);
    const few_tiles<DH> t(shared);
    const attention_part at = attention_part_of(h, plan.shares, 1);
    load_tile<DH>(t.k, few_keys, key_rows(h, x.k + at.k, 0, 0));
    load_tile<DH>(t.v, few_keys, key_rows(h, x.v + at.k, 0, 0));
    float dk[4][DH / product_lanes] = {}, dv[4][DH / product_lanes] = {};
    for (int64_t i = 0; i < plan.share_tiles; i++) {
        const int64_t query = (at.tile * plan.share_tiles + i) * tile_rows;
        if (query >= h.queries) break;
        load_tile<DH>(t.q, tile_rows, query_rows(h, x.q + at.q, query, 0));
        load_tile<DH>(t.dy, tile_rows, query_rows(h, x.dy + at.q, query, 0));
        __syncthreads();
        few_tile(h, t, h.queries - query, dq ? dq + at.q + query * h.width : nullptr, dk, dv);
        __syncthreads(); /* before the tiles are loaded again */
    }
    const int64_t share = at.tile * h.samples * h.keys * h.width + at.k;
    few_store(h, plan.dk + share, dk);
    few_store(h, plan.dv + share, dv);
}

} // namespace

#endif
