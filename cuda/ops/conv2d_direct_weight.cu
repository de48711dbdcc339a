/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/conv2d_direct_weight.cu - the gradient of a convolution's weight where groups have few
 * channels, down to one (depthwise); contract in ops/conv2d.h.
 *
 * Shapes     dz [N, H', W', G*O], x [N, H, W, G*I], dweight [G*O, kh, kw, I]
 * Launch     1. partial sums: the N*H'*W' pixels in `chunks`, one weight tensor of floats each.
 *               depthwise: grid chunks * taps * (slices of 32 channels), block 32 x 8 pixels
 *               narrow:    grid chunks * taps * G * (tiles of up to 64 x 64 channels), block 256: a
 *               thread does 4x4 of the tile's products for every `lanes`-th pixel, from shared
 *               memory; where a tile has fewer than 64x64, the threads that remain take other
 * pixels
 *            2. the chunks' sum: grid ceil(weights / 256), block 256
 * Traffic    L2 taps * (x + dz) * size B, for each tile; DRAM (x + dz) * size + chunks*weights*8 B
 * Compute    N*H'*W' * G*I*O * kh*kw products
 * Workspace  chunks * weights * 4 B, at most 64 MiB unless one chunk needs more
 * Limits     N*H'*W' < 2^31
 * Numerics   float sums in a fixed order: bitwise repeatable
 * Reference  src/cpu/conv2d.c      Measured  not yet
 */
#include "cuda/ops/conv2d.cuh"

namespace {

constexpr int block_size = 256;
constexpr int quad = 4;
using aligned_quad = idi::pack<float, quad>;
constexpr int tile_channels = 64;
constexpr int staged_floats = 4096; /* of dz, and again of x */
constexpr int max_staged_pixels = 256;
constexpr int depthwise_channels = 32;
constexpr int depthwise_pixels = block_size / depthwise_channels;

struct shape {
    int64_t weights;       /* numbers of it */
    int n, groups, pixels; /* of dz */
    int h, w, out_h, out_w, kh, kw, stride, pad;
    int in_group, out_group;
    int in_tiles, out_tiles;  /* of a group */
    int in_quads, out_quads;  /* of a tile */
    int lanes, staged_pixels; /* pixels at once, in registers and in shared memory */
    int chunks, chunk_pixels;
    bool is_depthwise;
};

int quads_of(int channels)
{
    return (int)idi::ceil_div(channels < tile_channels ? channels : tile_channels, quad);
}

/* Enough blocks for the device, chunks of at most 4096 pixels, no more scratch than 64 MiB. */
void choose_chunks(shape *s)
{
    const int64_t taps = s->kh * s->kw;
    const int64_t blocks = s->is_depthwise ? taps * idi::ceil_div(s->groups, depthwise_channels)
                                           : taps * s->groups * s->in_tiles * s->out_tiles;
    int64_t chunks = idi::ceil_div(1024, blocks);
    const int64_t by_length = idi::ceil_div(s->pixels, 4096);
    const int64_t by_memory = (int64_t)(64 << 20) / (s->weights * (int64_t)sizeof(float));
    const int64_t by_pixels = idi::ceil_div(s->pixels, max_staged_pixels);
    if (chunks < by_length) chunks = by_length;
    if (chunks > by_pixels) chunks = by_pixels;
    if (chunks > by_memory) chunks = by_memory;
    if (chunks < 1) chunks = 1;
    s->chunk_pixels = (int)idi::ceil_div(s->pixels, chunks);
    s->chunks = (int)idi::ceil_div(s->pixels, s->chunk_pixels);
}

shape shape_of(const idi_cuda_conv_problem &p)
{
    shape s = {};
    s.n = (int)p.n, s.groups = (int)p.groups;
    s.h = (int)p.h, s.w = (int)p.w, s.out_h = (int)p.out_h, s.out_w = (int)p.out_w;
    s.kh = (int)p.kh, s.kw = (int)p.kw, s.stride = (int)p.stride, s.pad = (int)p.pad;
    s.in_group = (int)(p.c / p.groups), s.out_group = (int)(p.o / p.groups);
    s.pixels = (int)(p.n * p.out_h * p.out_w);
    s.weights = p.o * p.kh * p.kw * s.in_group;
    s.in_tiles = (int)idi::ceil_div(s.in_group, tile_channels);
    s.out_tiles = (int)idi::ceil_div(s.out_group, tile_channels);
    s.in_quads = quads_of(s.in_group), s.out_quads = quads_of(s.out_group);
    const int widest = quad * (s.in_quads > s.out_quads ? s.in_quads : s.out_quads);
    s.staged_pixels = staged_floats / widest;
    if (s.staged_pixels > max_staged_pixels) s.staged_pixels = max_staged_pixels;
    s.lanes = block_size / (s.in_quads * s.out_quads);
    s.is_depthwise = p.groups > 1 && s.in_group == 1 && s.out_group == 1;
    choose_chunks(&s);
    return s;
}

/* The pixel of x that tap (ky, kx) of dz's pixel `pixel` reads, in pixels; -1 outside. */
__device__ int source_pixel(const shape &s, int pixel, int ky, int kx)
{
    const int line = pixel / s.out_w;
    const int iy = line % s.out_h * s.stride - s.pad + ky;
    const int ix = pixel % s.out_w * s.stride - s.pad + kx;
    if (iy < 0 || iy >= s.h || ix < 0 || ix >= s.w) return -1;
    return (line / s.out_h * s.h + iy) * s.w + ix;
}

template <typename T>
__global__ void __launch_bounds__(block_size)
    conv2d_grad_weight_depthwise(shape s, int slices, const T *__restrict__ dz,
                                 const T *__restrict__ x, float *__restrict__ partial)
{
    IDI_SHARED(float, sums, [depthwise_pixels][depthwise_channels]);
    const int taps = s.kh * s.kw;
    const int channel = (int)blockIdx.x % slices * depthwise_channels + (int)threadIdx.x;
    const int tap = (int)blockIdx.x / slices % taps;
    const int chunk = (int)blockIdx.x / slices / taps;
    const int first = chunk * s.chunk_pixels;
    const int end = first + s.chunk_pixels < s.pixels ? first + s.chunk_pixels : s.pixels;
    float sum = 0.0f;
    for (int pixel = first + (int)threadIdx.y; channel < s.groups && pixel < end;
         pixel += depthwise_pixels) {
        const int source = source_pixel(s, pixel, tap / s.kw, tap % s.kw);
        if (source >= 0)
            sum += idi::to_float(dz[(int64_t)pixel * s.groups + channel]) *
                   idi::to_float(x[(int64_t)source * s.groups + channel]);
    }
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || channel >= s.groups) return;
    for (int i = 1; i < depthwise_pixels; i++)
        sum += sums[i][threadIdx.x];
    partial[(int64_t)chunk * s.weights + channel * taps + tap] = sum;
}

