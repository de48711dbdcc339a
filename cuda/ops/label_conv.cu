/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/label_conv.cu - a 3x3 convolution on a label map's one-hot planes as table look-ups, and
 * the gradients; contract in ops/label_conv.h.
 *
 * Shapes     labels u8 [N, Hm, Wm]; weight, dweight [O, 9, R], weight also [N, O, 9, R]; bias,
 * dbias [O]; y, dz [N, H, W, O] Launch     forward: the weights turned to [9, R, O], then a block
 * of 256 a tile of 4 x 32 pixels; backward: about 264 blocks of 320, of up to 32 channels and every
 * splits-th tile, smem up to 45 KB, leave tables of partial sums; then 9*R*O/32 blocks of 32 x 16
 * Traffic    DRAM N*H*W*O*size, written or read once; 9*R*O*size of weights; partial sums
 *            264/(O/32) tables of (9*R + 1)*O*4 B twice, in L2. Bandwidth bound as long as most
 *            pixels see the same labels as their left neighbour; on noise bound by the caches:
 *            9 look-ups or updates a number
 * Numerics   f32 sums in a fixed order: bitwise repeatable
 * Limits     R <= 256
 * Reference  src/cpu/label_conv.c      Measured  not yet
 */
#include "cuda/device/act.cuh"
#include "cuda/device/label_tile.cuh"
#include "cuda/device/partials.cuh"
#include "cuda/device/transpose.cuh"

extern "C" {
#include "ops/label_conv.h"
}

