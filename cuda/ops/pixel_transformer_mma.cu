/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer_mma.cu - a transformer block between its projections as one kernel on
 * tensor cores; contract in ops/pixel_transformer.h, the choice of it in pixel_transformer.cu.
 *
 * A warp has 32 pixels from beginning to end: their z as fragments in registers, 32 outputs each.
 * The columns of [model; reference] pass through shared memory, 32 values and their 32 gates at a
 * time, the biases as one more row below them; gated in registers, where they are at once the
 * fragments of the product with `weight`. Nothing of the middle is ever stored.
 *
 * Shapes     C = P = 32, S <= 24, K < 240, F a multiple of 8; in the workspace, for each sample,
 *            what is needed once a pixel (both roots, scores, the columns of o) in the order of
 *            fragments, with zeros where there is nothing: 120 KiB at K = 193. The large matrices
 *            are read as they lie: their rows of 64 bytes are whole sectors, so packing them would
 *            only cost a pass over them in each run
 * Launch     pack: a thread a number; then N*ceil(H*W/(32*warps)) blocks of 32*warps, warps = 8, or
 *            4 where 8 would not fill the device or its shared memory; shared: the larger of the
 *            tile's z and 3 stages of K' rows of 144 B and 32 of 80 B, K' being K + 1 made a
 *            multiple of 16
 * Traffic    DRAM N*H*W*96*2 B; [model; reference] once a block from L2: 1.7 MB at K = 193,
 *            F = 2048, that is 6.6 KB a pixel with 8 warps
 * Operations 2*(K'*(2F + P) + F*P) a pixel, 1.85 MFLOP at K = 193, and about 3 % for z. Floor for
 *            128x128 pixels: 51 us at the 600 TFLOP/s that mma.sync may reach on an H100; predicted
 *            75 us, as the two warps of a tensor core wait for stages together. Meanwhile L2 gives
 *            10 B and shared memory 64 B a clock and multiprocessor
 * Numerics   sums, sigmas, scores, softmax and gate in float; z, z/sigma and gated values rounded
 *            to T once. The gate's gelu is device/tanh.cuh's, whose tanh has 11 bits
 * Limits     N*ceil(H*W/128) < 2^31
 * Reference  src/cpu/pixel_transformer.c      Measured  not yet
 */
#include "cuda/device/copy_async.cuh"
#include "cuda/device/tanh.cuh"
#include "cuda/ops/pixel_transformer_enter.cuh"
#include "cuda/ops/pixel_transformer_leave.cuh"
#include "cuda/runtime/device.h"

namespace {

constexpr int64_t most_hidden = 1 << 20; /* so that a matrix's places are ints */
constexpr int step = 32;                 /* values, and as many gates, of a stage */
constexpr int stages = 3;
constexpr int wide_stride = 2 * step + 8; /* of a stage's rows: values, gates */
constexpr int weight_stride = step + 8;

__host__ __device__ constexpr int stage_size(int steps)
{
    return 16 * steps * wide_stride + channels * weight_stride;
}

/* Values and gates f.. and f.. of all rows, and the weight's columns f.., on their way to a stage;
 * zeros beyond F and beyond the biases' row. */
template <typename T, int STEPS, int WARPS>
__device__ void copy_stage(T *stage, const pixel_transformer_in<T> &in,
                           const idi_pixel_transformer_sizes &n, int f)
{
    constexpr int width = pack_width<T>;
    constexpr int packs = step / width;
    const auto hidden = (int)n.hidden;
    const int columns = 2 * hidden + channels;
    IDI_ROLLED
    for (int i = (int)threadIdx.x; i < 16 * STEPS * 2 * packs; i += WARPS * warp_size) {
        const int k = i / (2 * packs);
        const int part = i % (2 * packs);
        const int feature = f + part % packs * width;
        const bool is_there = k <= (int)n.width && feature < hidden;
        const T *rows = k < first ? in.model : in.reference;
        int row = k < first ? k : k - first;
        if (k >= (int)n.width) {
            rows = in.bias;
            row = 0;
        }
        const int at = row * columns + (part < packs ? feature : hidden + feature);
        copy_async(stage + k * wide_stride + part * width, rows + (is_there ? at : 0), is_there);
    }
    T *const weights = stage + 16 * STEPS * wide_stride;
    IDI_ROLLED
    for (int i = (int)threadIdx.x; i < channels * packs; i += WARPS * warp_size) {
        const int feature = f + i % packs * width;
        const bool is_there = feature < hidden;
        copy_async(weights + i / packs * weight_stride + i % packs * width,
                   in.weight + (is_there ? i / packs * hidden + feature : 0), is_there);
    }
}

/* The fragments b of 16 columns from `column` on, 16 deep, of a stage's rows k... */
template <typename T>
__device__ void load_wide(uint32_t (&b)[4], const T *stage, int k, int column, int lane)
{
    load_matrices_transposed(b, stage + (k + lane % 16) * wide_stride + column + lane / 16 * 8);
}

/* out += weight (value gelu(gate)) for features h..h + 15 of the stage. */
template <typename T, int STEPS>
__device__ void mix_features(float (&out)[tiles][out_lines][4],
                             const uint32_t (&z)[STEPS][tiles][4], const T *stage, int h, int lane)
{
    float value[tiles][2][4] = {};
    float gate[tiles][2][4] = {};
    IDI_UNROLL
    for (int k = 0; k < STEPS; k++) {
        uint32_t b[4];
        uint32_t d[4];
        load_wide(b, stage, 16 * k, h, lane);
        load_wide(d, stage, 16 * k, step + h, lane);
        for (int tile = 0; tile < tiles; tile++)
            for (int half = 0; half < 2; half++) {
                mma<T>(value[tile][half], z[k][tile], b[2 * half], b[2 * half + 1]);
                mma<T>(gate[tile][half], z[k][tile], d[2 * half], d[2 * half + 1]);
            }
    }
    uint32_t gated[tiles][4];
    for (int tile = 0; tile < tiles; tile++)
        for (int i = 0; i < 4; i++) {
            const float(&v)[4] = value[tile][i / 2];
            const float(&g)[4] = gate[tile][i / 2];
            const int at = i % 2 * 2;
            gated[tile][i] =
                pack_pair<T>(v[at] * gelu_by_tanh(g[at]), v[at + 1] * gelu_by_tanh(g[at + 1]));
        }
    const T *const weights = stage + 16 * STEPS * wide_stride;
    for (int n = 0; n < out_lines / 2; n++) {
        uint32_t b[4];
        load_matrices(b, weights + (16 * n + lane / 16 * 8 + lane % 8) * weight_stride + h +
                             lane / 8 % 2 * 8);
        for (int tile = 0; tile < tiles; tile++) {
            mma<T>(out[tile][2 * n], gated[tile], b[0], b[1]);
            mma<T>(out[tile][2 * n + 1], gated[tile], b[2], b[3]);
        }
    }
}

template <typename T, int STEPS, int WARPS>
__global__ void __launch_bounds__(WARPS *warp_size, 8 / WARPS) pixel_transformer_tile(problem<T> p)
{
    IDI_SHARED_DYNAMIC(T, shared); /* z of the warps' rows; then the stages */
    const int lane = (int)threadIdx.x % warp_size;
    const int warp = (int)threadIdx.x / warp_size;
    const int64_t sample = blockIdx.x / p.blocks;
    const int64_t pixel = (blockIdx.x % p.blocks * WARPS + warp) * rows;
    const pixel_transformer_in<T> in = at_sample(p.in, p.n, sample);
    uint32_t z[STEPS][tiles][4];
    float out[tiles][out_lines][4] = {};
    enter<T, STEPS>(z, out, shared + warp * rows * z_stride(STEPS), p, in,
                    p.packed + sample * fragments_of((int)p.n.heads, STEPS).count * unit, pixel,
                    lane);
    __syncthreads(); /* the tile's z gives way to the stages */
    for (int stage = 0; stage < stages - 1; stage++) {
        if (stage * step < p.n.hidden)
            copy_stage<T, STEPS, WARPS>(shared + stage * stage_size(STEPS), in, p.n, stage * step);
        copy_async_commit();
    }
    int stage = 0;
    const auto hidden = (int)p.n.hidden;
    for (int f = 0; f < hidden; f += step) {
        copy_async_wait<stages - 2>();
        __syncthreads(); /* the stage is there, and the one before is no longer read */
        const int next = f + (stages - 1) * step;
        const int free = stage == 0 ? stages - 1 : stage - 1;
        if (next < hidden)
            copy_stage<T, STEPS, WARPS>(shared + free * stage_size(STEPS), in, p.n, next);
        copy_async_commit();
        IDI_ROLLED
        for (int h = 0; h < step; h += 16)
            mix_features<T, STEPS>(out, z, shared + stage * stage_size(STEPS), h, lane);
        stage = stage == stages - 1 ? 0 : stage + 1;
    }
    const int64_t at = sample * p.n.pixels + pixel;
    store_rows(p.y + at * channels, in.residual + pixel * channels, in.bias + 2 * p.n.hidden,
               p.n.pixels - pixel, out, lane);
}

/* The tile's z, or the stages. */
size_t shared_bytes_of(int steps, int warps)
{
    const auto z = (size_t)(warps * rows * z_stride(steps));
    const auto wide = (size_t)(stages * stage_size(steps));
    return (z > wide ? z : wide) * sizeof(uint16_t);
}

template <typename T, int STEPS, int WARPS>
void launch_warps(const idi_cuda_call *c, problem<T> p)
{
    const auto kernel = pixel_transformer_tile<T, STEPS, WARPS>;
    const size_t bytes = shared_bytes_of(STEPS, WARPS);
    (void)cudaFuncSetAttribute(reinterpret_cast<const void *>(kernel),
                               cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    p.blocks = ceil_div(p.n.pixels, WARPS * rows);
    IDI_LAUNCH(kernel, (unsigned)(p.n.batch * p.blocks), WARPS * warp_size, bytes, c->stream, p);
}

/* What the generator's widest block takes, 13, is a register too many with __half. */
template <typename T>
constexpr int usual_steps = 13;
template <>
constexpr int usual_steps<__half> = 14;

/* Steps of 16 that z and the biases' 1 take. */
int steps_of(const idi_cuda_call *c, const idi_pixel_transformer_sizes &n)
{
    const int64_t wanted = ceil_div(n.width + 1, 16);
    const int usual = c->storage == IDI_F16 ? usual_steps<__half> : usual_steps<__nv_bfloat16>;
    if (wanted <= 8) return 8;
    return wanted <= usual ? usual : 15;
}

int64_t packed_count(const idi_cuda_call *c, const idi_pixel_transformer_sizes &n)
{
    return n.batch * fragments_of((int)n.heads, steps_of(c, n)).count * unit;
}

template <typename T, int STEPS>
void launch_steps(const idi_cuda_call *c, const problem<T> &p)
{
    const bool is_wide_there = shared_bytes_of(STEPS, 8) <= c->device->shared_bytes;
    const int64_t wide_blocks = p.n.batch * ceil_div(p.n.pixels, 8 * rows);
    if (is_wide_there && wide_blocks >= c->device->multiprocessor_count)
        launch_warps<T, STEPS, 8>(c, p);
    else
        launch_warps<T, STEPS, 4>(c, p);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    problem<T> p = {};
    p.n = idi_pixel_transformer_sizes_of(c->exec);
    p.in = pixel_transformer_in_of<T>(c, p.n, 0);
    p.y = out<T>(c, 0);
    p.eps = (float)static_cast<const idi_pixel_transformer_attr *>(c->exec->attr)->eps;
    T *const packed = static_cast<T *>(c->exec->workspace);
    p.packed = packed;
    const int64_t count = packed_count(c, p.n);
    IDI_LAUNCH((pixel_transformer_fragments<T>), (unsigned)ceil_div(count, pack_block), pack_block,
               0, c->stream, p.in, p.n, steps_of(c, p.n), count, packed);
    if (steps_of(c, p.n) == 8)
        launch_steps<T, 8>(c, p);
    else if (steps_of(c, p.n) == usual_steps<T>)
        launch_steps<T, usual_steps<T>>(c, p);
    else
        launch_steps<T, 15>(c, p);
}

} // namespace

bool idi::has_pixel_transformer_mma(const idi_cuda_call *c)
{
    const idi_pixel_transformer_sizes n = idi_pixel_transformer_sizes_of(c->exec);
    if (c->storage == IDI_F32 || c->device->compute_capability < 80) return false;
    if (n.width >= 240 || n.hidden % 8 != 0 || n.hidden > most_hidden) return false;
    return n.channels == channels && n.out == channels && n.tokens <= 8 * head_lines &&
           shared_bytes_of(steps_of(c, n), 4) <= c->device->shared_bytes;
}

size_t idi::pixel_transformer_mma_bytes(const idi_cuda_call *c)
{
    return (size_t)packed_count(c, idi_pixel_transformer_sizes_of(c->exec)) *
           idi_dtype_bytes(c->storage);
}

void idi::launch_pixel_transformer_mma(const idi_cuda_call *c)
{
    if (c->storage == IDI_F16)
        launch<__half>(c);
    else
        launch<__nv_bfloat16>(c);
}
