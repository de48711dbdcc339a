/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/layer_norm.cu - normalisation over the last dimension, affine; contract in
 * ops/layer_norm.h.
 *
 * Shapes     x, y, dy, dx [rows, D]; gamma, beta, dgamma, dbeta [D]
 * Launch     D <= 1024 (gradient: 512): a warp a row, in registers (device/warp_row.cuh); warps
 *            walk over the rows, the next one on its way while one is worked on. Gradient: lanes
 *            sum their columns' parts of dgamma and dbeta meanwhile, blocks leave partial sums,
 *            which are folded in a fixed order.
 *            Longer rows: a block of 256 a row; dgamma and dbeta by device/column_sums.cuh
 * Traffic    with B = rows*D*size: forward 2*B, gradient 3*B, the floor. Longer rows: x twice more,
 *            from L1 or L2, and in the gradient x and dy again. Bandwidth bound
 * Numerics   differences from the row's first number, their mean, then their variance: two passes
 * Limits     rows < 2^31, D < 2^31
 * Reference  src/cpu/layer_norm.c      Measured  not yet
 */
#include "cuda/device/column_sums.cuh"
#include "cuda/device/moments.cuh"
#include "cuda/device/scratch.cuh"
#include "cuda/device/warp_row.cuh"

extern "C" {
#include "ops/layer_norm.h"
}

namespace {

using idi::row_floats;
using idi::row_pack;
using idi::row_packs;

constexpr int longest_forward = 1024; /* rows that a warp takes */
constexpr int longest_backward = 512;
constexpr int warp_block = 128;
constexpr int warps = warp_block / idi::warp_size;
constexpr int64_t most_blocks = 1024; /* enough to fill 132 multiprocessors evenly */
constexpr int row_block = 256;

template <typename T>
struct problem {
    const T *x;     /* [rows, D] */
    const T *gamma; /* [D] */
    int64_t rows;
    int width;
    float eps;
};

__device__ int64_t first_row()
{
    return (int64_t)blockIdx.x * warps + threadIdx.x / idi::warp_size;
}

__device__ int64_t row_step()
{
    return (int64_t)gridDim.x * warps;
}

/* A row of x or dy; zeros after the last one. */
template <int P, typename T>
__device__ row_packs<T, P> load_at(const T *matrix, int64_t row, const problem<T> &p)
{
    const bool is_row = row < p.rows;
    return idi::load_row<P>(matrix + (is_row ? row * p.width : 0), is_row ? p.width : 0);
}

/* x becomes xhat, 0 beyond the row; returns 1/sqrt(var + eps). */
template <int P>
__device__ float normalize(row_floats<P> &x, int width, float eps)
{
    const float pivot = __shfl_sync(idi::full_warp, x.v[0][0], 0);
    float sum = 0.0f;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++) {
            x.v[i][j] = idi::row_column(i) + j < width ? x.v[i][j] - pivot : 0.0f;
            sum += x.v[i][j];
        }
    const float mean = idi::warp_sum(sum) / (float)width;
    float squares = 0.0f;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++) {
            x.v[i][j] = idi::row_column(i) + j < width ? x.v[i][j] - mean : 0.0f;
            squares += x.v[i][j] * x.v[i][j];
        }
    const float rstd = 1.0f / sqrtf(idi::warp_sum(squares) / (float)width + eps);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++)
            x.v[i][j] *= rstd;
    return rstd;
}

template <typename T, int P>
__global__ void __launch_bounds__(warp_block, 2)
    layer_norm_fwd_warp(problem<T> p, const T *__restrict__ beta, T *__restrict__ y)
{
    const auto gamma = idi::load_row<P>(p.gamma, p.width).floats();
    const auto shift = idi::load_row<P>(beta, p.width).floats();
    auto next = load_at<P>(p.x, first_row(), p);
    for (int64_t row = first_row(); row < p.rows; row += row_step()) {
        auto values = next.floats();
        next = load_at<P>(p.x, row + row_step(), p);
        (void)normalize(values, p.width, p.eps);
        for (int i = 0; i < P; i++)
            for (int j = 0; j < row_pack; j++)
                values.v[i][j] = values.v[i][j] * gamma.v[i][j] + shift.v[i][j];
        idi::store_row(y + row * p.width, p.width, values);
    }
}

