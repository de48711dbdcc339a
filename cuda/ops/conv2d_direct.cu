/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/conv2d_direct.cu - a convolution with few channels a group, and the gradient of its
 * input, on the float units; contract in ops/conv2d.h, sides in conv2d.cuh.
 *
 * Shapes     in [N, H, W, G*I], weight [O*G, kh, kw, I], out [N, H', W', G*O]: I and O a group's
 * Launch     grid (N * tiles of 8x16 pixels) * G * (slices of 4*Q channels out), groups fastest so
 *            that neighbouring blocks share lines; block (32, Q), Q = 1, 2 or 4. A thread does 4
 *            pixels below each other by 4 channels: 16 products for 4 + 1 shared reads
 * Shared     a window of the input and the slice's weights, both float, for S <= 16 channels in at
 *            a time; S so that 48 KB suffice
 * Traffic    DRAM (in + out + weights) * size B; L2 in * slices * (halo, 1.4 for 3x3)
 * Compute    N*H'*W' * G*I*O * kh*kw products; the gradient with a stride does stride^2 as many,
 *            of which all but one are with zeros
 * Numerics   float sums, input channels outermost, then taps
 * Limits     N*H'*W' < 2^31; a kernel whose window of one channel fits 48 KB
 * Reference  src/cpu/conv2d.c      Measured  not yet
 */
#include "cuda/ops/conv2d.cuh"

namespace {

using idi::conv::finish;
using idi::conv::view;

constexpr int lanes = 32;
constexpr int tile_h = 8;
constexpr int tile_w = 16;
constexpr int rows = 4; /* pixels of a thread */
constexpr int quad = 4; /* channels out of a thread */
constexpr int max_quads = 4;
constexpr int max_step_channels = 16;
constexpr size_t max_shared_bytes = 48 * 1024;

/* How a block's shared memory is laid out: window[channel][y][x], then weights[channel][tap][o]. */
struct tiling {
    int tiles_y, tiles_x;
    int slices;        /* of a group's channels out */
    int quads;         /* Q */
    int step_channels; /* S */
    int window_h, window_w;
    int pitch; /* of a window's line */
    int plane; /* of a channel's window */

