/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/l2_normalize.cu - rows of unit length; contract in ops/l2_normalize.h.
 *
 * Shapes     x, y, dy, dx [rows, D]
 * Launch     D <= 1024: a warp a row, in registers (device/warp_row.cuh), 8 a block; longer rows:
 *            a block of 256 a row, which reads it twice
 * Traffic    forward 2*rows*D*size B, gradient 3*: the floor. Bandwidth bound
 * Numerics   sums in float, in a fixed order
 * Limits     rows < 2^31, D < 2^31
 * Reference  src/cpu/l2_normalize.c      Measured  not yet
 */
#include "cuda/device/warp_row.cuh"

extern "C" {
#include "ops/l2_normalize.h"
}

namespace {

constexpr int block_size = 256;
constexpr int block_warps = block_size / idi::warp_size;
constexpr int longest_in_warp = 1024;
constexpr float shortest = 1e-12f;

/* 1/max(|x|, shortest), and what dx subtracts along x: inverse*(x.dy), or 0 where the divisor is a
 * constant. */
struct scaling {
    float inverse, along;
};

__device__ scaling scaling_of(float squares, float product)
{
    const float length = sqrtf(squares);
    const float inverse = 1.0f / fmaxf(length, shortest);
    return {inverse, length > shortest ? inverse * product : 0.0f};
}

__device__ float slope(const scaling &s, float x, float dy)
{
    return (dy - x * s.inverse * s.along) * s.inverse;
}

template <int P>
__device__ float dot(const idi::row_floats<P> &a, const idi::row_floats<P> &b)
{
    float sum = 0.0f;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < idi::row_pack; j++)
            sum += a.v[i][j] * b.v[i][j];
    return idi::warp_sum(sum);
}

__device__ int64_t warp_row_index()
{
    return (int64_t)blockIdx.x * block_warps + threadIdx.x / idi::warp_size;
}

template <typename T, int P>
__global__ void __launch_bounds__(block_size)
    l2_normalize_fwd_warp(const T *__restrict__ x, int64_t rows, int width, T *__restrict__ y)
{
    const int64_t row = warp_row_index();
    if (row >= rows) return;
    idi::row_floats<P> values = idi::load_row<P>(x + row * width, width).floats();
    const scaling s = scaling_of(dot(values, values), 0.0f);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < idi::row_pack; j++)
            values.v[i][j] *= s.inverse;
    idi::store_row(y + row * width, width, values);
}

template <typename T, int P>
__global__ void __launch_bounds__(block_size, 2)
    l2_normalize_bwd_warp(const T *__restrict__ x, const T *__restrict__ dy, int64_t rows,
                          int width, T *__restrict__ dx)
{
    const int64_t row = warp_row_index();
    if (row >= rows) return;
    const auto xs = idi::load_row<P>(x + row * width, width).floats();
    auto slopes = idi::load_row<P>(dy + row * width, width).floats();
    const scaling s = scaling_of(dot(xs, xs), dot(xs, slopes));
    for (int i = 0; i < P; i++)
        for (int j = 0; j < idi::row_pack; j++)
            slopes.v[i][j] = slope(s, xs.v[i][j], slopes.v[i][j]);
    idi::store_row(dx + row * width, width, slopes);
}

template <typename T>
__device__ float block_dot(const T *a, const T *b, int width)
{
    float sum = 0.0f;
    for (int i = threadIdx.x; i < width; i += block_size)
        sum += idi::to_float(a[i]) * idi::to_float(b[i]);
    return idi::block_sum<block_size>(sum);
}

template <typename T>
__global__ void __launch_bounds__(block_size)
    l2_normalize_fwd_block(const T *__restrict__ x, int width, T *__restrict__ y)
{
    const int64_t start = (int64_t)blockIdx.x * width;
    const scaling s = scaling_of(block_dot(x + start, x + start, width), 0.0f);
    for (int i = threadIdx.x; i < width; i += block_size)
        y[start + i] = idi::from_float<T>(idi::to_float(x[start + i]) * s.inverse);
}

template <typename T>
__global__ void __launch_bounds__(block_size)
    l2_normalize_bwd_block(const T *__restrict__ x, const T *__restrict__ dy, int width,
                           T *__restrict__ dx)
{
    const int64_t start = (int64_t)blockIdx.x * width;
    const float squares = block_dot(x + start, x + start, width);
    const scaling s = scaling_of(squares, block_dot(x + start, dy + start, width));
    for (int i = threadIdx.x; i < width; i += block_size) {
        const float value = slope(s, idi::to_float(x[start + i]), idi::to_float(dy[start + i]));
        dx[start + i] = idi::from_float<T>(value);
    }
}

template <typename T>
void launch_forward(const idi_cuda_call *c)
{
    const int64_t rows = idi_shape_rows(&c->exec->in[0].shape);
    const auto width = (int)idi_shape_last(&c->exec->in[0].shape);
    const auto grid = (unsigned)idi::ceil_div(rows, block_warps);
    const T *x = idi::in<T>(c, 0);
    if (width <= longest_in_warp)
        IDI_ROW_PACKS(width, P,
                      IDI_LAUNCH((l2_normalize_fwd_warp<T, P>), grid, block_size, 0, c->stream, x,
                                 rows, width, idi::out<T>(c, 0)));
    else
        IDI_LAUNCH((l2_normalize_fwd_block<T>), (unsigned)rows, block_size, 0, c->stream, x, width,
                   idi::out<T>(c, 0));
}

template <typename T>
void launch_backward(const idi_cuda_call *c)
{
    const int64_t rows = idi_shape_rows(&c->exec->in[0].shape);
    const auto width = (int)idi_shape_last(&c->exec->in[0].shape);
    const auto grid = (unsigned)idi::ceil_div(rows, block_warps);
    const T *x = idi::in<T>(c, 0);
    const T *dy = idi::in<T>(c, 1);
    if (width <= longest_in_warp)
        IDI_ROW_PACKS(width, P,
                      IDI_LAUNCH((l2_normalize_bwd_warp<T, P>), grid, block_size, 0, c->stream, x,
                                 dy, rows, width, idi::out<T>(c, 0)));
    else
        IDI_LAUNCH((l2_normalize_bwd_block<T>), (unsigned)rows, block_size, 0, c->stream, x, dy,
                   width, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_OP(l2_normalize)
{
    IDI_STORAGE(c, T, launch_forward<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(l2_normalize_grad)
{
    IDI_STORAGE(c, T, launch_backward<T>(c));
    IDI_LAUNCHED();
}
