/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/mean.cuh - the mean of many terms as one number, in a fixed order: a grid of partial
 * sums, and a block that adds them.
 *
 * A Term says what is summed:
 *
 *   template <typename T> struct my_term {
 *       static constexpr int width = pack_width<T>;  // terms of a pack, each with a sum of its own
 *       __device__ void add(int64_t pack, float (&sum)[width]) const;
 *   };
 *
 * Accuracy: a chain of float additions is at most packs/(528*256) + width + 30 long: some 50 for
 * 10^7 terms. */
#ifndef IDI_CUDA_DEVICE_MEAN_CUH
#define IDI_CUDA_DEVICE_MEAN_CUH

#include "cuda/device/op.cuh"
#include "cuda/device/partials.cuh"
#include "cuda/device/reduce.cuh"

namespace idi {

constexpr int mean_threads = 256;

/* The most that a grid has: four blocks for each multiprocessor of an H200, all in flight. */
constexpr int64_t mean_most_blocks = 2 * partial_blocks;

/* Blocks, and so partial sums, for that many packs. */
static inline int64_t mean_blocks(int64_t packs)
{
    const int64_t blocks = ceil_div(packs, mean_threads);
    return blocks < mean_most_blocks ? blocks : mean_most_blocks;
}

/* Four blocks at once, so that the compiler has more than 32 registers and spills none. */
template <typename Term>
__global__ void __launch_bounds__(mean_threads, 4)
    mean_partials(Term term, int64_t packs, float *__restrict__ partials)
{
    float sum[Term::width] = {};
    const int64_t step = static_cast<int64_t>(gridDim.x) * mean_threads;
    for (int64_t i = static_cast<int64_t>(blockIdx.x) * mean_threads + threadIdx.x; i < packs;
         i += step)
        term.add(i, sum);
    float total = 0.0f;
    for (int j = 0; j < Term::width; j++)
        total += sum[j];
    total = block_sum<mean_threads>(total);
    if (threadIdx.x == 0) partials[blockIdx.x] = total;
}

/* out[0] = factor * the sum of the parts; one block. */
template <typename T>
__global__ void __launch_bounds__(mean_threads)
    mean_fold(const float *__restrict__ parts, int64_t count, float factor, T *__restrict__ out)
{
    float sum = 0.0f;
    for (int64_t i = threadIdx.x; i < count; i += mean_threads)
        sum += parts[i];
    sum = block_sum<mean_threads>(sum);
    if (threadIdx.x == 0) out[0] = from_float<T>(factor * sum);
}

/* Enqueues out[0] = (the sum of `count` parts)/divisor. */
template <typename T>
static inline void fold_mean(const idi_cuda_call *c, const float *parts, int64_t count,
                             int64_t divisor, T *out)
{
    IDI_LAUNCH((mean_fold<T>), 1, mean_threads, 0, c->stream, parts, count,
               (float)(1.0 / (double)divisor), out);
}

/* Enqueues out[0] = (the sum of all packs' terms)/divisor; mean_blocks(packs) floats of scratch. */
template <typename T, typename Term>
static inline void mean(const idi_cuda_call *c, const Term &term, int64_t packs, int64_t divisor,
                        T *out)
{
    auto *partials = static_cast<float *>(c->exec->workspace);
    const int64_t blocks = mean_blocks(packs);
    IDI_LAUNCH((mean_partials<Term>), (unsigned)blocks, mean_threads, 0, c->stream, term, packs,
               partials);
    fold_mean(c, partials, blocks, divisor, out);
}

} // namespace idi

#endif
