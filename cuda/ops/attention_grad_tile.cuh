/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention_grad_tile.cuh - the way back through attention over any number of keys, by
 * tiles; part of attention_grad.cu, which describes it. */
#ifndef IDI_CUDA_OPS_ATTENTION_GRAD_TILE_CUH
#define IDI_CUDA_OPS_ATTENTION_GRAD_TILE_CUH

#include "cuda/ops/attention_grad.cuh"

namespace {

using namespace idi;

template <typename T, int DH>
__global__ void __launch_bounds__(product_threads)
    attention_bwd_rows(attention_heads h, grad_plan plan, operands<T> x)
{
    IDI_SHARED(float, a, [tile_rows * tile_stride(DH)]);
    IDI_SHARED(float, b, [tile_rows * tile_stride(DH)]);
    const attention_part at = attention_part_of(h, plan.tiles, 1);
    const int64_t query = at.tile * tile_rows;
    float largest[row_block], sum[row_block] = {}, mean[row_block] = {};
    for (int i = 0; i < row_block; i++)
        largest[i] = -INFINITY;
    for (int64_t key = 0; key < h.keys; key += tile_rows) {
        float score[row_block][key_block] = {}, slope[row_block][key_block] = {};
        add_head_dots<DH>(score, a, b, query_rows(h, x.q + at.q, query, 0),
                          key_rows(h, x.k + at.k, key, 0));
        add_head_dots<DH>(slope, a, b, query_rows(h, x.dy + at.q, query, 0),
                          key_rows(h, x.v + at.k, key, 0));
        for (int i = 0; i < row_block; i++) {
            float top = largest[i];
            for (int j = 0; j < key_block; j++) {
                if (key + product_lane() + product_lanes * j >= h.keys) score[i][j] = -INFINITY;
                top = fmaxf(top, score[i][j]);
            }
            top = line_max(top);
            const float shrink = attention_weight(h, largest[i], top);
            largest[i] = top;
            sum[i] *= shrink;
            mean[i] *= shrink;
            for (int j = 0; j < key_block; j++) {
                const float weight = attention_weight(h, score[i][j], top);
                sum[i] += weight;
                mean[i] += weight * slope[i][j];
            }
        }
    }
    for (int i = 0; i < row_block; i++) {
        const int64_t row = query + product_line() + product_lines * i;
        const float whole = line_sum(sum[i]);
        const float delta = line_sum(mean[i]) / whole;
        if (row >= h.queries || product_lane() > 0) continue;
        plan.log_sum[at.number * h.queries + row] = largest[i] + log2f(whole) / h.slope;
        plan.delta[at.number * h.queries + row] = delta;
    }
}

template <typename T, int DH>
__global__ void __launch_bounds__(product_threads)
    attention_bwd_queries(attention_heads h, grad_plan plan, operands<T> x, T *__restrict__ dq)
{
    IDI_SHARED(float, a, [tile_rows * tile_stride(tile_rows)]);
    IDI_SHARED(float, b, [tile_rows * tile_stride(DH)]);
    const attention_part at = attention_part_of(h, plan.tiles, plan.chunks);
    const int64_t query = at.tile * tile_rows;
    const int64_t number = at.number * h.queries + query;
    float log_sum[row_block], delta[row_block], sum[row_block][DH / product_lanes] = {};
    for (int i = 0; i < row_block; i++) {
        const int64_t row = product_line() + product_lines * i;
        log_sum[i] = query + row < h.queries ? plan.log_sum[number + row] : INFINITY;
        delta[i] = query + row < h.queries ? plan.delta[number + row] : 0.0f;
    }
    for (int64_t key = 0; key < h.keys; key += tile_rows) {
        float score[row_block][key_block] = {}, slope[row_block][key_block] = {};
        add_head_dots<DH>(score, a, b, query_rows(h, x.q + at.q, query, 0),
                          key_rows(h, x.k + at.k, key, 0));
        add_head_dots<DH>(slope, a, b, query_rows(h, x.dy + at.q, query, 0),
                          key_rows(h, x.v + at.k, key, 0));
        for (int i = 0; i < row_block; i++)
            for (int j = 0; j < key_block; j++) {
                const bool is_key = key + product_lane() + product_lanes * j < h.keys;
                const float weight = attention_weight(h, score[i][j], log_sum[i]);
                score[i][j] = is_key ? h.scale * weight * (slope[i][j] - delta[i]) : 0.0f;
            }
        store_scores(a, score);
        load_tile<DH>(b, tile_rows, key_rows(h, x.k + at.k, key, at.chunk * DH));
        __syncthreads();
        add_mix<tile_rows>(sum, a, b);
        __syncthreads();
    }
    store_head_rows(h, dq + at.q + query * h.width + at.chunk * DH, h.queries - query,
                    h.size - at.chunk * DH, sum);
}

/* Lines are keys, lanes are queries: the scores lie transposed, as the sums over queries want. */
template <typename T, int DH>
__global__ void __launch_bounds__(product_threads)
    attention_bwd_keys(attention_heads h, grad_plan plan, operands<T> x)
{
    IDI_SHARED(float, a, [tile_rows * tile_stride(tile_rows)]);
    IDI_SHARED(float, b, [tile_rows * tile_stride(DH)]);
    const attention_part at = attention_part_of(h, plan.key_tiles, plan.chunks);
    const int64_t key = at.tile * tile_rows;
    const int64_t number = at.number * h.queries;
    const int feature = at.chunk * DH;
    float dk[row_block][DH / product_lanes] = {}, dv[row_block][DH / product_lanes] = {};
    for (int64_t i = 0; i < plan.share_tiles; i++) {
        const int64_t query = (blockIdx.y * plan.share_tiles + i) * tile_rows;
        if (query >= h.queries) break;
        float score[row_block][key_block] = {}, slope[row_block][key_block] = {};
        add_head_dots<DH>(score, a, b, key_rows(h, x.k + at.k, key, 0),
                          query_rows(h, x.q + at.q, query, 0));
        add_head_dots<DH>(slope, a, b, key_rows(h, x.v + at.k, key, 0),
                          query_rows(h, x.dy + at.q, query, 0));
        for (int j = 0; j < key_block; j++) {
            const int64_t row = query + product_lane() + product_lanes * j;
            const float log_sum = row < h.queries ? plan.log_sum[number + row] : INFINITY;
            const float delta = row < h.queries ? plan.delta[number + row] : 0.0f;
            for (int r = 0; r < row_block; r++) {
                score[r][j] = attention_weight(h, score[r][j], log_sum);
                slope[r][j] = h.scale * score[r][j] * (slope[r][j] - delta);
            }
        }
        store_scores(a, score);
        load_tile<DH>(b, tile_rows, query_rows(h, x.dy + at.q, query, feature));
        __syncthreads();
        add_mix<tile_rows>(dv, a, b);
        __syncthreads();
        store_scores(a, slope);
        load_tile<DH>(b, tile_rows, query_rows(h, x.q + at.q, query, feature));
        __syncthreads();
        add_mix<tile_rows>(dk, a, b);
        __syncthreads();
    }
    const int64_t to = blockIdx.y * h.samples * h.keys * h.width + at.k + key * h.width + feature;
    store_head_rows(h, plan.dk + to, h.keys - key, h.size - feature, dk);
    store_head_rows(h, plan.dv + to, h.keys - key, h.size - feature, dv);
}

} // namespace

#endif
