/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/variance_root.cu - Cholesky's factor of the covariances of a matrix's rows; contract in
 * ops/variance_root.h.
 *
 * Shapes     a [K1,D], b [N,K2,D], r [N,K,K]; in the workspace the rows' means, and the covariances
 *            [N,K,K], which become the factor
 * Launch     means: a warp a row; covariances: N*ceil(K/32)^2 blocks of 256, a tile each, those
 *            below the diagonal leave; factor: a block of 512 a sample, 16 rows at a time: what the
 *            rows above give (a thread a column, 16 sums), the 16x16 on the diagonal (a thread a
 *            row of it), then each column by substitution
 * Traffic    L2 K^3/32*8 B a sample; N*K^2*(D/2 + K/6) operations in double. Once a model or a
 *            person: K = 193, D = 512 are 10^7 operations a sample, most in the covariances
 * Numerics   double, whatever is stored; fixed order
 * Limits     N*ceil(K/32)^2 < 2^31
 * Reference  src/cpu/variance_root.c      Measured  not yet
 */
#include "cuda/device/reduce.cuh"
#include "cuda/device/scratch.cuh"

extern "C" {
#include "ops/variance_root.h"
}

namespace {

constexpr int mean_block = 256;
constexpr int side = 32;      /* of a tile of covariances */
constexpr int tile_lines = 8; /* threads are 32 columns by 8 lines */
constexpr int factor_block = 512;
constexpr int panel = 16; /* rows at a time */

/* B, in its two parts. */
template <typename T>
struct matrix_rows {
    const T *a, *b;
    int64_t first;        /* K1 */
    int64_t count, width; /* K, D */
    double *means;        /* [K1 + N*K2], as the rows lie in a and b */

