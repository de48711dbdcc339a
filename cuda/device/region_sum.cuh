/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/region_sum.cuh - sums of rows of numbers by the class of the pixel that a row belongs
 * to, and the classes' pixel counts: the first stage of region_pool and mask_embed.
 *
 *   sum[n, r, k] = sum over the pixels p of class r in sample n of rows(n, p, r)[k]
 *
 * A block takes a chunk of a sample's pixels and a span of columns. Its threads form walkers of
 * `lanes` neighbours; a walker takes every walkers-th pixel and adds its row to a table in shared
 * memory that is the walker's own, [classes][span]. The block adds its walkers' tables in order
 * and leaves one row of partial sums: [classes*columns] sums, then [classes] counts. The op's own
 * kernel adds those (partials.cuh). */
#ifndef IDI_CUDA_DEVICE_REGION_SUM_CUH
#define IDI_CUDA_DEVICE_REGION_SUM_CUH

#include "cuda/device/label_map.cuh"
#include "cuda/device/partials.cuh"

namespace idi {

constexpr int region_block = 256;
constexpr int region_batch = 16;   /* rows that a thread has in flight */
constexpr int region_stage = 4096; /* labels in shared memory: a whole batch of every walker */
constexpr int region_table_bytes = 40 * 1024;

/* How a sum is cut up. */
struct region_plan {
    int64_t batch, pixels, columns;
    int first_class, classes; /* others count nowhere */
    int width;                /* columns of a thread: the kernel's V */
    int lanes, walkers;
    int spans, splits; /* of the columns; of a sample's pixels, in chunks */
    int64_t chunk;
};

static inline region_plan plan_region_sum(int64_t batch, int64_t pixels, int64_t columns,
                                          int64_t first_class, int64_t classes)
{
    region_plan p = {batch, pixels, columns, (int)first_class, (int)classes, 1, 32, 1, 1, 1, 1};
    p.width = columns % 2 == 0 ? 2 : 1;
    const auto table_bytes = [&p] { return p.classes * p.lanes * p.width * (int)sizeof(float); };
    while (p.lanes > 1 && (p.lanes / 2 * p.width >= columns || table_bytes() > region_table_bytes))
        p.lanes /= 2;
    p.walkers = region_block / p.lanes;
    if (p.walkers > region_table_bytes / table_bytes())
        p.walkers = region_table_bytes / table_bytes();
    p.spans = (int)ceil_div(columns, (int64_t)p.lanes * p.width);
    const int64_t wanted = ceil_div(partial_blocks, batch * p.spans);
    const int64_t possible = ceil_div(pixels, (int64_t)p.walkers * region_batch);
    p.chunk = ceil_div(pixels, wanted < possible ? wanted : possible);
    p.splits = (int)ceil_div(pixels, p.chunk);
    return p;
}

__host__ __device__ static inline int64_t region_row(const region_plan &plan)
{
    return plan.classes * (plan.columns + 1);
}

static inline size_t region_sum_bytes(const region_plan &plan)
{
    return (size_t)(plan.batch * plan.splits * region_row(plan)) * sizeof(float);
}

/* The class of a label, or -1. */
__device__ static inline int region_class(const region_plan &plan, int label)
{
    const int r = label - plan.first_class;
    return r >= 0 && r < plan.classes ? r : -1;
}

/* One thread's share of a batch: loads first, so that they are in flight together. `from` is the
 * pixel's number in the sample, `labels` are those from there on, `count` many. */
template <typename T, int V, typename Rows>
__device__ static inline void add_batch(const Rows &rows, const region_plan &plan, int64_t n,
                                        int64_t from, const uint8_t *labels, int count,
                                        int64_t column, float *table)
{
    const int span = plan.lanes * V;
    pack<T, V> values[region_batch];
    int classes[region_batch];
    for (int j = 0; j < region_batch; j++) {
        const int p = j * plan.walkers;
        classes[j] = p < count ? region_class(plan, labels[p]) : -1;
        if (classes[j] >= 0) values[j] = load_pack<V>(rows(n, from + p, classes[j]) + column);
    }
    for (int j = 0; j < region_batch; j++)
        for (int v = 0; v < V && classes[j] >= 0; v++)
            table[classes[j] * span + v] += to_float(values[j].v[v]);
}

/* The walkers' tables of the block, one after another, as a row of partial sums. */
__device__ static inline void write_region_row(const region_plan &plan, const float *tables,
                                               const int *counts, int64_t first_column, float *row)
{
    const int span = plan.lanes * plan.width;
    const int cells = plan.classes * span;
    for (int i = static_cast<int>(threadIdx.x); i < cells; i += static_cast<int>(blockDim.x)) {
        const int64_t column = first_column + i % span;
        if (column >= plan.columns) continue;
        float sum = 0.0f;
        for (int w = 0; w < plan.walkers; w++)
            sum += tables[w * cells + i];
        row[i / span * plan.columns + column] = sum;
    }
    for (int r = static_cast<int>(threadIdx.x); first_column == 0 && r < plan.classes;
         r += static_cast<int>(blockDim.x))
        row[plan.classes * plan.columns + r] = static_cast<float>(counts[r]);
}

/* Labels of the pixels from `first` on, counted by class. */
__device__ static inline void stage_labels(const label_map &map, const region_plan &plan, int64_t n,
                                           int64_t first, int count, uint8_t *labels, int *counts)
{
    for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
        const int label = label_at_pixel(map, n, first + i);
        const int r = region_class(plan, label);
        labels[i] = static_cast<uint8_t>(label);
        if (r >= 0) atomicAdd(&counts[r], 1); /* whole numbers: any order will do */
    }
}

