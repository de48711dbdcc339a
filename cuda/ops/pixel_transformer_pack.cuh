/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer_pack.cuh - the matrices that a pixel meets once, in the order of
 * fragments; part of pixel_transformer_mma.cu and pixel_transformer_gmma.cu, which describe it. */
#ifndef IDI_CUDA_OPS_PIXEL_TRANSFORMER_PACK_CUH
#define IDI_CUDA_OPS_PIXEL_TRANSFORMER_PACK_CUH

#include "cuda/device/mma.cuh"
#include "cuda/ops/pixel_transformer.h"

namespace {

using namespace idi;

constexpr int channels = 32;        /* C and P */
constexpr int first = channels + 1; /* of z's softmax weights */
constexpr int entry_steps = 3;      /* of 16, that [u, 1] takes */
constexpr int entry_lines = 5;      /* of 8 rows, that root_in has */
constexpr int head_lines = 3;       /* of 8 tokens: those of a head */
constexpr int out_lines = channels / 8;
constexpr int unit = 128; /* numbers of a fragment b: 8 columns, 16 deep */
constexpr int pack_block = 256;

/* The packed fragments of one sample, in units. */
struct fragments {
    int entry;  /* [5][3]: root_in */
    int scores; /* [heads*3][3] */
    int root;   /* [2*steps][steps] */
    int out;    /* [4][steps]: the last P columns of [model; reference] */
    int count;
};

__host__ __device__ fragments fragments_of(int heads, int steps)
{
    fragments f = {};
    f.scores = f.entry + entry_lines * entry_steps;
    f.root = f.scores + heads * head_lines * entry_steps;
    f.out = f.root + 2 * steps * steps;
    f.count = f.out + out_lines * steps;
    return f;
}

/* The upper triangle of a root [count, count]. */
template <typename T>
__device__ T root_at(const T *root, int64_t count, int64_t row, int64_t column)
{
    const bool is_there = row < count && column >= row && column < count;
    return is_there ? root[row * count + column] : from_float<T>(0.0f);
}

/* Line `line` (of the product's columns) and number k of unit `at`'s matrix. */
template <typename T>
__device__ T packed_at(const pixel_transformer_in<T> &in, const idi_pixel_transformer_sizes &n,
                       const fragments &f, int steps, int at, int line, int k)
{
    if (at < f.scores)
        return root_at(in.root_in, first, at / entry_steps * 8 + line, at % entry_steps * 16 + k);
    if (at < f.root) {
        at -= f.scores;
        const int token = at / entry_steps % head_lines * 8 + line;
        const int64_t head = at / entry_steps / head_lines;
        k += at % entry_steps * 16;
        const bool is_there = token < n.tokens && k < first;
        return is_there ? in.scores[(head * n.tokens + token) * (channels + 2) + k]
                        : from_float<T>(0.0f);
    }
    if (at < f.out) {
        at -= f.root;
        return root_at(in.root, n.width, at / steps * 8 + line, at % steps * 16 + k);
    }
    at -= f.out;
    return pixel_transformer_at(in, n, at % steps * 16 + k, 2 * n.hidden + at / steps * 8 + line);
}

/* The addresses of sample `sample`, from those of the first. */
template <typename T>
__device__ pixel_transformer_in<T> at_sample(pixel_transformer_in<T> in,
                                             const idi_pixel_transformer_sizes &n, int64_t sample)
{
    in.u += sample * n.pixels * n.channels;
    in.residual += sample * n.pixels * n.out;
    in.scores += sample * n.attended * (n.channels + 2);
    in.root += sample * n.width * n.width;
    in.reference += sample * n.attended * (2 * n.hidden + n.out);
    return in;
}

/* packed [N][units][lane][register][2], as mma.cuh has b. */
template <typename T>
__global__ void __launch_bounds__(pack_block)
    pixel_transformer_fragments(pixel_transformer_in<T> in, idi_pixel_transformer_sizes n,
                                int steps, int64_t count, T *__restrict__ packed)
{
    const int64_t i = (int64_t)blockIdx.x * pack_block + threadIdx.x;
    if (i >= count) return;
    const fragments f = fragments_of((int)n.heads, steps);
    const auto lane = (int)(i % unit / 4);
    const auto k = (int)(i % 4 / 2 * 8 + lane % 4 * 2 + i % 2);
    packed[i] = packed_at(at_sample(in, n, i / unit / f.count), n, f, steps,
                          (int)(i / unit % f.count), lane / 4, k);
}

/* A fragment b of 8 columns. */
template <typename T>
__device__ pack<uint32_t, 2> load_unit(const T *packed, int at, int lane)
{
    return *reinterpret_cast<const pack<uint32_t, 2> *>(packed + (int64_t)at * unit + lane * 4);
}

} // namespace

#endif