/* dx, from xhat and g = dy*gamma; g is changed to it. */
template <int P>
__device__ void row_back(const row_floats<P> &xhat, float rstd, int width, row_floats<P> &g)
{
    float sum = 0.0f;
    float along = 0.0f;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++) {
            sum += g.v[i][j];
            along += g.v[i][j] * xhat.v[i][j];
        }
    sum = idi::warp_sum(sum) / (float)width;
    along = idi::warp_sum(along) / (float)width;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++)
            g.v[i][j] = rstd * (g.v[i][j] - sum - xhat.v[i][j] * along);
}

/* The warps' sums of a column, added by one thread each -> partials [D][blocks]. */
template <int P>
__device__ void store_partials(const row_floats<P> &sums, int width, float *partials)
{
    IDI_SHARED(float, parts, [warps][P * idi::warp_size * row_pack]);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < row_pack; j++)
            parts[threadIdx.x / idi::warp_size][idi::row_column(i) + j] = sums.v[i][j];
    __syncthreads();
    for (int column = (int)threadIdx.x; column < width; column += warp_block) {
        float sum = 0.0f;
        for (int w = 0; w < warps; w++)
            sum += parts[w][column];
        partials[(int64_t)column * gridDim.x + blockIdx.x] = sum;
    }
    __syncthreads(); /* before a next call writes `parts` */
}

/* dx may be NULL; partials [2][D][blocks] of dgamma and dbeta, or NULL. */
template <typename T, int P>
__global__ void __launch_bounds__(warp_block, 2)
    layer_norm_bwd_warp(problem<T> p, const T *__restrict__ dy, T *__restrict__ dx,
                        float *__restrict__ partials)
{
    const auto gamma = idi::load_row<P>(p.gamma, p.width).floats();
    row_floats<P> dgamma = {};
    row_floats<P> dbeta = {};
    auto next_x = load_at<P>(p.x, first_row(), p);
    auto next_dy = load_at<P>(dy, first_row(), p);
    for (int64_t row = first_row(); row < p.rows; row += row_step()) {
        auto xhat = next_x.floats();
        auto g = next_dy.floats();
        next_x = load_at<P>(p.x, row + row_step(), p);
        next_dy = load_at<P>(dy, row + row_step(), p);
        const float rstd = normalize(xhat, p.width, p.eps);
        for (int i = 0; i < P; i++)
            for (int j = 0; j < row_pack; j++) {
                dgamma.v[i][j] += g.v[i][j] * xhat.v[i][j];
                dbeta.v[i][j] += g.v[i][j];
                g.v[i][j] *= gamma.v[i][j];
            }
        if (!dx) continue;
        row_back(xhat, rstd, p.width, g);
        idi::store_row(dx + row * p.width, p.width, g);
    }
    if (!partials) return;
    store_partials(dgamma, p.width, partials);
    store_partials(dbeta, p.width, partials + (int64_t)p.width * gridDim.x);
}

/* A row's statistics, for all threads of the block. */
template <typename T>
__device__ idi::norm_stats measure_row(const T *row, int width, float eps)
{
    const float pivot = idi::to_float(row[0]);
    float sum = 0.0f;
    for (int i = threadIdx.x; i < width; i += row_block)
        sum += idi::to_float(row[i]) - pivot;
    const float offset = idi::block_sum<row_block>(sum) / (float)width;
    float squares = 0.0f;
    for (int i = threadIdx.x; i < width; i += row_block) {
        const float d = idi::to_float(row[i]) - pivot - offset;
        squares += d * d;
    }
    squares = idi::block_sum<row_block>(squares);
    return idi::moments{(float)width, pivot, offset, squares}.stats(eps);
}

