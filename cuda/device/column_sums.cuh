/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/column_sums.cuh - sums over rows for each column, in a fixed order: gradients of
 * biases, scales and slopes, and the sums of a normalisation's way back.
 *
 * A Term says what is summed; it may also store what it computes on the way:
 *
 *   template <typename T, int V> struct my_term {
 *       static constexpr int sums = 2;               // sums a column
 *       static constexpr int width = V;              // columns a thread; 1 or pack_width<T>
 *       struct columns { float scale[V]; };          // what a thread keeps of its columns
 *       __device__ columns begin(int batch, int column) const;
 *       __device__ void add(const columns &k, int64_t at, float (&sum)[sums][V]) const;
 *   };                                               // `at`: the pack's place in the matrix
 *
 * On the host, with tiles = tile_columns(batches, rows, columns, V):
 *
 *   sum_columns(c, tiles, term, partials);           // column_partials(tiles, sums) floats
 *   fold_columns(c, tiles, 0, partials, dgamma);     // sum 0 over batches and rows: [columns]
 *   fold_columns(c, tiles, 1, partials, dbeta);
 *
 * Traffic: what the term reads and writes, once; partials are 1/500 or less of a big matrix. */
#ifndef IDI_CUDA_DEVICE_COLUMN_SUMS_CUH
#define IDI_CUDA_DEVICE_COLUMN_SUMS_CUH

#include "cuda/device/column_tiles.cuh"
#include "cuda/device/reduce.cuh"

namespace idi {

template <int K, int V>
struct sum_pack {
    float v[K * V];

    __device__ void merge(const sum_pack &other)
    {
        for (int i = 0; i < K * V; i++)
            v[i] += other.v[i];
    }
};

/* partials [sums][columns][batches][chunks] */
template <typename Term>
__global__ void __launch_bounds__(tile_threads, 2)
    column_sums(column_tiles tiles, Term term, float *__restrict__ partials)
{
    constexpr int width = Term::width;
    const column_walk w = walk_columns<width>(tiles);
    const auto keep = term.begin(w.batch, w.column);
    float sum[Term::sums][width] = {};
    for (int64_t row = w.row; row < w.end; row += w.step)
        term.add(keep, row * tiles.columns + w.column, sum);
    sum_pack<Term::sums, width> value;
    for (int i = 0; i < Term::sums * width; i++)
        value.v[i] = sum[i / width][i % width];
    merge_lines(tiles, w, value);
    if (w.is_idle || w.line > 0) return;
    for (int i = 0; i < Term::sums * width; i++) {
        const int64_t line = (int64_t)(i / width) * tiles.columns + w.column + i % width;
        partials[(line * tiles.batches + w.batch) * tiles.chunks + w.chunk] = value.v[i];
    }
}

constexpr int fold_threads = 256;

/* out[i] = the sum of parts[i*length .. (i+1)*length); a warp each. */
template <typename T>
__global__ void __launch_bounds__(fold_threads)
    fold_parts(const float *__restrict__ parts, int64_t length, int64_t count, T *__restrict__ out)
{
    const int64_t i = ((int64_t)blockIdx.x * fold_threads + threadIdx.x) / warp_size;
    if (i >= count) return;
    float sum = 0.0f;
    for (int64_t j = threadIdx.x % warp_size; j < length; j += warp_size)
        sum += parts[i * length + j];
    sum = warp_sum(sum);
    if (threadIdx.x % warp_size == 0) out[i] = from_float<T>(sum);
}

template <typename T>
static inline void fold(const idi_cuda_call *c, const float *parts, int64_t length, int64_t count,
                        T *out)
{
    const auto grid = (unsigned)ceil_div(count, fold_threads / warp_size);
    IDI_LAUNCH((fold_parts<T>), grid, fold_threads, 0, c->stream, parts, length, count, out);
}

/* Floats that sum_columns() writes. */
static inline int64_t column_partials(const column_tiles &t, int sums)
{
    return (int64_t)sums * t.columns * t.batches * t.chunks;
}

template <typename Term>
static inline void sum_columns(const idi_cuda_call *c, const column_tiles &tiles, const Term &term,
                               float *partials)
{
    IDI_LAUNCH((column_sums<Term>), tile_blocks(tiles), tile_threads, 0, c->stream, tiles, term,
               partials);
}

/* The term's sum number `index` over all rows of all batches -> out [columns]; NULL: not wanted. */
template <typename T>
static inline void fold_columns(const idi_cuda_call *c, const column_tiles &t, int index,
                                const float *partials, T *out)
{
    const int64_t length = (int64_t)t.batches * t.chunks;
    if (out) fold(c, partials + index * t.columns * length, length, t.columns, out);
}

/* The same as the call's output k: floats where sums are (idi_cuda_sum_type). */
template <typename T>
static inline void fold_output(const idi_cuda_call *c, const column_tiles &t, int index,
                               const float *partials, int k)
{
    if (idi_cuda_sum_type(c, k) == IDI_F32)
        fold_columns(c, t, index, partials, out<float>(c, k));
    else
        fold_columns(c, t, index, partials, out<T>(c, k));
}

/* The matrix's own columns: a bias's gradient. */
template <typename T, int V>
struct value_term {
    static constexpr int sums = 1;
    static constexpr int width = V;
    struct columns {};
    const T *x;

    __device__ columns begin(int, int) const { return {}; }
    __device__ void add(const columns &, int64_t at, float (&sum)[1][V]) const
    {
        const pack<T, V> values = load_pack<V>(x + at);
        for (int j = 0; j < V; j++)
            sum[0][j] += to_float(values.v[j]);
    }
};

} // namespace idi

#endif