template <typename T, int V, typename Rows>
__global__ void __launch_bounds__(region_block, 2)
    region_sum_partial(Rows rows, label_map map, region_plan plan, float *__restrict__ partials)
{
    IDI_SHARED_DYNAMIC(float, tables);
    IDI_SHARED(uint8_t, labels, [region_stage]);
    IDI_SHARED(int, counts, [label_values]);
    const int self = static_cast<int>(threadIdx.x);
    const int cells = plan.classes * plan.lanes * V;
    for (int i = self; i < plan.walkers * cells; i += static_cast<int>(blockDim.x))
        tables[i] = 0.0f;
    for (int i = self; i < plan.classes; i += static_cast<int>(blockDim.x))
        counts[i] = 0;
    const int walker = self / plan.lanes;
    const int offset = self % plan.lanes * V;
    const int64_t first_column = (int64_t)(blockIdx.x % plan.spans) * plan.lanes * V;
    const unsigned part = blockIdx.x / plan.spans; /* n*splits + split */
    const int64_t n = part / plan.splits;
    const int64_t first = part % plan.splits * plan.chunk;
    const int64_t end = first + plan.chunk < plan.pixels ? first + plan.chunk : plan.pixels;
    const bool is_inside = first_column + offset < plan.columns;
    for (int64_t stage = first; stage < end; stage += region_stage) {
        const int count = static_cast<int>(end - stage < region_stage ? end - stage : region_stage);
        __syncthreads(); /* the tables are clear, or the stage before is done with */
        stage_labels(map, plan, n, stage, count, labels, counts);
        __syncthreads();
        for (int p = walker; is_inside && p < count; p += plan.walkers * region_batch)
            add_batch<T, V>(rows, plan, n, stage + p, labels + p, count - p, first_column + offset,
                            tables + walker * cells + offset);
    }
    __syncthreads();
    write_region_row(plan, tables, counts, first_column, partials + part * region_row(plan));
}

/* Enqueues the first stage; rows(n, p, r) points at a pixel's row in device code. */
template <typename T, typename Rows>
static inline void launch_region_sum(const idi_cuda_call *c, const Rows &rows, const label_map &map,
                                     const region_plan &plan, float *partials)
{
    const auto grid = static_cast<unsigned>(plan.batch * plan.splits * plan.spans);
    const auto block = static_cast<unsigned>(plan.lanes * plan.walkers);
    const size_t shared =
        sizeof(float) * (size_t)plan.walkers * plan.classes * plan.lanes * plan.width;
    if (plan.width == 2)
        IDI_LAUNCH((region_sum_partial<T, 2, Rows>), grid, block, shared, c->stream, rows, map,
                   plan, partials);
    else
        IDI_LAUNCH((region_sum_partial<T, 1, Rows>), grid, block, shared, c->stream, rows, map,
                   plan, partials);
}

} // namespace idi

#endif