/* What a block of the narrow kernel does. */
struct place {
    int chunk, group;
    int first_in, first_out; /* of the tile's channels, in the group */
    int tap;
};

__device__ place find_place(const shape &s)
{
    int rest = (int)blockIdx.x;
    place at;
    at.first_in = rest % s.in_tiles * tile_channels;
    rest /= s.in_tiles;
    at.first_out = rest % s.out_tiles * tile_channels;
    rest /= s.out_tiles;
    at.group = rest % s.groups;
    rest /= s.groups;
    at.tap = rest % (s.kh * s.kw);
    at.chunk = rest / (s.kh * s.kw);
    return at;
}

/* A tile's channels of `pixels` pixels of dz from `first` on, and of the pixels of x that belong to
 * them, as floats; zero where there is none. */
template <typename T>
__device__ void stage(const shape &s, const place &at, const T *__restrict__ dz,
                      const T *__restrict__ x, int first, int pixels, float *staged_dz,
                      float *staged_x)
{
    const int out_width = s.out_quads * quad;
    const int in_width = s.in_quads * quad;
    for (int e = (int)threadIdx.x; e < pixels * out_width; e += block_size) {
        const int o = at.first_out + e % out_width;
        const int pixel = first + e / out_width;
        staged_dz[e] =
            o < s.out_group
                ? idi::to_float(dz[((int64_t)pixel * s.groups + at.group) * s.out_group + o])
                : 0.0f;
    }
    for (int e = (int)threadIdx.x; e < pixels * in_width; e += block_size) {
        const int c = at.first_in + e % in_width;
        const int source = source_pixel(s, first + e / in_width, at.tap / s.kw, at.tap % s.kw);
        staged_x[e] =
            c < s.in_group && source >= 0
                ? idi::to_float(x[((int64_t)source * s.groups + at.group) * s.in_group + c])
                : 0.0f;
    }
}

/* Adds the staged pixels' products to the thread's 4x4. */
__device__ void multiply(const shape &s, const float *staged_dz, const float *staged_x, int lane,
                         int pixels, float (&sum)[quad][quad])
{
    for (int p = lane; p < pixels; p += s.lanes) {
        const auto a = idi::load_pack<quad>(staged_dz + p * s.out_quads * quad);
        const auto b = idi::load_pack<quad>(staged_x + p * s.in_quads * quad);
        for (int i = 0; i < quad; i++)
            for (int j = 0; j < quad; j++)
                sum[i][j] += a.v[i] * b.v[j];
    }
}