namespace {

constexpr int taps = 9;
constexpr int fwd_block = 256;

struct layer {
    int64_t channels; /* O */
    int classes;      /* R */
    idi_act act;
    int64_t stride; /* of the samples' tables; 0: a common one */
};

/* Channels o .. o + V - 1 of y at the tile's pixel p. */
template <typename T, int V>
__device__ idi::pack<T, V> look_up(const T *__restrict__ table, const T *__restrict__ bias,
                                   const layer &shape, const idi::label_tile &tile, int p,
                                   int64_t o)
{
    float sum[V];
    const idi::pack<T, V> first = idi::load_pack<V>(bias + o);
    for (int v = 0; v < V; v++)
        sum[v] = idi::to_float(first.v[v]);
    for (int tap = 0; tap < taps; tap++) {
        const int r = idi::class_at_tap(tile, p, tap);
        if (r < 0) continue;
        const T *row = table + (int64_t)(tap * shape.classes + r) * shape.channels;
        const idi::pack<T, V> values = idi::load_pack<V>(row + o);
        for (int v = 0; v < V; v++)
            sum[v] += idi::to_float(values.v[v]);
    }
    idi::pack<T, V> result;
    for (int v = 0; v < V; v++)
        result.v[v] = idi::from_float<T>(idi::act_value(shape.act, sum[v]));
    return result;
}

/* A thread has a pack of channels and consecutive pixels of the tile. `lanes` threads share a
 * pixel; blocks that share a tile are neighbours. */
template <typename T, int V>
__global__ void __launch_bounds__(fwd_block)
    label_conv_fwd(const T *__restrict__ table, const T *__restrict__ bias, idi::label_map map,
                   layer shape, int lanes, int spans, T *__restrict__ y)
{
    IDI_SHARED(idi::label_tile, tile, [1]);
    const idi::label_place place = idi::place_label_tile(map, blockIdx.x / spans);
    table += place.n * shape.stride;
    idi::read_label_tile(map, shape.classes, place, tile[0]);
    const int walkers = fwd_block / lanes;
    const int length = (idi::label_tile_pixels + walkers - 1) / walkers;
    const int first = (int)threadIdx.x / lanes * length;
    const int64_t o = (int64_t)(blockIdx.x % spans * lanes + threadIdx.x % lanes) * V;
    if (o >= shape.channels) return;
    idi::pack<T, V> values;
    for (int p = first; p < first + length && p < idi::label_tile_pixels; p++) {
        const int64_t row = place.y + p / idi::label_tile_columns;
        const int64_t column = place.x + p % idi::label_tile_columns;
        if (p == first || idi::starts_run(tile[0], p))
            values = look_up<T, V>(table, bias, shape, tile[0], p, o);
        if (row < map.height && column < map.width)
            idi::store_pack(
                y + ((place.n * map.height + row) * map.width + column) * shape.channels + o,
                values);
    }
}

template <typename T, int V>
void launch(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_label_conv_attr *>(c->exec->attr);
    const idi_shape &weight = c->exec->in[1].shape;
    const int64_t channels = c->exec->out[0].shape.dim[3];
    const int64_t length = (int64_t)taps * attr->classes;
    const bool has_own = weight.rank == 3;
    const layer shape = {channels, (int)attr->classes, attr->act, has_own ? channels * length : 0};
    const auto map = idi::make_label_map(&c->exec->in[0], attr->height, attr->width);
    T *table = static_cast<T *>(c->exec->workspace);
    idi::transpose(c, idi::in<T>(c, 1), has_own ? weight.dim[0] : 1, channels, length, table);
    const int64_t packs = shape.channels / V;
    const int lanes = packs < fwd_block ? (int)packs : fwd_block;
    const auto spans = (int)idi::ceil_div(packs, lanes);
    const int64_t tiles =
        idi::label_tile_count(c->exec->out[0].shape.dim[0], attr->height, attr->width);
    IDI_LAUNCH((label_conv_fwd<T, V>), (unsigned)(tiles * spans), fwd_block, 0, c->stream, table,
               idi::in<T>(c, 2), map, shape, lanes, spans, idi::out<T>(c, 0));
}

/* Backward: a pixel's dz goes to nine cells of the table, one a tap, and to the bias. All pixels of
 * a run go to the same ones. Eight warps add up the runs of 16 pixels each; then each tap's warp,
 * which owns the tap's cells, adds the runs' sums to them in the order of the tile. */
constexpr int bwd_warps = taps + 1; /* the last one's class is always 0: the bias */
constexpr int bwd_block = bwd_warps * idi::warp_size;
constexpr int run_warps = idi::label_tile_pixels / idi::label_run;

struct bwd_plan {
    int64_t batch, channels;
    int classes;
    int lanes; /* channels of a block, a power of two up to 32 */
    int spans, splits;
};

__host__ __device__ int64_t table_rows(const bwd_plan &plan)
{
    return (int64_t)taps * plan.classes + 1;
}

size_t bwd_shared_bytes(const bwd_plan &plan)
{
    return (size_t)((table_rows(plan) + idi::label_tile_pixels) * plan.lanes) * sizeof(float);
}

bwd_plan plan_bwd(const idi_cuda_call *c)
{
    constexpr size_t most_bytes = 45 * 1024;
    const auto *attr = static_cast<const idi_label_conv_attr *>(c->exec->attr);
    const idi_shape &dz = c->exec->in[0].shape;
    bwd_plan plan = {dz.dim[0], dz.dim[3], (int)attr->classes, idi::warp_size, 1, 1};
    while (bwd_shared_bytes(plan) > most_bytes)
        plan.lanes /= 2;
    plan.spans = (int)idi::ceil_div(plan.channels, plan.lanes);
    const int64_t tiles = idi::label_tile_count(plan.batch, dz.dim[1], dz.dim[2]);
    const int64_t wanted = idi::ceil_div(idi::partial_blocks, plan.spans);
    plan.splits = (int)(wanted < tiles ? wanted : tiles);
    return plan;
}

/* A warp's 16 pixels: leaves the sum of each run at the run's first pixel, in runs[pixel][lane].
 * `dz` is the tile's first pixel at the lane's channel. */
template <typename T>
__device__ void sum_runs(const T *__restrict__ dz, const idi::label_map &map, const bwd_plan &plan,
                         const idi::label_tile &tile, const idi::label_place &place, int first,
                         float *runs)
{
    const int64_t row = first / idi::label_tile_columns;
    const int64_t column = first % idi::label_tile_columns;
    float values[idi::label_run]; /* loaded first, so that all are in flight together */
    for (int j = 0; j < idi::label_run; j++) {
        const bool is_inside = place.y + row < map.height && place.x + column + j < map.width;
        values[j] =
            is_inside ? idi::to_float(dz[(row * map.width + column + j) * plan.channels]) : 0.0f;
    }
    int start = first;
    float sum = values[0];
    for (int j = 1; j < idi::label_run; j++) {
        if (idi::starts_run(tile, first + j)) {
            runs[start * plan.lanes] = sum;
            start = first + j;
            sum = 0.0f;
        }
        sum += values[j];
    }
    runs[start * plan.lanes] = sum;
}

/* A warp adds the tile's runs to the cells of its tap; it writes a cell when the class changes. */
__device__ void add_runs(const bwd_plan &plan, const idi::label_tile &tile, int tap,
                         const float *runs, float *table)
{
    int open = -1;
    float sum = 0.0f;
    for (int row = 0; row < idi::label_tile_rows; row++)
        for (unsigned starts = tile.starts[row]; starts != 0; starts &= starts - 1) {
            const int p = row * idi::label_tile_columns + __ffs((int)starts) - 1;
            const int r = tap < taps ? idi::class_at_tap(tile, p, tap) : 0;
            if (r != open) {
                if (open >= 0) table[(tap * plan.classes + open) * plan.lanes] += sum;
                open = r;
                sum = 0.0f;
            }
            sum += runs[p * plan.lanes];
        }
    if (open >= 0) table[(tap * plan.classes + open) * plan.lanes] += sum;
}

template <typename T>
__global__ void __launch_bounds__(bwd_block)
    label_conv_bwd_partial(const T *__restrict__ dz, idi::label_map map, bwd_plan plan,
                           float *__restrict__ partials)
{
    IDI_SHARED_DYNAMIC(float, table); /* [9*R + 1][lanes], then runs [pixels][lanes] */
    IDI_SHARED(idi::label_tile, tile, [1]);
    const auto cells = static_cast<int>(table_rows(plan)) * plan.lanes;
    float *const runs = table + cells;
    const int warp = (int)threadIdx.x / idi::warp_size;
    const int lane = (int)threadIdx.x % idi::warp_size;
    const int64_t first_channel = (int64_t)(blockIdx.x % plan.spans) * plan.lanes;
    const bool is_inside = lane < plan.lanes && first_channel + lane < plan.channels;
    for (int i = (int)threadIdx.x; i < cells; i += bwd_block)
        table[i] = 0.0f;
    const int64_t tiles = idi::label_tile_count(plan.batch, map.height, map.width);
    for (int64_t t = blockIdx.x / plan.spans; t < tiles; t += plan.splits) {
        const idi::label_place place = idi::place_label_tile(map, t);
        idi::read_label_tile(map, plan.classes, place, tile[0]);
        const int64_t pixel = (place.n * map.height + place.y) * map.width + place.x;
        if (is_inside && warp < run_warps)
            sum_runs(dz + pixel * plan.channels + first_channel + lane, map, plan, tile[0], place,
                     warp * idi::label_run, runs + lane);
        __syncthreads();
        if (is_inside) add_runs(plan, tile[0], warp, runs + lane, table + lane);
        __syncthreads(); /* before the next tile is read */
    }
    float *row = partials + blockIdx.x / plan.spans * table_rows(plan) * plan.channels;
    for (int i = (int)threadIdx.x; i < cells; i += bwd_block)
        if (first_channel + i % plan.lanes < plan.channels)
            row[i / plan.lanes * plan.channels + first_channel + i % plan.lanes] = table[i];
}

template <typename T>
__global__ void __launch_bounds__(idi::partial_columns *idi::partial_rows)
    label_conv_bwd_combine(const float *__restrict__ partials, bwd_plan plan,
                           T *__restrict__ dweight, T *__restrict__ dbias)
{
    const int64_t i = (int64_t)blockIdx.x * idi::partial_columns + threadIdx.x;
    const int64_t cells = table_rows(plan) * plan.channels;
    const float sum = idi::sum_column(i < cells ? partials + i : nullptr, plan.splits, cells);
    if (i >= cells || threadIdx.y > 0) return;
    const int64_t row = i / plan.channels;
    const int64_t o = i % plan.channels;
    const int64_t length = table_rows(plan) - 1;
    if (row == length) {
        if (dbias) dbias[o] = idi::from_float<T>(sum);
    } else if (dweight) {
        dweight[o * length + row] = idi::from_float<T>(sum);
    }
}

template <typename T>
void launch_bwd(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_label_conv_attr *>(c->exec->attr);
    const bwd_plan plan = plan_bwd(c);
    const auto map = idi::make_label_map(&c->exec->in[1], attr->height, attr->width);
    auto *partials = static_cast<float *>(c->exec->workspace);
    IDI_LAUNCH((label_conv_bwd_partial<T>), (unsigned)(plan.splits * plan.spans), bwd_block,
               bwd_shared_bytes(plan), c->stream, idi::in<T>(c, 0), map, plan, partials);
    IDI_LAUNCH((label_conv_bwd_combine<T>),
               (unsigned)idi::ceil_div(table_rows(plan) * plan.channels, idi::partial_columns),
               dim3(idi::partial_columns, idi::partial_rows), 0, c->stream, partials, plan,
               idi::out<T>(c, 0), idi::out<T>(c, 1));
}

} // namespace

IDI_CUDA_WORKSPACE(label_conv)
{
    *bytes_out = (size_t)idi_shape_count(&c->exec->in[1].shape) * idi_dtype_bytes(c->storage);
    return IDI_OK;
}

IDI_CUDA_OP(label_conv)
{
    const int64_t channels = c->exec->out[0].shape.dim[3];
    IDI_STORAGE(c, T, {
        if (channels % idi::pack_width<T> == 0)
            launch<T, idi::pack_width<T>>(c);
        else
            launch<T, 1>(c);
    });
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(label_conv_grad)
{
    const bwd_plan plan = plan_bwd(c);
    *bytes_out = (size_t)(plan.splits * table_rows(plan) * plan.channels) * sizeof(float);
    return IDI_OK;
}

IDI_CUDA_OP(label_conv_grad)
{
    IDI_STORAGE(c, T, launch_bwd<T>(c));
    IDI_LAUNCHED();
}