template <typename T>
__global__ void __launch_bounds__(row_block)
    layer_norm_fwd_block(problem<T> p, const T *__restrict__ beta, T *__restrict__ y)
{
    const int64_t start = (int64_t)blockIdx.x * p.width;
    const auto stats = measure_row(p.x + start, p.width, p.eps);
    for (int i = threadIdx.x; i < p.width; i += row_block) {
        const float xhat = stats.normal(idi::to_float(p.x[start + i]));
        y[start + i] =
            idi::from_float<T>(xhat * idi::to_float(p.gamma[i]) + idi::to_float(beta[i]));
    }
}

/* stats [rows], for the column sums; dx may be NULL. */
template <typename T>
__global__ void __launch_bounds__(row_block)
    layer_norm_bwd_block(problem<T> p, const T *__restrict__ dy, T *__restrict__ dx,
                         idi::norm_stats *__restrict__ stats)
{
    const int64_t start = (int64_t)blockIdx.x * p.width;
    const auto s = measure_row(p.x + start, p.width, p.eps);
    if (threadIdx.x == 0) stats[blockIdx.x] = s;
    if (!dx) return;
    float sum = 0.0f;
    float along = 0.0f;
    for (int i = threadIdx.x; i < p.width; i += row_block) {
        const float g = idi::to_float(dy[start + i]) * idi::to_float(p.gamma[i]);
        sum += g;
        along += g * s.normal(idi::to_float(p.x[start + i]));
    }
    sum = idi::block_sum<row_block>(sum) / (float)p.width;
    along = idi::block_sum<row_block>(along) / (float)p.width;
    for (int i = threadIdx.x; i < p.width; i += row_block) {
        const float g = idi::to_float(dy[start + i]) * idi::to_float(p.gamma[i]);
        const float xhat = s.normal(idi::to_float(p.x[start + i]));
        dx[start + i] = idi::from_float<T>(s.rstd * (g - sum - xhat * along));
    }
}

/* Sums 0 and 1: dgamma and dbeta. */
template <typename T, int V>
struct affine_term {
    static constexpr int sums = 2;
    static constexpr int width = V;
    struct columns {};
    const T *x, *dy;
    const idi::norm_stats *stats; /* [rows] */
    int row_width;

    __device__ columns begin(int, int) const { return {}; }
    __device__ void add(const columns &, int64_t at, float (&sum)[2][V]) const
    {
        const idi::norm_stats s = stats[at / row_width];
        const auto xs = idi::load_pack<V>(x + at);
        const auto dys = idi::load_pack<V>(dy + at);
        for (int j = 0; j < V; j++) {
            sum[0][j] += idi::to_float(dys.v[j]) * s.normal(idi::to_float(xs.v[j]));
            sum[1][j] += idi::to_float(dys.v[j]);
        }
    }
};

template <typename T>
problem<T> problem_of(const idi_cuda_call *c)
{
    const idi_shape *shape = &c->exec->in[0].shape;
    const auto *attr = static_cast<const idi_layer_norm_attr *>(c->exec->attr);
    return {idi::in<T>(c, 0), idi::in<T>(c, 1), idi_shape_rows(shape), (int)idi_shape_last(shape),
            (float)attr->eps};
}

int64_t warp_blocks(int64_t rows)
{
    constexpr int64_t least_rows = 2; /* of a warp, so that there is a next one to load */
    const int64_t blocks = idi::ceil_div(rows, warps * least_rows);
    return blocks < most_blocks ? blocks : most_blocks;
}

template <typename T>
void launch_forward(const idi_cuda_call *c)
{
    const auto p = problem_of<T>(c);
    const T *beta = idi::in<T>(c, 2);
    T *y = idi::out<T>(c, 0);
    if (p.width <= longest_forward)
        IDI_ROW_PACKS(p.width, P,
                      IDI_LAUNCH((layer_norm_fwd_warp<T, P>), (unsigned)warp_blocks(p.rows),
                                 warp_block, 0, c->stream, p, beta, y));
    else
        IDI_LAUNCH((layer_norm_fwd_block<T>), (unsigned)p.rows, row_block, 0, c->stream, p, beta,
                   y);
}