    size_t shared_bytes(const view &v) const
    {
        const int64_t weights = (int64_t)v.kh * v.kw * quad * quads;
        return (size_t)(step_channels * (plane + weights)) * sizeof(float);
    }
};

/* A warp's halves read lines that are 4*step apart: with a pitch of 4 more than a multiple of 8
 * they meet different banks for step 1. An odd plane spreads the channels that neighbours write. */
tiling choose_tiling(const view &v)
{
    tiling t;
    t.tiles_y = (int)idi::ceil_div(v.out_h, tile_h);
    t.tiles_x = (int)idi::ceil_div(v.out_w, tile_w);
    t.window_h = (tile_h - 1) * v.step + v.kh;
    t.window_w = (tile_w - 1) * v.step + v.kw;
    t.pitch = (t.window_w + 3) / 8 * 8 + 4;
    t.plane = (t.window_h * t.pitch) | 1;
    t.quads = v.out_group > 2 * quad ? max_quads : v.out_group > quad ? 2 : 1;
    t.step_channels = v.in_group < max_step_channels ? v.in_group : max_step_channels;
    while (t.shared_bytes(v) > max_shared_bytes && t.step_channels > 1)
        t.step_channels /= 2;
    while (t.shared_bytes(v) > max_shared_bytes && t.quads > 1)
        t.quads /= 2;
    t.slices = (int)idi::ceil_div(v.out_group, quad * t.quads);
    return t;
}

/* Which tile, group and slice a block does. */
struct place {
    int image, group;
    int y, x;      /* of the tile's first pixel */
    int first_out; /* of the slice's channels, in the group */
};

__device__ place find_place(const view &v, const tiling &t)
{
    int rest = (int)blockIdx.x;
    place at;
    at.first_out = rest % t.slices * quad * t.quads;
    rest /= t.slices;
    at.group = rest % v.groups;
    rest /= v.groups;
    at.x = rest % t.tiles_x * tile_w;
    rest /= t.tiles_x;
    at.y = rest % t.tiles_y * tile_h;
    at.image = rest / t.tiles_y;
    return at;
}

__device__ int thread_number()
{
    return (int)(threadIdx.y * lanes + threadIdx.x);
}

template <typename T>
__device__ void load_window(const view &v, const tiling &t, const place &at,
                            const T *__restrict__ in, int first_in, int channels, float *window)
{
    const int count = t.window_h * t.window_w * channels;
    for (int e = thread_number(); e < count; e += lanes * t.quads) {
        const int c = e % channels;
        const int x = e / channels % t.window_w;
        const int y = e / channels / t.window_w;
        const int iy = idi::conv::input_at(at.y * v.step - v.pad_y + y, v.spread, v.in_h);
        const int ix = idi::conv::input_at(at.x * v.step - v.pad_x + x, v.spread, v.in_w);
        const int pixel = (at.image * v.in_h + iy) * v.in_w + ix;
        const int64_t from = (int64_t)pixel * v.in_channels + at.group * v.in_group + first_in + c;
        window[c * t.plane + y * t.pitch + x] = iy < 0 || ix < 0 ? 0.0f : idi::to_float(in[from]);
    }
}

template <typename T>
__device__ void load_weights(const view &v, const tiling &t, const place &at,
                             const T *__restrict__ weight, int first_in, int channels,
                             float *weights)
{
    const int taps = v.kh * v.kw;
    const int width = quad * t.quads;
    for (int e = thread_number(); e < channels * taps * width; e += lanes * t.quads) {
        const int c = e % channels;
        const int tap = e / channels % taps;
        const int o = e / channels / taps;
        const bool exists = at.first_out + o < v.out_group;
        weights[(c * taps + tap) * width + o] =
            exists ? idi::to_float(weight[idi::conv::weight_index(v, at.group, at.first_out + o,
                                                                  tap, first_in + c)])
                   : 0.0f;
    }
}

/* The thread's products with `channels` input channels; `window` starts at its first pixel, the
 * weights at its quad. */
__device__ void multiply(const view &v, const tiling &t, const float *window, const float *weights,
                         int channels, float (&sum)[rows][quad])
{
    const int taps = v.kh * v.kw;
    const int width = quad * t.quads;
    for (int c = 0; c < channels; c++)
        for (int tap = 0, ky = 0; ky < v.kh; ky++)
            for (int kx = 0; kx < v.kw; kx++, tap++) {
                const auto w = idi::load_pack<quad>(weights + (c * taps + tap) * width);
                const float *line = window + c * t.plane + ky * t.pitch + kx;
                for (int i = 0; i < rows; i++) {
                    const float value = line[i * v.step * t.pitch];
                    for (int j = 0; j < quad; j++)
                        sum[i][j] += value * w.v[j];
                }
            }
}

template <typename T>
__global__ void __launch_bounds__(lanes *max_quads)
    conv2d_direct(view v, tiling t, const T *__restrict__ in, const T *__restrict__ weight,
                  finish<T> end, T *__restrict__ out)
{
    IDI_SHARED_DYNAMIC(float, weights); /* first, for their alignment */
    float *window = weights + t.step_channels * v.kh * v.kw * quad * t.quads;
    const place at = find_place(v, t);
    const int x = (int)threadIdx.x % tile_w;
    const int y = (int)threadIdx.x / tile_w * rows;
    const int o = (int)threadIdx.y * quad;
    float sum[rows][quad] = {};
    for (int first_in = 0; first_in < v.in_group; first_in += t.step_channels) {
        const int left = v.in_group - first_in;
        const int channels = left < t.step_channels ? left : t.step_channels;
        load_window(v, t, at, in, first_in, channels, window);
        load_weights(v, t, at, weight, first_in, channels, weights);
        __syncthreads();
        multiply(v, t, window + y * v.step * t.pitch + x * v.step, weights + o, channels, sum);
        __syncthreads();
    }
    if (at.x + x >= v.out_w) return;
    for (int i = 0; i < rows && at.y + y + i < v.out_h; i++)
        for (int j = 0; j < quad && at.first_out + o + j < v.out_group; j++) {
            const int pixel = (at.image * v.out_h + at.y + y + i) * v.out_w + at.x + x;
            const int channel = at.group * v.out_group + at.first_out + o + j;
            const int64_t to = (int64_t)pixel * v.out_channels + channel;
            out[to] = idi::from_float<T>(end.value(sum[i][j], channel, to));
        }
}

template <typename T>
void launch(const view &v, const tiling &t, const idi_cuda_conv_problem &p,
            const idi_cuda_conv_data &d, cudaStream_t stream)
{
    const bool is_forward = p.kind == IDI_CUDA_CONV_FORWARD;
    const int64_t blocks = (int64_t)v.n * t.tiles_y * t.tiles_x * v.groups * t.slices;
    IDI_LAUNCH((conv2d_direct<T>), (unsigned)blocks, dim3(lanes, t.quads), t.shared_bytes(v),
               stream, v, t, static_cast<const T *>(is_forward ? d.x : d.y),
               static_cast<const T *>(d.weight), (idi::conv::finish_of<T>(p, d)),
               static_cast<T *>(is_forward ? d.y : d.x));
}

} // namespace

extern "C" idi_status idi_cuda_conv_direct(const idi_cuda_conv_problem *problem,
                                           const idi_cuda_conv_data *data, cudaStream_t stream)
{
    const view v = idi::conv::view_of(*problem);
    const tiling t = choose_tiling(v);
    IDI_REQUIRE(
        t.shared_bytes(v) <= max_shared_bytes, IDI_ERR_UNSUPPORTED,
        "conv2d: cuDNN has no engine for a kernel %lldx%lld with stride %lld, and it is too "
        "large for ours",
        (long long)problem->kh, (long long)problem->kw, (long long)problem->stride);
    IDI_STORAGE(problem, T, launch<T>(v, t, *problem, *data, stream));
    IDI_LAUNCHED();
}
