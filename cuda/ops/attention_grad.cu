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
#include "cuda/device/partials.cuh"
#include "cuda/device/scratch.cuh"
#include "cuda/ops/attention_grad_few.cuh"
#include "cuda/ops/attention_grad_tile.cuh"

namespace {

using namespace idi;

constexpr int sum_threads = 256;

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
