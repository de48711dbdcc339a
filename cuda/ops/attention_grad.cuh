/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention_grad.cuh - what the kernels of attention_grad.cu are given: the inputs, and
 * how the work is cut. */
#ifndef IDI_CUDA_OPS_ATTENTION_GRAD_CUH
#define IDI_CUDA_OPS_ATTENTION_GRAD_CUH

#include "cuda/device/attention.cuh"

namespace {

using namespace idi;

constexpr int tile_rows = 64;
constexpr int few_keys = 32;
constexpr int row_block = tile_rows / product_lines; /* rows of a register block */
constexpr int key_block = tile_rows / product_lanes;

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

} // namespace

#endif
