/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/group_back.cuh - the way back through a normalisation over groups: from
 * g = d loss/d xhat, dx = rstd*(g - mean(g) - xhat*mean(g*xhat)), means over a group. */
#ifndef IDI_CUDA_DEVICE_GROUP_BACK_CUH
#define IDI_CUDA_DEVICE_GROUP_BACK_CUH

#include "cuda/device/column_sums.cuh"
#include "cuda/device/group_stats.cuh"
#include "cuda/device/scratch.cuh"

namespace idi {

/* A group's mean(g) and mean(g*xhat). */
struct group_back {
    float mean, along;

    __device__ float dx(const norm_stats &s, float g, float xhat) const
    {
        return s.rstd * (g - mean - xhat * along);
    }
};

constexpr int back_threads = 256;

/* From sums [2][C][N] of g/weight and of (g/weight)*xhat over each sample's rows, where `weight`
 * [C] is a channel's factor in g, or NULL: 1. A warp for each of backs [N][groups]. */
template <typename T>
__global__ void __launch_bounds__(back_threads)
    backs_of_sums(column_tiles tiles, int groups, const float *__restrict__ sums,
                  const T *__restrict__ weight, group_back *__restrict__ backs)
{
    const int64_t i = ((int64_t)blockIdx.x * back_threads + threadIdx.x) / warp_size;
    const int lane = (int)threadIdx.x % warp_size;
    if (i >= (int64_t)tiles.batches * groups) return;
    const int64_t batch = i / groups;
    const int width = tiles.columns / groups;
    const int first = (int)(i % groups) * width;
    float mean = 0.0f;
    float along = 0.0f;
    for (int j = lane; j < width; j += warp_size) {
        const int column = first + j;
        const float factor = weight ? to_float(weight[column]) : 1.0f;
        mean += factor * sums[(int64_t)column * tiles.batches + batch];
        along += factor * sums[(int64_t)(tiles.columns + column) * tiles.batches + batch];
    }
    const float count = (float)width * (float)tiles.rows;
    mean = warp_sum(mean) / count;
    along = warp_sum(along) / count;
    if (lane == 0) backs[i] = {mean, along};
}

/* A gradient's workspace. */
struct back_scratch {
    stats_scratch forward;
    group_back *backs; /* [N][groups] */
    float *partials;   /* [2][C][N][chunks], of sum_columns() */
    float *sums;       /* [2][C][N] */
};

static inline back_scratch take_back_scratch(scratch &s, const column_tiles &t, int64_t groups)
{
    back_scratch b = {};
    b.forward = take_stats_scratch(s, t, groups);
    b.backs = s.take<group_back>(t.batches * groups);
    b.partials = s.take<float>(column_partials(t, 2));
    b.sums = s.take<float>((int64_t)2 * t.columns * t.batches);
    return b;
}

static inline size_t back_bytes(const idi_cuda_call *c, int64_t groups)
{
    scratch s(c);
    IDI_STORAGE(c, T, (void)take_back_scratch(s, group_tiles<T>(c), groups));
    return s.bytes;
}

/* backs from partials. */
template <typename T>
static inline void finish_backs(const idi_cuda_call *c, const column_tiles &t, int groups,
                                const T *weight, const back_scratch &b)
{
    fold(c, b.partials, t.chunks, (int64_t)2 * t.columns * t.batches, b.sums);
    const auto grid = (unsigned)ceil_div((int64_t)t.batches * groups, back_threads / warp_size);
    IDI_LAUNCH((backs_of_sums<T>), grid, back_threads, 0, c->stream, t, groups, b.sums, weight,
               b.backs);
}

/* What a thread of a gradient's kernels keeps of its channels. */
template <int V>
struct channel_backs {
    group_back v[V];
};

template <int V>
__device__ static inline channel_backs<V> load_backs(const group_back *backs, int groups,
                                                     const column_tiles &t, int batch, int column)
{
    channel_backs<V> b;
    const int width = t.columns / groups;
    for (int j = 0; j < V; j++)
        b.v[j] = backs[(int64_t)batch * groups + (column + j) / width];
    return b;
}

} // namespace idi

#endif