/* The sum of one weight over the lanes, whose 4x4s lie one after another in `sums`. */
__device__ float sum_of_lanes(const shape &s, const float *sums, int o, int c)
{
    const int tile_quads = s.in_quads * s.out_quads;
    const int thread = o / quad * s.in_quads + c / quad;
    float sum = 0.0f;
    for (int lane = 0; lane < s.lanes; lane++)
        sum += sums[(lane * tile_quads + thread) * quad * quad + o % quad * quad + c % quad];
    return sum;
}

template <typename T>
__global__ void __launch_bounds__(block_size)
    conv2d_grad_weight_narrow(shape s, const T *__restrict__ dz, const T *__restrict__ x,
                              float *__restrict__ partial)
{
    IDI_SHARED(aligned_quad, quads, [2 * staged_floats / quad]);
    float *staged = reinterpret_cast<float *>(quads);
    const place at = find_place(s);
    const int tile_quads = s.in_quads * s.out_quads;
    const int lane = (int)threadIdx.x / tile_quads;
    const int thread = (int)threadIdx.x % tile_quads;
    const float *thread_dz = staged + thread / s.in_quads * quad;
    const float *thread_x = staged + staged_floats + thread % s.in_quads * quad;
    const int begin = at.chunk * s.chunk_pixels;
    const int end = begin + s.chunk_pixels < s.pixels ? begin + s.chunk_pixels : s.pixels;
    float sum[quad][quad] = {};
    for (int first = begin; first < end; first += s.staged_pixels) {
        const int pixels = end - first < s.staged_pixels ? end - first : s.staged_pixels;
        stage(s, at, dz, x, first, pixels, staged, staged + staged_floats);
        __syncthreads();
        if (lane < s.lanes) multiply(s, thread_dz, thread_x, lane, pixels, sum);
        __syncthreads();
    }
    for (int i = 0; i < quad * quad && lane < s.lanes; i++)
        staged[threadIdx.x * quad * quad + i] = sum[i / quad][i % quad];
    __syncthreads();
    const int in_width = s.in_quads * quad;
    for (int e = (int)threadIdx.x; e < tile_quads * quad * quad; e += block_size) {
        const int o = at.first_out + e / in_width;
        const int c = at.first_in + e % in_width;
        if (o >= s.out_group || c >= s.in_group) continue;
        const int64_t to =
            ((int64_t)(at.group * s.out_group + o) * s.kh * s.kw + at.tap) * s.in_group + c;
        partial[(int64_t)at.chunk * s.weights + to] =
            sum_of_lanes(s, staged, e / in_width, e % in_width);
    }
}

template <typename T>
__global__ void __launch_bounds__(block_size)
    conv2d_grad_weight_sum(const float *__restrict__ partial, int chunks, int64_t weights,
                           T *__restrict__ dweight)
{
    const int64_t i = (int64_t)blockIdx.x * block_size + threadIdx.x;
    if (i >= weights) return;
    float sum = 0.0f;
    for (int chunk = 0; chunk < chunks; chunk++)
        sum += partial[chunk * weights + i];
    dweight[i] = idi::from_float<T>(sum);
}

template <typename T>
void launch(const shape &s, const idi_cuda_conv_data &d, cudaStream_t stream)
{
    const auto *dz = static_cast<const T *>(d.y);
    const auto *x = static_cast<const T *>(d.x);
    auto *partial = static_cast<float *>(d.workspace);
    const int64_t blocks = (int64_t)s.chunks * s.kh * s.kw;
    if (s.is_depthwise) {
        const int slices = (int)idi::ceil_div(s.groups, depthwise_channels);
        IDI_LAUNCH((conv2d_grad_weight_depthwise<T>), (unsigned)(blocks * slices),
                   dim3(depthwise_channels, depthwise_pixels), 0, stream, s, slices, dz, x,
                   partial);
    } else {
        const int64_t tiles = (int64_t)s.groups * s.in_tiles * s.out_tiles;
        IDI_LAUNCH((conv2d_grad_weight_narrow<T>), (unsigned)(blocks * tiles), block_size, 0,
                   stream, s, dz, x, partial);
    }
    IDI_LAUNCH((conv2d_grad_weight_sum<T>), (unsigned)idi::ceil_div(s.weights, block_size),
               block_size, 0, stream, partial, s.chunks, s.weights, static_cast<T *>(d.weight));
}

} // namespace

extern "C" size_t idi_cuda_conv_direct_weight_bytes(const idi_cuda_conv_problem *problem)
{
    const shape s = shape_of(*problem);
    return (size_t)s.chunks * (size_t)s.weights * sizeof(float);
}

extern "C" idi_status idi_cuda_conv_direct_weight(const idi_cuda_conv_problem *problem,
                                                  const idi_cuda_conv_data *data,
                                                  cudaStream_t stream)
{
    const shape s = shape_of(*problem);
    IDI_STORAGE(problem, T, launch<T>(s, *data, stream));
    IDI_LAUNCHED();
}
