/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer.cu - a transformer block between its projections, a chunk of a
 * sample's pixels at a time; contract in ops/pixel_transformer.h. In 16-bit storage the shapes that
 * the generator has go to pixel_transformer_mma.cu or pixel_transformer_gmma.cu instead.
 *
 * With inverse = 1/sigma of z, F', P', K' the sizes F, P, K made multiples of 8:
 *   middle = z*inverse [gates, values] + biases         cuBLASLt, [chunk, 2F']
 *   values *= gelu(gates)
 *   mixed  = [values, z] [weight'; o's columns] + bias   cuBLASLt, one product over F' + K'
 *   y      = residual + mixed
 *
 * Shapes     as in ops/pixel_transformer.h; in the workspace the packed matrices of one sample
 *            (zeros where sizes were made multiples), z as float [chunk,K'], scaled [chunk,K'],
 *            middle [chunk, gates | values | z], mixed [chunk,P']; the middle takes at most 32 MiB,
 *            so that it stays in L2
 * Launch     a sample: pack ceil(count/256) blocks of 256; a chunk: ceil(chunk/32) blocks of 128
 *            that make z (device/root.cuh), cuBLASLt's, gates, cuBLASLt's, residual
 * Traffic    DRAM N*H*W*(C + 2*P)*size B and the matrices twice, while the middle stays in L2.
 *            2*N*H*W*(K*(2F + P) + F*P) operations bound it
 * Numerics   sigmas, scores and softmax in float; z, the middle and `mixed` are stored
 * Limits     N*H*W < 2^31
 * Reference  src/cpu/pixel_transformer.c      Measured  not yet
 */
#include "cuda/device/act.cuh"
#include "cuda/device/root.cuh"
#include "cuda/device/scratch.cuh"
#include "cuda/ops/pixel_transformer.h"

extern "C" {
#include "cuda/runtime/gemm.h"
}

namespace {

using namespace idi;

constexpr int block_size = 256;
constexpr int64_t middle_bytes = (int64_t)32 << 20;
constexpr int64_t row_step = 64;

/* Sizes, and where things lie in the packed matrices. Numbers of elements. */
struct layout {
    idi_pixel_transformer_sizes n;
    int64_t hidden, out, width; /* F', P', K' */
    int64_t wide_row;           /* of [z's rows, gates | values | o] */
    int64_t middle_row;         /* of [pixels, gates | values | z] */
    int64_t mix_row;            /* of [o's columns, values | z] */
    int64_t chunk;              /* pixels of every chunk but a sample's last */
};

int64_t padded(int64_t count)
{
    return ceil_div(count, 8) * 8;
}

layout layout_of(const idi_cuda_call *c)
{
    layout l = {};
    l.n = idi_pixel_transformer_sizes_of(c->exec);
    l.hidden = padded(l.n.hidden);
    l.out = padded(l.n.out);
    l.width = padded(l.n.width);
    l.wide_row = 2 * l.hidden;
    l.middle_row = 2 * l.hidden + l.width;
    l.mix_row = l.hidden + l.width;
    const int64_t row_bytes = l.middle_row * (int64_t)idi_dtype_bytes(c->storage);
    const int64_t steps = middle_bytes / (row_bytes * row_step);
    const int64_t most = (steps > 1 ? steps : 1) * row_step;
    const int64_t even = ceil_div(l.n.pixels, ceil_div(l.n.pixels, most));
    l.chunk = l.n.pixels <= most ? l.n.pixels : ceil_div(even, row_step) * row_step;
    return l;
}

template <typename T>
struct work {
    T *wide;      /* [K', wide_row] */
    T *wide_bias; /* [wide_row] */
    T *mix;       /* [P', mix_row] */
    T *mix_bias;  /* [P'] */
    float *z;     /* [chunk, K'] */
    T *scaled;    /* [chunk, K'] */
    T *middle;    /* [chunk, middle_row] */
    T *mixed;     /* [chunk, P'] */
    char *gemm;
};

template <typename T>
work<T> take(scratch &space, const layout &l, size_t gemm_bytes)
{
    work<T> w = {};
    w.wide = space.take<T>(l.width * l.wide_row);
    w.wide_bias = space.take<T>(l.wide_row);
    w.mix = space.take<T>(l.out * l.mix_row);
    w.mix_bias = space.take<T>(l.out);
    w.z = space.take<float>(l.chunk * l.width);
    w.scaled = space.take<T>(l.chunk * l.width);
    w.middle = space.take<T>(l.chunk * l.middle_row);
    w.mixed = space.take<T>(l.chunk * l.out);
    w.gemm = space.take<char>((int64_t)gemm_bytes);
    return w;
}

/* Column `at` of gates | values as one of w: the gates are its second half. -1: none. */
__device__ int64_t wide_column(const layout &l, int64_t at)
{
    const int64_t feature = at % l.hidden;
    if (feature >= l.n.hidden) return -1;
    return at < l.hidden ? l.n.hidden + feature : feature;
}

/* A thread a number of wide, wide_bias, mix and mix_bias, in this order. */
template <typename T>
__global__ void __launch_bounds__(block_size)
    pixel_transformer_pack(layout l, pixel_transformer_in<T> in, work<T> w, int64_t count)
{
    int64_t i = (int64_t)blockIdx.x * block_size + threadIdx.x;
    if (i >= count) return;
    const T zero = from_float<T>(0.0f);
    if (i < l.width * l.wide_row) {
        const int64_t column = wide_column(l, i % l.wide_row);
        w.wide[i] = column < 0 ? zero : pixel_transformer_at(in, l.n, i / l.wide_row, column);
        return;
    }
    i -= l.width * l.wide_row;
    if (i < l.wide_row) {
        const int64_t column = wide_column(l, i);
        w.wide_bias[i] = column < 0 ? zero : in.bias[column];
        return;
    }
    i -= l.wide_row;
    if (i < l.out * l.mix_row) {
        const int64_t p = i / l.mix_row;
        const int64_t k = i % l.mix_row;
        if (p >= l.n.out || (k >= l.n.hidden && k < l.hidden))
            w.mix[i] = zero;
        else if (k < l.hidden)
            w.mix[i] = in.weight[p * l.n.hidden + k];
        else
            w.mix[i] = pixel_transformer_at(in, l.n, k - l.hidden, 2 * l.n.hidden + p);
        return;
    }
    i -= l.out * l.mix_row;
    w.mix_bias[i] = i < l.n.out ? in.bias[2 * l.n.hidden + i] : zero;
}

/* Scores of the tile's pixels -> z, from their inverse deviations. */
template <typename T>
__device__ void score_tile(const layout &l, const matrix_part<T> &u, const T *scores,
                           const float (&inverse)[root_block], float *tiles, float *z)
{
    const int64_t channels = l.n.channels;
    const int64_t stride = channels + 2;
    float *const score_rows = tiles + root_vectors * tile_stride(root_chunk);
    for (int64_t first = 0; first < l.n.attended; first += root_lines) {
        float sum[root_block][root_block] = {};
        for (int64_t f = 0; f < channels; f += root_chunk) {
            const matrix_part<T> rows = {scores + first * stride + f, stride, l.n.attended - first,
                                         channels - f};
            load_tile<root_chunk>(tiles, root_vectors,
                                  matrix_part<T>{u.data + f, u.stride, u.rows, channels - f});
            load_tile<root_chunk>(score_rows, root_lines, rows);
            __syncthreads();
            add_dots<root_chunk>(sum, tiles, score_rows);
            __syncthreads();
        }
        for (int j = 0; j < root_block; j++) {
            const int64_t s = first + product_lane() + product_lanes * j;
            if (s >= l.n.attended) continue;
            const float one = to_float(scores[s * stride + channels]);
            const float constant = to_float(scores[s * stride + channels + 1]);
            for (int i = 0; i < root_block; i++) {
                const int64_t row = product_line() + product_lines * i;
                if (row < u.rows)
                    z[row * l.width + channels + 1 + s] = (sum[i][j] + one) * inverse[i] + constant;
            }
        }
    }
}

/* z's first part: u and 1, and zeros behind its last. */
template <typename T>
__device__ void copy_tile(const layout &l, const matrix_part<T> &u, int rows, float *z)
{
    const int64_t first = l.n.channels + 1;
    for (int64_t i = threadIdx.x; i < rows * l.width; i += product_threads) {
        const int64_t column = i % l.width;
        if (column < l.n.channels)
            z[i] = to_float(u.data[i / l.width * l.n.channels + column]);
        else if (column < first || column >= l.n.width)
            z[i] = column < first ? 1.0f : 0.0f;
    }
}

/* Softmax of a row's and a head's scores by 16 lanes; all of a line take part. */
__device__ void weigh_tile(const layout &l, int rows, float *z)
{
    const int tokens = (int)l.n.tokens;
    const int groups = root_vectors * (int)l.n.heads;
    for (int g = product_line(); g < groups; g += product_lines) {
        const int row = g / (int)l.n.heads;
        float *const t = z + row * l.width + l.n.channels + 1 + g % (int)l.n.heads * tokens;
        const int count = row < rows ? tokens : 0;
        float largest = -INFINITY;
        float sum = 0.0f;
        for (int s = product_lane(); s < count; s += product_lanes)
            largest = fmaxf(largest, t[s]);
        largest = line_max(largest);
        for (int s = product_lane(); s < count; s += product_lanes)
            sum += t[s] = expf(t[s] - largest);
        const float share = 1.0f / line_sum(sum);
        for (int s = product_lane(); s < count; s += product_lanes)
            t[s] *= share;
    }
}

/* Pixels first.. of the sample, 32 of them: z -> the middle's tail, z/sigma -> scaled. */
template <typename T>
__global__ void __launch_bounds__(product_threads, 4)
    pixel_transformer_enter(layout l, pixel_transformer_in<T> in, int64_t start, int64_t pixels,
                            float eps, work<T> w)
{
    IDI_SHARED(float, tiles, [root_tile_size]);
    IDI_SHARED(float, scale, [root_vectors]);
    const int64_t first = (int64_t)blockIdx.x * root_vectors;
    const auto rows = (int)(pixels - first < root_vectors ? pixels - first : root_vectors);
    const matrix_part<T> u = {in.u + (start + first) * l.n.channels, l.n.channels, rows,
                              l.n.channels};
    float *const z = w.z + first * l.width; /* this block's alone */
    float inverse[root_block];
    root_squares(inverse, tiles, u, in.root_in, l.n.channels + 1);
    for (int i = 0; i < root_block; i++)
        inverse[i] = 1.0f / sqrtf(inverse[i] + eps);
    score_tile(l, u, in.scores, inverse, tiles, z);
    copy_tile(l, u, rows, z);
    __syncthreads();
    weigh_tile(l, rows, z);
    __syncthreads();
    root_squares(inverse, tiles, matrix_part<float>{z, l.width, rows, l.n.width}, in.root,
                 l.n.width);
    if (product_lane() == 0)
        for (int i = 0; i < root_block; i++)
            scale[product_line() + product_lines * i] = 1.0f / sqrtf(inverse[i] + eps);
    __syncthreads();
    for (int64_t i = threadIdx.x; i < rows * l.width; i += product_threads) {
        const int64_t row = i / l.width;
        w.scaled[first * l.width + i] = from_float<T>(z[i] * scale[row]);
        w.middle[(first + row) * l.middle_row + 2 * l.hidden + i % l.width] = from_float<T>(z[i]);
    }
}

/* Row r holds gates and then as many values; the products replace the values. */
template <typename T>
__global__ void __launch_bounds__(block_size)
    pixel_transformer_gate(T *middle, int64_t rows, int64_t hidden, int64_t stride)
{
    constexpr int width = pack_width<T>;
    const int64_t i = ((int64_t)blockIdx.x * block_size + threadIdx.x) * width;
    if (i >= rows * hidden) return;
    T *const gate = middle + i / hidden * stride + i % hidden;
    const pack<T, width> gates = load_pack<width>(gate);
    pack<T, width> values = load_pack<width>(gate + hidden);
    for (int j = 0; j < width; j++)
        values.v[j] = from_float<T>(to_float(values.v[j]) * gelu(to_float(gates.v[j])));
    store_pack(gate + hidden, values);
}

/* y = residual + mixed, whose rows are longer. */
template <typename T>
__global__ void __launch_bounds__(block_size)
    pixel_transformer_leave(const T *__restrict__ residual, const T *__restrict__ mixed,
                            int64_t count, int64_t out, int64_t stride, T *__restrict__ y)
{
    const int64_t i = (int64_t)blockIdx.x * block_size + threadIdx.x;
    if (i >= count) return;
    y[i] = from_float<T>(to_float(residual[i]) + to_float(mixed[i / out * stride + i % out]));
}

unsigned blocks_of(int64_t count)
{
    return (unsigned)ceil_div(count, block_size);
}

idi_cuda_gemm widen(const layout &l, int64_t rows)
{
    idi_cuda_gemm gemm = {};
    gemm.m = rows;
    gemm.n = l.wide_row;
    gemm.k = l.width;
    gemm.ldc = l.middle_row;
    gemm.has_bias = true;
    return gemm;
}

idi_cuda_gemm narrow(const layout &l, int64_t rows)
{
    idi_cuda_gemm gemm = {};
    gemm.m = rows;
    gemm.n = l.out;
    gemm.k = l.mix_row;
    gemm.lda = l.middle_row;
    gemm.is_b_transposed = true;
    gemm.has_bias = true;
    return gemm;
}

/* The largest workspace of the four products: chunks, and a sample's last one of fewer rows. */
idi_status plan_products(const idi_cuda_call *c, const layout &l, size_t *bytes_out)
{
    const int64_t last = l.n.pixels - (l.n.pixels - 1) / l.chunk * l.chunk;
    const idi_cuda_gemm gemms[] = {widen(l, l.chunk), narrow(l, l.chunk), widen(l, last),
                                   narrow(l, last)};
    *bytes_out = 0;
    for (const idi_cuda_gemm &gemm : gemms) {
        size_t bytes = 0;
        IDI_TRY(idi_cuda_gemm_workspace(c, &gemm, &bytes));
        if (bytes > *bytes_out) *bytes_out = bytes;
    }
    return IDI_OK;
}

template <typename T>
idi_status run_chunk(const idi_cuda_call *c, const layout &l, const pixel_transformer_in<T> &in,
                     const work<T> &w, int64_t start, T *y)
{
    const auto eps = (float)static_cast<const idi_pixel_transformer_attr *>(c->exec->attr)->eps;
    const int64_t pixels = l.n.pixels - start < l.chunk ? l.n.pixels - start : l.chunk;
    IDI_LAUNCH((pixel_transformer_enter<T>), (unsigned)ceil_div(pixels, root_vectors),
               product_threads, 0, c->stream, l, in, start, pixels, eps, w);
    const idi_cuda_gemm first = widen(l, pixels);
    const idi_cuda_gemm_data wide = {w.scaled, w.wide, w.wide_bias, nullptr, w.middle, w.gemm};
    IDI_TRY(idi_cuda_gemm_run(c, &first, &wide));
    IDI_LAUNCH((pixel_transformer_gate<T>), blocks_of(pixels * l.hidden / pack_width<T>),
               block_size, 0, c->stream, w.middle, pixels, l.hidden, l.middle_row);
    const idi_cuda_gemm second = narrow(l, pixels);
    const idi_cuda_gemm_data out = {
        w.middle + l.hidden, w.mix, w.mix_bias, nullptr, w.mixed, w.gemm};
    IDI_TRY(idi_cuda_gemm_run(c, &second, &out));
    const int64_t count = pixels * l.n.out;
    IDI_LAUNCH((pixel_transformer_leave<T>), blocks_of(count), block_size, 0, c->stream,
               in.residual + start * l.n.out, w.mixed, count, l.n.out, l.out, y + start * l.n.out);
    return IDI_OK;
}

template <typename T>
idi_status run(const idi_cuda_call *c)
{
    const layout l = layout_of(c);
    scratch space(c);
    const work<T> w = take<T>(space, l, 0);
    const int64_t packed = (l.width + 1) * l.wide_row + l.out * (l.mix_row + 1);
    for (int64_t sample = 0; sample < l.n.batch; sample++) {
        const pixel_transformer_in<T> in = pixel_transformer_in_of<T>(c, l.n, sample);
        T *const y = out<T>(c, 0) + sample * l.n.pixels * l.n.out;
        IDI_LAUNCH((pixel_transformer_pack<T>), blocks_of(packed), block_size, 0, c->stream, l, in,
                   w, packed);
        for (int64_t start = 0; start < l.n.pixels; start += l.chunk)
            IDI_TRY(run_chunk(c, l, in, w, start, y));
    }
    IDI_LAUNCHED();
}

} // namespace

IDI_CUDA_WORKSPACE(pixel_transformer)
{
    if (has_pixel_transformer_gmma(c)) {
        *bytes_out = pixel_transformer_gmma_bytes(c);
        return IDI_OK;
    }
    if (has_pixel_transformer_mma(c)) {
        *bytes_out = pixel_transformer_mma_bytes(c);
        return IDI_OK;
    }
    const layout l = layout_of(c);
    size_t gemm_bytes = 0;
    IDI_TRY(plan_products(c, l, &gemm_bytes));
    scratch space(c);
    IDI_STORAGE(c, T, (void)take<T>(space, l, gemm_bytes));
    *bytes_out = space.bytes;
    return IDI_OK;
}

IDI_CUDA_OP(pixel_transformer)
{
    if (has_pixel_transformer_gmma(c)) {
        launch_pixel_transformer_gmma(c);
        IDI_LAUNCHED();
    }
    if (has_pixel_transformer_mma(c)) {
        launch_pixel_transformer_mma(c);
        IDI_LAUNCHED();
    }
    IDI_STORAGE(c, T, return run<T>(c));
}
