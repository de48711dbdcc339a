/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/group_stats.cuh - mean and 1/sqrt(var + eps) of groups of channels of each sample of
 * x [N, H, W, C], with the whole device even for one sample.
 *
 * One pass over x: a thread sums x - p and (x - p)^2 of its channels, p being the first number it
 * meets; these become moments (moments.cuh), merged over threads, chunks and channels, always in
 * the same order. A p that lies k deviations away costs its thread k^2 roundings of the variance;
 * at most 1/k^2 of the numbers can lie there.
 *
 * Launches   moments_of_chunks (column_tiles.cuh), groups_of_moments (a block a group)
 * Traffic    x once; partials, 16 B a channel of a chunk, stay in L2 */
#ifndef IDI_CUDA_DEVICE_GROUP_STATS_CUH
#define IDI_CUDA_DEVICE_GROUP_STATS_CUH

#include "cuda/device/column_tiles.cuh"
#include "cuda/device/moments.cuh"
#include "cuda/device/scratch.cuh"

namespace idi {

/* V channels' moments with the same count, as merge_lines() wants them. */
template <int V>
struct moments_pack {
    float v[3 * V + 1];

    __device__ moments get(int j) const { return {v[3 * V], v[j], v[V + j], v[2 * V + j]}; }
    __device__ void set(int j, const moments &m)
    {
        v[j] = m.pivot;
        v[V + j] = m.offset;
        v[2 * V + j] = m.squares;
    }
    __device__ void merge(const moments_pack &other)
    {
        const float mine = v[3 * V];
        const float others = other.v[3 * V];
        if (others == 0.0f) return;
        const float share = others / (mine + others);
        for (int j = 0; j < V; j++) {
            moments m = get(j);
            if (mine == 0.0f)
                m = other.get(j);
            else
                m.join(other.get(j), share);
            set(j, m);
        }
        v[3 * V] = mine + others;
    }
};

/* A thread's moments of its columns. */
template <typename T, int V>
__device__ static inline moments_pack<V> measure_rows(const column_tiles &t, const column_walk &w,
                                                      const T *__restrict__ x)
{
    float sum[V] = {};
    float squares[V] = {};
    moments_pack<V> result = {};
    if (w.row >= w.end) return result;
    const pack<T, V> first = load_pack<V>(x + w.row * t.columns + w.column);
    for (int64_t row = w.row + w.step; row < w.end; row += w.step) {
        const pack<T, V> values = load_pack<V>(x + row * t.columns + w.column);
        for (int j = 0; j < V; j++) {
            const float d = to_float(values.v[j]) - to_float(first.v[j]);
            sum[j] += d;
            squares[j] += d * d;
        }
    }
    const auto count = (float)((w.end - w.row - 1) / w.step + 1);
    result.v[3 * V] = count;
    for (int j = 0; j < V; j++) {
        const float offset = sum[j] / count;
        const float left = squares[j] - sum[j] * offset;
        result.set(j, {count, to_float(first.v[j]), offset, left > 0.0f ? left : 0.0f});
    }
    return result;
}

/* partials [N][chunks][C] */
template <typename T, int V>
__global__ void __launch_bounds__(tile_threads, 2)
    moments_of_chunks(column_tiles tiles, const T *__restrict__ x, moments *__restrict__ partials)
{
    const column_walk w = walk_columns<V>(tiles);
    moments_pack<V> value = measure_rows<T, V>(tiles, w, x);
    merge_lines(tiles, w, value);
    if (w.is_idle || w.line > 0) return;
    const int64_t line = (int64_t)w.batch * tiles.chunks + w.chunk;
    for (int j = 0; j < V; j++)
        partials[line * tiles.columns + w.column + j] = value.get(j);
}

constexpr int group_threads = 128;

/* The moments of channels first..first + width of a batch, merged from all chunks by the block;
 * complete in thread 0. Once a kernel. */
__device__ static inline moments merge_chunks(const moments *__restrict__ partials, int chunks,
                                              int columns, int batch, int first, int width)
{
    IDI_SHARED(moments, parts, [group_threads]);
    moments m = {};
    for (int64_t i = threadIdx.x; i < (int64_t)chunks * width; i += group_threads)
        m.merge(partials[((int64_t)batch * chunks + i / width) * columns + first + i % width]);
    parts[threadIdx.x] = m;
    for (int half = group_threads / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) parts[threadIdx.x].merge(parts[threadIdx.x + half]);
    }
    return parts[threadIdx.x];
}

/* The groups' statistics [N][groups]; a block merges the chunks of one group's channels. */
[[maybe_unused]] static __global__ void __launch_bounds__(group_threads, 4)
    groups_of_moments(const moments *__restrict__ partials, int chunks, int columns, int groups,
                      float eps, norm_stats *__restrict__ stats)
{
    const int width = columns / groups;
    const int batch = (int)blockIdx.x / groups;
    const int first = (int)blockIdx.x % groups * width;
    const moments m = merge_chunks(partials, chunks, columns, batch, first, width);
    if (threadIdx.x == 0) stats[blockIdx.x] = m.stats(eps);
}

/* How x [N, H, W, C] is cut, for this op's kernels. */
template <typename T>
static inline column_tiles group_tiles(const idi_cuda_call *c)
{
    const idi_shape *shape = &c->exec->in[0].shape;
    return tile_columns(shape->dim[0], shape->dim[1] * shape->dim[2], shape->dim[3],
                        tile_width<T>(shape->dim[3]));
}

/* The statistics' workspace. */
struct stats_scratch {
    norm_stats *stats; /* [N][groups] */
    moments *parts;    /* [N][chunks][C] */
};

static inline stats_scratch take_stats_scratch(scratch &s, const column_tiles &t, int64_t groups)
{
    stats_scratch result = {};
    result.stats = s.take<norm_stats>(t.batches * groups);
    result.parts = s.take<moments>((int64_t)t.batches * t.chunks * t.columns);
    return result;
}

static inline size_t stats_bytes(const idi_cuda_call *c, int64_t groups)
{
    scratch s(c);
    IDI_STORAGE(c, T, (void)take_stats_scratch(s, group_tiles<T>(c), groups));
    return s.bytes;
}

/* Of the call's input 0. */
template <typename T, int V>
static inline void measure_groups(const idi_cuda_call *c, const column_tiles &tiles, int64_t groups,
                                  double eps, const stats_scratch &s)
{
    IDI_LAUNCH((moments_of_chunks<T, V>), tile_blocks(tiles), tile_threads, 0, c->stream, tiles,
               in<T>(c, 0), s.parts);
    IDI_LAUNCH((groups_of_moments), (unsigned)(tiles.batches * groups), group_threads, 0, c->stream,
               s.parts, tiles.chunks, tiles.columns, (int)groups, (float)eps, s.stats);
}

/* A thread's channels' statistics. */
template <int V>
struct channel_stats {
    norm_stats v[V];
};

template <int V>
__device__ static inline channel_stats<V> load_stats(const norm_stats *stats, int groups,
                                                     const column_tiles &t, int batch, int column)
{
    channel_stats<V> s;
    const int width = t.columns / groups;
    for (int j = 0; j < V; j++)
        s.v[j] = stats[(int64_t)batch * groups + (column + j) / width];
    return s;
}

} // namespace idi

#endif
