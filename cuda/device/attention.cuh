/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/attention.cuh - what the kernels of ops/attention.h share: where heads lie, which one
 * a block has, and the weight of a score. */
#ifndef IDI_CUDA_DEVICE_ATTENTION_CUH
#define IDI_CUDA_DEVICE_ATTENTION_CUH

#include "cuda/device/float_tile.cuh"

extern "C" {
#include "ops/attention.h"
}

namespace idi {

struct attention_heads {
    int64_t samples, queries, keys;
    int64_t width; /* D, from one token to the next */
    int count;     /* of heads */
    int size;      /* d, features of a head */
    float scale;   /* 1/sqrt(size) */
    float slope;   /* the same for powers of 2: scale*log2(e) */
};

/* in[0] is q, in[1] is k. */
static inline attention_heads attention_heads_of(const idi_cuda_call *c)
{
    const int64_t *q = c->exec->in[0].shape.dim;
    const auto *attr = static_cast<const idi_attention_attr *>(c->exec->attr);
    const double scale = 1.0 / sqrt((double)(q[2] / attr->heads));
    attention_heads h = {};
    h.samples = q[0];
    h.queries = q[1];
    h.keys = c->exec->in[1].shape.dim[1];
    h.width = q[2];
    h.count = (int)attr->heads;
    h.size = (int)(q[2] / attr->heads);
    h.scale = (float)scale;
    h.slope = (float)(scale * 1.4426950408889634);
    return h;
}

/* A block's part: the head of a sample, a tile of its rows, a chunk of its features. */
struct attention_part {
    int64_t q, k;   /* first element of the head in q and y, and in k and v */
    int64_t number; /* of the head among all samples' */
    int64_t tile;
    int chunk;
};

/* Chunks run fastest, then heads: blocks in flight read whole tokens. */
__device__ static inline attention_part attention_part_of(const attention_heads &h, int64_t tiles,
                                                          int chunks)
{
    attention_part p;
    int64_t index = blockIdx.x;
    p.chunk = (int)(index % chunks);
    index /= chunks;
    const int64_t head = index % h.count;
    index /= h.count;
    p.tile = index % tiles;
    const int64_t sample = index / tiles;
    p.q = sample * h.queries * h.width + head * h.size;
    p.k = sample * h.keys * h.width + head * h.size;
    p.number = sample * h.count + head;
    return p;
}

static inline unsigned attention_grid(const attention_heads &h, int64_t tiles, int chunks)
{
    return (unsigned)(h.samples * h.count * tiles * chunks);
}

/* Rows `row` and on of a head that has `rows`, features `feature` and on. */
template <typename T>
__device__ static inline matrix_part<T> attention_rows(const attention_heads &h, const T *head,
                                                       int64_t row, int64_t rows, int feature)
{
    return {head + row * h.width + feature, h.width, rows - row, h.size - feature};
}

/* exp(scale*(score - largest)): the difference first, which is exact where it matters. */
__device__ static inline float attention_weight(const attention_heads &h, float score,
                                                float largest)
{
    return exp2f((score - largest) * h.slope);
}

/* sum += the dot products of 8*M rows of `a` and 16*N rows of `b` over all features of the head,
 * CHUNK at a time. The tiles may be written again at once. */
template <int CHUNK, typename T, int M, int N>
__device__ static inline void add_head_dots(float (&sum)[M][N], float *a_tile, float *b_tile,
                                            matrix_part<T> a, matrix_part<T> b)
{
    for (; a.columns > 0; a.columns -= CHUNK, b.columns -= CHUNK) {
        load_tile<CHUNK>(a_tile, product_lines * M, a);
        load_tile<CHUNK>(b_tile, product_lanes * N, b);
        __syncthreads();
        add_dots<CHUNK>(sum, a_tile, b_tile);
        __syncthreads();
        a.data += CHUNK;
        b.data += CHUNK;
    }
}

/* A register block to rows line + 8i and features N*lane and on of `to`, as far as it has them. */
template <typename T, int M, int N>
__device__ static inline void store_head_rows(const attention_heads &h, T *to, int64_t rows,
                                              int64_t features, const float (&values)[M][N])
{
    const int feature = N * product_lane();
    for (int i = 0; i < M; i++) {
        const int64_t row = product_line() + product_lines * i;
        if (row >= rows) continue;
        pack<float, N> v;
        for (int j = 0; j < N; j++)
            v.v[j] = values[i][j];
        store_some(to + row * h.width + feature, features - feature, v);
    }
}

} // namespace idi

#endif
