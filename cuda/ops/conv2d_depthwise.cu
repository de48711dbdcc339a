/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/conv2d_depthwise.cu - a convolution in which each channel is a group of its own, and the
 * gradient of its input; contract in ops/conv2d.h, sides in conv2d.cuh.
 *
 * Shapes     in [N, H, W, C], weight [C, kh, kw, 1], out [N, H', W', C]
 * Launch     grid (slices of up to 64 channels) * (pixels / rows / 4), block 256: `columns` threads
 *            of V channels each, by rows of pixels; every thread does 4 pixels. V = 16 B, or one
 *            channel where C is not a multiple. The slice's weights lie in shared memory as
 *            [tap][channel] floats, so that a column reads its V of a tap in one piece
 * Traffic    DRAM (in + out) * size B; the kh*kw reads of a pixel but the first come from L1 and L2
 * Numerics   float sums in the order of the taps
 * Limits     N*H'*W' < 2^31; kh*kw <= IDI_CUDA_CONV_DEPTHWISE_TAPS
 * Reference  src/cpu/conv2d.c      Measured  not yet
 */
#include "cuda/ops/conv2d.cuh"

namespace {

using idi::conv::finish;
using idi::conv::view;

constexpr int block_size = 256;
constexpr int slice_channels = 64;
constexpr int thread_pixels = 4;
static_assert(IDI_CUDA_CONV_DEPTHWISE_TAPS * slice_channels * sizeof(float) <= 48 * 1024,
              "a slice's weights lie in shared memory");

/* The slice's weights as [tap][channel]; zero beyond the last channel. */
template <typename T>
__device__ void load_weights(const view &v, const T *__restrict__ weight, int first_channel,
                             float *weights)
{
    const int taps = v.kh * v.kw;
    for (int e = (int)threadIdx.x; e < taps * slice_channels; e += block_size) {
        const int channel = first_channel + e % slice_channels;
        const int tap = e / slice_channels;
        weights[e] = channel < v.out_channels
                         ? idi::to_float(weight[idi::conv::weight_index(v, channel, 0, tap, 0)])
                         : 0.0f;
    }
}

/* V channels of one output pixel. */
template <typename T, int V>
__device__ void gather(const view &v, const T *__restrict__ in, const float *weights, int image,
                       int y, int x, int channel, float (&sum)[V])
{
    for (int ky = 0; ky < v.kh; ky++) {
        const int iy = idi::conv::input_at(y * v.step - v.pad_y + ky, v.spread, v.in_h);
        if (iy < 0) continue;
        for (int kx = 0; kx < v.kw; kx++) {
            const int ix = idi::conv::input_at(x * v.step - v.pad_x + kx, v.spread, v.in_w);
            if (ix < 0) continue;
            const int64_t at =
                (int64_t)((image * v.in_h + iy) * v.in_w + ix) * v.in_channels + channel;
            const auto values = idi::load_pack<V>(in + at);
            const float *w = weights + (ky * v.kw + kx) * slice_channels;
            for (int j = 0; j < V; j++)
                sum[j] += w[j] * idi::to_float(values.v[j]);
        }
    }
}

template <typename T, int V>
__global__ void __launch_bounds__(block_size, 4)
    conv2d_depthwise(view v, int slices, int columns, const T *__restrict__ in,
                     const T *__restrict__ weight, finish<T> end, T *__restrict__ out)
{
    IDI_SHARED_DYNAMIC(float, weights);
    const int first_channel = (int)blockIdx.x % slices * slice_channels;
    load_weights(v, weight, first_channel, weights);
    __syncthreads();
    const int rows = block_size / columns;
    const int row = (int)threadIdx.x / columns;
    const int offset = (int)threadIdx.x % columns * V;
    const int channel = first_channel + offset;
    if (row >= rows || channel >= v.out_channels) return;
    const int pixels = v.n * v.out_h * v.out_w;
    const int first = (int)blockIdx.x / slices * rows * thread_pixels + row;
    for (int i = 0; i < thread_pixels; i++) {
        const int pixel = first + i * rows;
        if (pixel >= pixels) return;
        float sum[V] = {};
        gather<T, V>(v, in, weights + offset, pixel / v.out_w / v.out_h, pixel / v.out_w % v.out_h,
                     pixel % v.out_w, channel, sum);
        const int64_t at = (int64_t)pixel * v.out_channels + channel;
        idi::pack<T, V> result;
        for (int j = 0; j < V; j++)
            result.v[j] = idi::from_float<T>(end.value(sum[j], channel + j, at + j));
        idi::store_pack(out + at, result);
    }
}

template <typename T, int V>
void launch_packed(const view &v, const T *in, const T *weight, const finish<T> &end, T *out,
                   cudaStream_t stream)
{
    const int slices = (int)idi::ceil_div(v.out_channels, slice_channels);
    const int width = v.out_channels < slice_channels ? v.out_channels : slice_channels;
    const int columns = (int)idi::ceil_div(width, V);
    const int pixels = v.n * v.out_h * v.out_w;
    const int64_t tiles = idi::ceil_div(pixels, (int64_t)(block_size / columns) * thread_pixels);
    const size_t shared_bytes = (size_t)(v.kh * v.kw) * slice_channels * sizeof(float);
    IDI_LAUNCH((conv2d_depthwise<T, V>), (unsigned)(tiles * slices), block_size, shared_bytes,
               stream, v, slices, columns, in, weight, end, out);
}

template <typename T>
void launch(const idi_cuda_conv_problem &p, const idi_cuda_conv_data &d, cudaStream_t stream)
{
    const bool is_forward = p.kind == IDI_CUDA_CONV_FORWARD;
    const view v = idi::conv::view_of(p);
    const auto *in = static_cast<const T *>(is_forward ? d.x : d.y);
    auto *out = static_cast<T *>(is_forward ? d.y : d.x);
    const auto *weight = static_cast<const T *>(d.weight);
    const finish<T> end = idi::conv::finish_of<T>(p, d);
    constexpr int width = idi::pack_width<T>;
    if (p.c % width == 0)
        launch_packed<T, width>(v, in, weight, end, out, stream);
    else
        launch_packed<T, 1>(v, in, weight, end, out, stream);
}

} // namespace

extern "C" idi_status idi_cuda_conv_depthwise(const idi_cuda_conv_problem *problem,
                                              const idi_cuda_conv_data *data, cudaStream_t stream)
{
    IDI_STORAGE(problem, T, launch<T>(*problem, *data, stream));
    IDI_LAUNCHED();
}