    /* Where a sample's row lies in `means`. */
    __device__ int64_t index(int64_t sample, int64_t row) const
    {
        return row < first ? row : first + sample * (count - first) + row - first;
    }
    __device__ const T *row(int64_t i) const
    {
        return i < first ? a + i * width : b + (i - first) * width;
    }
};

__device__ double warp_sum(double x)
{
    for (int offset = idi::warp_size / 2; offset > 0; offset /= 2)
        x += __shfl_xor_sync(idi::full_warp, x, offset);
    return x;
}

template <typename T>
__global__ void __launch_bounds__(mean_block) variance_root_means(matrix_rows<T> m, int64_t rows)
{
    const int64_t i = ((int64_t)blockIdx.x * mean_block + threadIdx.x) / idi::warp_size;
    if (i >= rows) return;
    const T *const from = m.row(i);
    const int lane = (int)threadIdx.x % idi::warp_size;
    double sum = 0.0;
    for (int64_t d = lane; d < m.width; d += idi::warp_size)
        sum += (double)idi::to_float(from[d]);
    sum = warp_sum(sum);
    if (lane == 0) m.means[i] = sum / (double)m.width;
}

/* Rows first.. of a sample's B and columns d.. of them, centred; zeros beyond. */
template <typename T>
__device__ void load_centred(double (&tile)[side][side + 1], const matrix_rows<T> &m,
                             int64_t sample, int64_t first, int64_t d)
{
    const int64_t column = d + threadIdx.x;
    for (int i = (int)threadIdx.y; i < side; i += tile_lines) {
        double value = 0.0;
        if (first + i < m.count && column < m.width) {
            const int64_t at = m.index(sample, first + i);
            value = (double)idi::to_float(m.row(at)[column]) - m.means[at];
        }
        tile[i][threadIdx.x] = value;
    }
}

/* covariances [N, K, K]; only the upper triangle's tiles are written. */
template <typename T>
__global__ void __launch_bounds__(side *tile_lines)
    variance_root_covariances(matrix_rows<T> m, double *__restrict__ covariances)
{
    IDI_SHARED(double, above, [side][side + 1]);
    IDI_SHARED(double, beside, [side][side + 1]);
    const int64_t tiles = (m.count + side - 1) / side;
    const int64_t sample = blockIdx.x / tiles / tiles;
    const int64_t row = blockIdx.x / tiles % tiles * side;
    const int64_t column = blockIdx.x % tiles * side;
    if (column < row) return;
    double sum[side / tile_lines] = {};
    for (int64_t d = 0; d < m.width; d += side) {
        load_centred(above, m, sample, row, d);
        load_centred(beside, m, sample, column, d);
        __syncthreads();
        for (int k = 0; k < side; k++)
            for (int i = 0; i < side / tile_lines; i++)
                sum[i] += above[threadIdx.y + i * tile_lines][k] * beside[threadIdx.x][k];
        __syncthreads();
    }
    for (int i = 0; i < side / tile_lines; i++) {
        const int64_t at = row + threadIdx.y + i * tile_lines;
        if (at < m.count && column + threadIdx.x < m.count)
            covariances[(sample * m.count + at) * m.count + column + threadIdx.x] =
                sum[i] / (double)m.width;
    }
}

/* The largest number on the diagonal, for all threads. */
__device__ double largest_pivot(const double *g, int64_t count)
{
    IDI_SHARED(double, parts, [factor_block]);
    double largest = 0.0;
    for (int64_t i = threadIdx.x; i < count; i += factor_block)
        largest = fmax(largest, g[i * count + i]);
    parts[threadIdx.x] = largest;
    __syncthreads();
    for (int i = 0; i < factor_block; i++)
        largest = fmax(largest, parts[i]);
    return largest;
}

/* Column j of rows first.. less what the rows above give: row k, of columns first.., comes a panel
 * at a time through shared memory, so all threads take part, also those without a column. */
__device__ void subtract_above(double (&sum)[panel], const double *r, int64_t count, int64_t first,
                               int64_t j)
{
    IDI_SHARED(double, above, [panel][panel]);
    for (int64_t k = 0; k < first; k += panel) {
        if (threadIdx.x < panel * panel) {
            const int64_t column = first + threadIdx.x % panel;
            above[threadIdx.x / panel][threadIdx.x % panel] =
                column < count ? r[(k + threadIdx.x / panel) * count + column] : 0.0;
        }
        __syncthreads();
        for (int i = 0; i < panel && j < count; i++) {
            const double value = r[(k + i) * count + j];
            for (int b = 0; b < panel; b++)
                sum[b] -= above[i][b] * value;
        }
        __syncthreads();
    }
}

/* Cholesky's factor of the panel's own square, by a warp; rows whose pivot is not above `least`
 * become zero. */
__device__ void factor_square(double (&square)[panel][panel + 1], double least)
{
    const int lane = (int)threadIdx.x;
    for (int i = 0; i < panel; i++) {
        const double pivot = square[i][i];
        __syncwarp();
        if (lane >= i && lane < panel)
            square[i][lane] = pivot > least ? square[i][lane] / sqrt(pivot) : 0.0;
        __syncwarp();
        for (int b = i + 1; b < panel; b++)
            if (lane >= b && lane < panel) square[b][lane] -= square[i][b] * square[i][lane];
        __syncwarp();
    }
}

/* Rows first.. of the factor, in place of the covariances; columns walk by the block's size. */
__device__ void factor_panel(double *r, int64_t count, int64_t first, double least)
{
    IDI_SHARED(double, square, [panel][panel + 1]);
    for (int64_t start = first; start < count; start += factor_block) {
        const int64_t j = start + threadIdx.x;
        double sum[panel];
        for (int b = 0; b < panel; b++)
            sum[b] = first + b <= j && j < count ? r[(first + b) * count + j] : 0.0;
        subtract_above(sum, r, count, first, j);
        if (j < first + panel)
            for (int b = 0; b < panel; b++)
                square[b][j - first] = sum[b];
        __syncthreads();
        if (start == first && threadIdx.x < idi::warp_size) factor_square(square, least);
        __syncthreads();
        for (int b = 0; b < panel; b++) {
            for (int k = 0; k < b; k++)
                sum[b] -= square[k][b] * sum[k];
            sum[b] = square[b][b] > 0.0 ? sum[b] / square[b][b] : 0.0;
            if (first + b <= j && j < count)
                r[(first + b) * count + j] = j < first + panel ? square[b][j - first] : sum[b];
        }
    }
    __syncthreads(); /* before the next panel reads the rows */
}

template <typename T>
__global__ void __launch_bounds__(factor_block)
    variance_root_factor(int64_t count, double *__restrict__ covariances, T *__restrict__ out)
{
    double *const r = covariances + blockIdx.x * count * count;
    T *const to = out + blockIdx.x * count * count;
    const double least = largest_pivot(r, count) * (double)count * 0x1p-52;
    for (int64_t first = 0; first < count; first += panel)
        factor_panel(r, count, first, least);
    for (int64_t i = threadIdx.x; i < count * count; i += factor_block)
        to[i] = idi::from_float<T>(i % count < i / count ? 0.0f : (float)r[i]);
}

struct parts {
    double *means;
    double *covariances;
};

parts take(idi::scratch &scratch, const idi_exec *e, int64_t batch)
{
    const int64_t count = idi_shape_last(&e->out[0].shape);
    const int64_t first = e->in[0].shape.dim[0];
    double *means = scratch.take<double>(first + batch * (count - first));
    return {means, scratch.take<double>(batch * count * count)};
}

int64_t batch_of(const idi_exec *e)
{
    return e->out[0].shape.rank == 3 ? e->out[0].shape.dim[0] : 1;
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    const idi_exec *e = c->exec;
    idi::scratch scratch(c);
    matrix_rows<T> m = {};
    m.a = idi::in<T>(c, 0);
    m.b = idi::in<T>(c, 1);
    m.first = e->in[0].shape.dim[0];
    m.width = e->in[0].shape.dim[1];
    m.count = idi_shape_last(&e->out[0].shape);
    const int64_t batch = batch_of(e);
    const parts space = take(scratch, e, batch);
    m.means = space.means;
    const int64_t rows = m.first + batch * (m.count - m.first);
    const int64_t tiles = idi::ceil_div(m.count, side);
    IDI_LAUNCH((variance_root_means<T>), (unsigned)idi::ceil_div(rows, mean_block / idi::warp_size),
               mean_block, 0, c->stream, m, rows);
    IDI_LAUNCH((variance_root_covariances<T>), (unsigned)(batch * tiles * tiles),
               dim3(side, tile_lines), 0, c->stream, m, space.covariances);
    IDI_LAUNCH((variance_root_factor<T>), (unsigned)batch, factor_block, 0, c->stream, m.count,
               space.covariances, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_WORKSPACE(variance_root)
{
    idi::scratch scratch(c);
    (void)take(scratch, c->exec, batch_of(c->exec));
    *bytes_out = scratch.bytes;
    return IDI_OK;
}

IDI_CUDA_OP(variance_root)
{
    IDI_STORAGE(c, T, launch<T>(c));
    IDI_LAUNCHED();
}