/* The gradient's workspace, for rows in warps or in blocks. */
template <typename T>
struct back_scratch {
    bool is_warp;
    idi::column_tiles tiles; /* not is_warp */
    idi::norm_stats *stats;  /* [rows]; not is_warp */
    float *partials;         /* [2][D][warp_blocks], or of sum_columns() */
};

template <typename T>
back_scratch<T> take_scratch(idi::scratch &space, const problem<T> &p)
{
    back_scratch<T> s = {};
    s.is_warp = p.width <= longest_backward;
    if (s.is_warp) {
        s.partials = space.take<float>(2 * p.width * warp_blocks(p.rows));
        return s;
    }
    s.tiles = idi::tile_columns(1, p.rows, p.width, idi::tile_width<T>(p.width));
    s.stats = space.take<idi::norm_stats>(p.rows);
    s.partials = space.take<float>(idi::column_partials(s.tiles, 2));
    return s;
}

/* dgamma or dbeta, output k, of the warps' partial sums; nothing where it is not wanted. */
template <typename T>
void fold_warps(const idi_cuda_call *c, const float *partials, int64_t blocks, int64_t width, int k)
{
    if (!c->exec->out[k].data) return;
    if (idi_cuda_sum_type(c, k) == IDI_F32)
        idi::fold(c, partials, blocks, width, idi::out<float>(c, k));
    else
        idi::fold(c, partials, blocks, width, idi::out<T>(c, k));
}

bool wants_sums(const idi_cuda_call *c)
{
    return c->exec->out[1].data || c->exec->out[2].data;
}

template <typename T>
void launch_warps(const idi_cuda_call *c, const problem<T> &p, float *partials)
{
    const int64_t blocks = warp_blocks(p.rows);
    if (!wants_sums(c)) partials = nullptr;
    IDI_ROW_PACKS(p.width, P, {
        if constexpr (P <= longest_backward / 128)
            IDI_LAUNCH((layer_norm_bwd_warp<T, P>), (unsigned)blocks, warp_block, 0, c->stream, p,
                       idi::in<T>(c, 2), idi::out<T>(c, 0), partials);
    });
    if (!partials) return;
    fold_warps<T>(c, partials, blocks, p.width, 1);
    fold_warps<T>(c, partials + p.width * blocks, blocks, p.width, 2);
}

template <typename T>
void launch_blocks(const idi_cuda_call *c, const problem<T> &p, const back_scratch<T> &s)
{
    const T *dy = idi::in<T>(c, 2);
    IDI_LAUNCH((layer_norm_bwd_block<T>), (unsigned)p.rows, row_block, 0, c->stream, p, dy,
               idi::out<T>(c, 0), s.stats);
    if (!wants_sums(c)) return;
    IDI_TILE_WIDTH(
        T, p.width, V,
        idi::sum_columns(c, s.tiles, affine_term<T, V>{p.x, dy, s.stats, p.width}, s.partials));
    idi::fold_output<T>(c, s.tiles, 0, s.partials, 1);
    idi::fold_output<T>(c, s.tiles, 1, s.partials, 2);
}

template <typename T>
void launch_backward(const idi_cuda_call *c)
{
    const auto p = problem_of<T>(c);
    idi::scratch space(c);
    const auto s = take_scratch(space, p);
    if (s.is_warp)
        launch_warps(c, p, s.partials);
    else
        launch_blocks(c, p, s);
}

} // namespace

IDI_CUDA_OP(layer_norm)
{
    IDI_STORAGE(c, T, launch_forward<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(layer_norm_grad)
{
    IDI_STORAGE(c, T, launch_backward<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_WORKSPACE(layer_norm_grad)
{
    idi::scratch space(c);
    IDI_STORAGE(c, T, (void)take_scratch(space, problem_of<T>(c)));
    *bytes_out = space.bytes;
    return IDI_OK;
}
