/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention_grad.cu - the way back through attention; contract in ops/attention.h.
 *
 * With weights p = softmax(scale q k') and dp = dy v':  delta = sum over keys of p dp,
 * ds = scale p (dp - delta),  dq = ds k,  dk = ds' q,  dv = p' dy.  Scores are computed anew.
 *
 * Variants   few   S <= 32, d <= 64: one pass. Keys and values of a head stay in shared memory, a
 *                  block walks its share of the queries, writes their dq and sums its dk and dv in
 *                  registers
 *            tile  rows: each query's log of the sum of exponentials, and its delta
 *                  queries: dq, a block for 64 of them        keys: dk and dv, a block for 64 keys
 *                  and a share of the queries; all by tiles of 64, 64 (or 32) features at a time;
 *                  wider heads compute their scores anew for each chunk of output features
 *            then, for both, the shares' dk and dv are added, in a fixed order
 * Launch     few   N*heads*shares blocks of 128, 61 KiB shared (d = 64)
 *            tile  N*heads*ceil(T/64)*ceil(d/64), for keys ceil(S/64) of them and shares, blocks of
 *                  128; 34 KiB shared
 * Traffic    DRAM few 3*N*T*D*size B, and 4*shares*N*S*D*4 B of shares: at most 264 blocks' worth
 * Operations few 10*N*T*S*D (S padded to 32), tile 18*N*T*S*D, in float: bound by arithmetic
 * Numerics   float throughout, fixed order, the same on every device
 * Limits     N*heads*ceil(T/64)*ceil(d/64) < 2^31
 * Reference  src/cpu/attention.c      Measured  not yet
 */
#include "cuda/device/attention.cuh"
#include "cuda/device/partials.cuh"
#include "cuda/device/scratch.cuh"
#include "cuda/runtime/device.h"

namespace {

using namespace idi;

constexpr int tile_rows = 64;
constexpr int few_keys = 32;
constexpr int row_block = tile_rows / product_lines; /* rows of a register block */
constexpr int key_block = tile_rows / product_lanes;
constexpr int sum_threads = 256;

/* The inputs of the way back. */
template <typename T>
struct operands {
    const T *q, *k, *v, *dy;
};

/* How the queries are cut into shares that have partial sums of their own. */
struct grad_plan {
    bool is_few;
    int64_t tiles;       /* of queries */
    int64_t share_tiles; /* in a share; the last one may have fewer */
    int64_t shares;
    int64_t key_tiles;
    int chunks;
    float *log_sum, *delta; /* [N, heads, T], tile only */
    float *dk, *dv;         /* [shares, N, S, D] */
};

template <typename T>
__device__ matrix_part<T> query_rows(const attention_heads &h, const T *head, int64_t query,
                                     int feature)
{
    return attention_rows(h, head, query, h.queries, feature);
}

template <typename T>
__device__ matrix_part<T> key_rows(const attention_heads &h, const T *head, int64_t key,
                                   int feature)
{
    return attention_rows(h, head, key, h.keys, feature);
}

/* ---- few ---- */

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

/* ---- tile ---- */

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

/* ---- both ---- */

template <typename T>
__global__ void __launch_bounds__(sum_threads)
    attention_bwd_sum(const float *__restrict__ parts, int64_t shares, int64_t count,
                      T *__restrict__ sum_out)
{
    const int64_t i = (int64_t)blockIdx.x * sum_threads + threadIdx.x;
    if (i >= count) return;
    float sum = 0.0f;
    for (int64_t share = 0; share < shares; share++)
        sum += parts[share * count + i];
    sum_out[i] = from_float<T>(sum);
}

/* The cut, and its parts of the scratch, whose size is known afterwards. */
grad_plan plan_of(const attention_heads &h, scratch *s)
{
    grad_plan p = {};
    p.is_few = h.keys <= few_keys && h.size <= 64;
    p.tiles = ceil_div(h.queries, tile_rows);
    p.key_tiles = ceil_div(h.keys, tile_rows);
    p.chunks = (int)ceil_div(h.size, 64);
    const int64_t blocks = h.samples * h.count * p.key_tiles * p.chunks;
    const int64_t wanted = ceil_div(partial_blocks, blocks);
    p.share_tiles = ceil_div(p.tiles, p.tiles < wanted ? p.tiles : wanted);
    p.shares = ceil_div(p.tiles, p.share_tiles);
    const int64_t rows = p.is_few ? 0 : h.samples * h.count * h.queries;
    const int64_t sums = p.shares * h.samples * h.keys * h.width;
    p.log_sum = s->take<float>(rows);
    p.delta = s->take<float>(rows);
    p.dk = s->take<float>(sums);
    p.dv = s->take<float>(sums);
    return p;
}

template <typename T>
void sum_shares(const idi_cuda_call *c, const attention_heads &h, const grad_plan &p,
                const float *parts, T *sum)
{
    const int64_t count = h.samples * h.keys * h.width;
    if (sum)
        IDI_LAUNCH((attention_bwd_sum<T>), (unsigned)ceil_div(count, sum_threads), sum_threads, 0,
                   c->stream, parts, p.shares, count, sum);
}

template <typename T, int DH>
idi_status launch_few(const idi_cuda_call *c, const attention_heads &h, const grad_plan &p,
                      const operands<T> &x)
{
    const auto kernel = attention_bwd_few<T, DH>;
    constexpr size_t bytes = few_tiles<DH>::floats * sizeof(float);
    IDI_TRY_CUDA(cudaFuncSetAttribute(reinterpret_cast<const void *>(kernel),
                                      cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes));
    IDI_LAUNCH(kernel, attention_grid(h, p.shares, 1), product_threads, bytes, c->stream, h, p, x,
               out<T>(c, 0));
    return IDI_OK;
}

template <typename T, int DH>
void launch_tile(const idi_cuda_call *c, const attention_heads &h, const grad_plan &p,
                 const operands<T> &x)
{
    IDI_LAUNCH((attention_bwd_rows<T, DH>), attention_grid(h, p.tiles, 1), product_threads, 0,
               c->stream, h, p, x);
    if (out<T>(c, 0))
        IDI_LAUNCH((attention_bwd_queries<T, DH>), attention_grid(h, p.tiles, p.chunks),
                   product_threads, 0, c->stream, h, p, x, out<T>(c, 0));
    if (out<T>(c, 1) || out<T>(c, 2))
        IDI_LAUNCH((attention_bwd_keys<T, DH>),
                   dim3(attention_grid(h, p.key_tiles, p.chunks), (unsigned)p.shares),
                   product_threads, 0, c->stream, h, p, x);
}

template <typename T>
idi_status launch(const idi_cuda_call *c)
{
    const attention_heads h = attention_heads_of(c);
    scratch s(c);
    const grad_plan p = plan_of(h, &s);
    const operands<T> x = {in<T>(c, 0), in<T>(c, 1), in<T>(c, 2), in<T>(c, 3)};
    if (p.is_few && h.size <= 32)
        IDI_TRY((launch_few<T, 32>(c, h, p, x)));
    else if (p.is_few)
        IDI_TRY((launch_few<T, 64>(c, h, p, x)));
    else if (h.size <= 32)
        launch_tile<T, 32>(c, h, p, x);
    else
        launch_tile<T, 64>(c, h, p, x);
    sum_shares(c, h, p, p.dk, out<T>(c, 1));
    sum_shares(c, h, p, p.dv, out<T>(c, 2));
    return IDI_OK;
}

} // namespace

IDI_CUDA_WORKSPACE(attention_grad)
{
    scratch s(c);
    (void)plan_of(attention_heads_of(c), &s);
    *bytes_out = s.bytes;
    return IDI_OK;
}

IDI_CUDA_OP(attention_grad)
{
    IDI_STORAGE(c, T, IDI_TRY(launch<T>(c)));
    IDI_LAUNCHED();
}
