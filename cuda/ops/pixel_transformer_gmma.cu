/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/pixel_transformer_gmma.cu - pixel_transformer_mma.cu's kernel for compute capability
 * 9.0, on products of warpgroups (device/wgmma.cuh); contract in ops/pixel_transformer.h.
 *
 * A block stays: it takes one tile of pixels after another. One thread of it fetches the columns of
 * [model; reference] and the weight, a bulk copy for 32 values and their 32 gates, as soon as a
 * place in a ring of stages is free; the warpgroups take 128 pixels each through all stages, a
 * warp's 32 from beginning to end as in the other kernel: z in registers as fragments a, the
 * columns from shared memory, gated in registers, which are fragments a of the product with the
 * weight. The biases are one more row below the columns. With two warpgroups one gates beside the
 * other's products; a lone one has its second product run beside its next first.
 *
 * Shapes     C = P = 32, S <= 24, K < 240, F a multiple of 8; in the workspace, for each sample,
 *            the other kernel's fragments and the stages, in the order in which wgmma.cuh has them
 *            in shared memory: F/32 of 28 KiB at K = 193. So a stage is one copy of bytes that
 *            follow each other, without a tensor map, and has no bank conflicts without a swizzle
 * Launch     pack: a thread a number of the fragments; a thread 8 numbers of the stages. Then at
 *            most as many blocks as multiprocessors, of 128*(groups + 1) threads, the last 128 the
 *            fetching thread's; groups = 2, or 1 where the device is done sooner with small tiles.
 *            Shared: 128*groups rows of z and as many stages, at most 4, as fit: 225,344 B with 2
 *            groups at K = 193. Registers: 240 of a warpgroup's threads and 24 of the fetching
 *            ones; a lone group has 255. Above K = 127 a tile's z moves once through 100 to 370
 *            bytes of stack, before its stages
 * Traffic    DRAM N*H*W*96*2 B; L2, at K = 193 and F = 2048, 1.8 MB a tile of 256 pixels: 7 KB a
 *            pixel. Packing reads and writes 1.7 MB for each sample and run: some 2 us of launch
 *            and traffic, which a node of its own at the reference's rate would save
 * Operations 2*(K'*2F + F*P) a pixel, K' being K + 1 made a multiple of 16: 1.84 MFLOP at K = 193
 *            and F = 2048, and about 3 % for z, which are the other kernel's. Clocks of a stage for
 *            256 pixels: tensor cores 2*(26*32 + 4*16) = 1792 at 4096 FLOP; tanh 512 at 16; the
 *            gate's other instructions some 600 at 128; shared memory 64 B a clock of 128 while
 *            products run, and 16 B written; L2 16 B. Tensor cores bound it. Floor for 128x128
 *            pixels: 56k clocks of 132 multiprocessors, 32 us at 1.755 GHz. Predicted, in batches
 *            that fill the device: 40 us, z taking 15k clocks a tile of 130k and the warpgroups'
 *            turns what is left; a lone image of 128 tiles, with one warpgroup each, whose gate
 *            waits: 55 us. There L2 has to give 24 B a clock, which may be all it has
 * Numerics   as the other kernel
 * Limits     N*ceil(H*W/128) < 2^31; code made for sm_90a
 * Reference  src/cpu/pixel_transformer.c      Measured  not yet (has not run on a device)
 */
#include "cuda/device/bulk_copy.cuh"
#include "cuda/device/scratch.cuh"
#include "cuda/device/tanh.cuh"
#include "cuda/device/wgmma.cuh"
#include "cuda/ops/pixel_transformer_leave.cuh"
#include "cuda/runtime/device.h"

namespace {

constexpr int64_t most_hidden = 1 << 20; /* so that a matrix's places are ints */
constexpr int step = 32;                 /* values, and as many gates, of a stage */
constexpr int most_stages = 4;
constexpr int group_rows = warpgroup / warp_size * rows; /* pixels of a warpgroup */
constexpr int group_warps = warpgroup / warp_size;
constexpr int capability = 90;
constexpr int depth = 8; /* of a unit of shared_matrix(), and its columns */

/* Values, and as many gates, of a product: what there are registers for beside z. Products of 32
 * columns read as many bytes a clock as wider ones, but fragments a twice as often. */
__host__ __device__ constexpr int features(int steps)
{
    return steps <= 13 ? 32 : 16;
}

/* Numbers of a stage: values and gates, K' deep, then the weight's columns. */
__host__ __device__ constexpr int stage_size(int steps)
{
    return 16 * steps * 2 * step + step * channels;
}

/* Numbers of the rows of z that a block's warps start from. */
__host__ __device__ constexpr int entry_size(int steps, int groups)
{
    return groups * group_rows * z_stride(steps);
}

/* As many as fit beside z. */
__host__ __device__ constexpr int stages_of(int steps, int groups)
{
    constexpr int most = 226 * 1024 / (int)sizeof(uint16_t); /* the barriers have the rest */
    const int fit = (most - entry_size(steps, groups)) / stage_size(steps);
    return fit < most_stages ? fit : most_stages;
}

/* What the packed stages are of one sample. */
__host__ __device__ static inline int64_t stage_count(int64_t hidden)
{
    return (hidden + step - 1) / step;
}

/* Number k of the column of values (gates: of F more) for feature f. */
template <typename T>
__device__ T wide_at(const pixel_transformer_in<T> &in, const idi_pixel_transformer_sizes &n,
                     int64_t k, int64_t column)
{
    return k == n.width ? in.bias[column] : pixel_transformer_at(in, n, k, column);
}

/* 8 numbers of a stage, as shared_matrix() has them: the k from 8*deep on of one column of values
 * or gates, or of an output for the weight. `at` counts the stage's eights. */
template <typename T>
__device__ pack<T, depth> stage_at(const pixel_transformer_in<T> &in,
                                   const idi_pixel_transformer_sizes &n, int steps, int64_t f,
                                   int at)
{
    pack<T, depth> eight;
    const int values = features(steps);
    const int wide = 2 * steps * 2 * step;
    const bool is_weight = at >= wide;
    const int columns = is_weight ? channels : 2 * values;
    const int column = (is_weight ? at - wide : at) % columns;
    const int deep = (is_weight ? at - wide : at) / columns;
    const int64_t feature =
        is_weight ? f + deep * depth : f + deep / (2 * steps) * values + column % values;
    const int64_t from = column < values ? feature : n.hidden + feature;
    for (int j = 0; j < depth; j++) {
        T number = from_float<T>(0.0f);
        if (feature < n.hidden)
            number = is_weight ? in.weight[column * n.hidden + feature + j]
                               : wide_at(in, n, deep % (2 * steps) * depth + j, from);
        eight.v[j] = number;
    }
    return eight;
}

/* packed [N][stages]: see stage_size(); a thread eight numbers. */
template <typename T>
__global__ void __launch_bounds__(pack_block)
    pixel_transformer_stages(pixel_transformer_in<T> in, idi_pixel_transformer_sizes n, int steps,
                             int64_t count, T *__restrict__ packed)
{
    const int64_t i = (int64_t)blockIdx.x * pack_block + threadIdx.x;
    if (i >= count) return;
    const int eights = stage_size(steps) / depth;
    const int64_t stage = i / eights;
    const int64_t stages = stage_count(n.hidden);
    store_pack(packed + i * depth, stage_at(at_sample(in, n, stage / stages), n, steps,
                                            stage % stages * step, (int)(i % eights)));
}

/* What a block of the kernel gets. */
template <typename T>
struct stream {
    problem<T> p;
    const T *stages; /* [N][stage_count] */
    int64_t tiles;   /* of all samples, p.blocks each */
};

/* A place in the ring of stages, and the parity of its round. */
template <int STAGES>
struct ring {
    int stage;
    unsigned parity;

    __device__ void advance()
    {
        stage = stage == STAGES - 1 ? 0 : stage + 1;
        if (stage == 0) parity ^= 1;
    }
};

/* One thread: all stages of all the block's tiles, each as soon as its place is free. */
template <typename T, int STEPS, int STAGES>
__device__ void produce(const stream<T> &s, T *stages, barrier *full, barrier *empty)
{
    constexpr unsigned bytes = stage_size(STEPS) * sizeof(T);
    ring<STAGES> at = {0, 0};
    const auto count = (int)stage_count(s.p.n.hidden);
    IDI_ROLLED
    for (int64_t tile = blockIdx.x; tile < s.tiles; tile += gridDim.x) {
        const T *from = s.stages + tile / s.p.blocks * count * stage_size(STEPS);
        IDI_ROLLED
        for (int i = 0; i < count; i++) {
            barrier_wait(&empty[at.stage], at.parity ^ 1);
            barrier_arrive_expecting(&full[at.stage], bytes);
            copy_bulk(stages + at.stage * stage_size(STEPS), from, bytes, &full[at.stage]);
            from += stage_size(STEPS);
            at.advance();
        }
    }
}

/* Begins wide = z [values, gates], FEATURES of each. */
template <typename T, int STEPS, int FEATURES>
__device__ void widen(float (&wide)[tiles][FEATURES / 4][4], const uint32_t (&z)[STEPS][tiles][4],
                      const T *from)
{
    constexpr int columns = 2 * FEATURES;
    const uint64_t b = shared_matrix(from, columns * 16, 128);
    wgmma_fence();
    IDI_UNROLL
    for (int k = 0; k < STEPS; k++)
        for (int tile = 0; tile < tiles; tile++)
            wgmma<T, columns>(wide[tile], z[k][tile], shared_matrix_at(b, k * columns * 32), k > 0);
    wgmma_commit();
}

/* value gelu(gate) as fragments a, 16 features in each. */
template <typename T, int FEATURES>
__device__ void gate(uint32_t (&gated)[tiles][FEATURES / 16][4],
                     const float (&wide)[tiles][FEATURES / 4][4])
{
    IDI_UNROLL
    for (int i = 0; i < tiles * FEATURES / 4; i++) {
        const int tile = i / (FEATURES / 4);
        const int part = i % (FEATURES / 4); /* a register: two features of a row */
        const float(&v)[4] = wide[tile][part / 2];
        const float(&g)[4] = wide[tile][part / 2 + FEATURES / 8];
        const int at = part % 2 * 2;
        gated[tile][part / 4][part % 4] =
            pack_pair<T>(v[at] * gelu_by_tanh(g[at]), v[at + 1] * gelu_by_tanh(g[at + 1]));
    }
}

/* Begins out += gated weight. */
template <typename T, int FEATURES>
__device__ void narrow(float (&out)[tiles][out_lines][4],
                       const uint32_t (&gated)[tiles][FEATURES / 16][4], const T *from)
{
    const uint64_t b = shared_matrix(from, channels * 16, 128);
    wgmma_fence();
    for (int k = 0; k < FEATURES / 16; k++)
        for (int tile = 0; tile < tiles; tile++)
            wgmma<T, channels>(out[tile], gated[tile][k], shared_matrix_at(b, k * channels * 32),
                               true);
    wgmma_commit();
}

template <int FEATURES>
__device__ void hold_narrow(float (&out)[tiles][out_lines][4],
                            uint32_t (&gated)[tiles][FEATURES / 16][4])
{
    for (int tile = 0; tile < tiles; tile++) {
        wgmma_hold(out[tile]);
        wgmma_hold(gated[tile]);
    }
}

/* out += weight (value gelu(gate)) over all features. With OVERLAPS the product with the weight
 * runs beside the next one with z, which takes 16 registers more. */
template <typename T, int STEPS, int STAGES, bool OVERLAPS>
__device__ void mix(float (&out)[tiles][out_lines][4], const uint32_t (&z)[STEPS][tiles][4],
                    const T *stages, int count, barrier *full, barrier *empty, ring<STAGES> &at,
                    int lane)
{
    constexpr int values = features(STEPS);
    constexpr int parts = step / values;
    float wide[tiles][values / 4][4];
    uint32_t gated[tiles][values / 16][4] = {};
    int last = -1; /* the stage whose products have only begun */
    IDI_ROLLED
    for (int i = 0; i < count * parts; i++) {
        const int part = i % parts;
        const T *const stage = stages + at.stage * stage_size(STEPS);
        if (part == 0) barrier_wait(&full[at.stage], at.parity);
        widen<T, STEPS, values>(wide, z, stage + part * 16 * STEPS * 2 * values);
        if constexpr (OVERLAPS) {
            wgmma_wait<1>();
            hold_narrow<values>(out, gated);
            if (part == 0 && last >= 0 && lane == 0) barrier_arrive(&empty[last]);
        }
        wgmma_wait<0>();
        for (int tile = 0; tile < tiles; tile++)
            wgmma_hold(wide[tile]);
        gate<T, values>(gated, wide);
        narrow<T, values>(out, gated, stage + 16 * STEPS * 2 * step + part * values * channels);
        if constexpr (!OVERLAPS) {
            wgmma_wait<0>();
            hold_narrow<values>(out, gated);
            if (part == parts - 1 && lane == 0) barrier_arrive(&empty[at.stage]);
        }
        last = at.stage;
        if (part == parts - 1) at.advance();
    }
    if constexpr (OVERLAPS) {
        wgmma_wait<0>();
        hold_narrow<values>(out, gated);
        if (lane == 0) barrier_arrive(&empty[last]);
    }
}

/* One warp of a warpgroup: its 32 pixels of all the block's tiles. */
template <typename T, int STEPS, int GROUPS>
__device__ void consume(const stream<T> &s, T *shared, const T *stages, barrier *full,
                        barrier *empty)
{
    constexpr int stage_places = stages_of(STEPS, GROUPS);
    const problem<T> &p = s.p;
    const int lane = (int)threadIdx.x % warp_size;
    const int warp = (int)threadIdx.x / warp_size;
    const auto count = (int)stage_count(p.n.hidden);
    ring<stage_places> at = {0, 0};
    IDI_ROLLED
    for (int64_t tile = blockIdx.x; tile < s.tiles; tile += gridDim.x) {
        const int64_t sample = tile / p.blocks;
        const int64_t pixel = (tile % p.blocks * GROUPS * group_warps + warp) * rows;
        const pixel_transformer_in<T> in = at_sample(p.in, p.n, sample);
        uint32_t z[STEPS][tiles][4];
        float out[tiles][out_lines][4] = {};
        enter<T, STEPS>(z, out, shared + warp * rows * z_stride(STEPS), p, in,
                        p.packed + sample * fragments_of((int)p.n.heads, STEPS).count * unit, pixel,
                        lane);
        mix<T, STEPS, stage_places, GROUPS == 1>(out, z, stages, count, full, empty, at, lane);
        store_rows(p.y + (sample * p.n.pixels + pixel) * channels, in.residual + pixel * channels,
                   in.bias + 2 * p.n.hidden, p.n.pixels - pixel, out, lane);
    }
}

template <typename T, int STEPS, int GROUPS>
__global__ void __launch_bounds__((GROUPS + 1) * warpgroup, 1) pixel_transformer_stream(stream<T> s)
{
    if constexpr (has_wgmma<T>) {
        constexpr int stage_places = stages_of(STEPS, GROUPS);
        IDI_SHARED_DYNAMIC(T, shared); /* z of the warps' rows; the stages */
        IDI_SHARED(barrier, full, [most_stages]);
        IDI_SHARED(barrier, empty, [most_stages]);
        T *const stages = shared + entry_size(STEPS, GROUPS);
        if (threadIdx.x == 0) {
            for (int i = 0; i < stage_places; i++) {
                barrier_init(&full[i], 1);
                barrier_init(&empty[i], GROUPS * group_warps);
            }
            barriers_made();
        }
        __syncthreads();
        if (threadIdx.x >= GROUPS * warpgroup) {
            if constexpr (GROUPS == 2) registers_lower<24>();
            if (threadIdx.x == GROUPS * warpgroup)
                produce<T, STEPS, stage_places>(s, stages, full, empty);
        } else {
            if constexpr (GROUPS == 2) registers_raise<240>();
            consume<T, STEPS, GROUPS>(s, shared, stages, full, empty);
        }
    } else {
        __trap(); /* made for sm_90, without the letter */
    }
}

size_t shared_bytes_of(int steps, int groups)
{
    return (size_t)(entry_size(steps, groups) + stages_of(steps, groups) * stage_size(steps)) *
           sizeof(uint16_t);
}

/* Steps of 16 that z and the biases' 1 take. */
int steps_of(const idi_pixel_transformer_sizes &n)
{
    const int64_t wanted = ceil_div(n.width + 1, 16);
    if (wanted <= 8) return 8;
    return wanted <= 13 ? 13 : 15;
}

int64_t fragments_count(const idi_pixel_transformer_sizes &n)
{
    return n.batch * fragments_of((int)n.heads, steps_of(n)).count * unit;
}

int64_t stages_size(const idi_pixel_transformer_sizes &n)
{
    return n.batch * stage_count(n.hidden) * stage_size(steps_of(n));
}

template <typename T, int STEPS, int GROUPS>
void launch_groups(const idi_cuda_call *c, stream<T> s)
{
    const auto kernel = pixel_transformer_stream<T, STEPS, GROUPS>;
    const size_t bytes = shared_bytes_of(STEPS, GROUPS);
    (void)cudaFuncSetAttribute(reinterpret_cast<const void *>(kernel),
                               cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    s.p.blocks = ceil_div(s.p.n.pixels, GROUPS * group_rows);
    s.tiles = s.p.n.batch * s.p.blocks;
    const int64_t most = c->device->multiprocessor_count;
    IDI_LAUNCH(kernel, (unsigned)(s.tiles < most ? s.tiles : most), (GROUPS + 1) * warpgroup, bytes,
               c->stream, s);
}

/* Rounds of tiles that the device makes. */
int64_t rounds_of(const idi_cuda_call *c, const idi_pixel_transformer_sizes &n, int groups)
{
    const int64_t tiles = n.batch * ceil_div(n.pixels, groups * group_rows);
    return ceil_div(tiles, c->device->multiprocessor_count);
}

template <typename T, int STEPS>
void launch_steps(const idi_cuda_call *c, const stream<T> &s)
{
    /* Clocks of a tile, as predicted: 130k of two warpgroups, 92k of one. */
    if (7 * rounds_of(c, s.p.n, 2) <= 5 * rounds_of(c, s.p.n, 1))
        launch_groups<T, STEPS, 2>(c, s);
    else
        launch_groups<T, STEPS, 1>(c, s);
}

template <typename T>
void launch(const idi_cuda_call *c)
{
    stream<T> s = {};
    problem<T> &p = s.p;
    p.n = idi_pixel_transformer_sizes_of(c->exec);
    p.in = pixel_transformer_in_of<T>(c, p.n, 0);
    p.y = out<T>(c, 0);
    p.eps = (float)static_cast<const idi_pixel_transformer_attr *>(c->exec->attr)->eps;
    scratch space(c);
    const int64_t count = fragments_count(p.n);
    const int64_t eights = stages_size(p.n) / depth;
    T *const fragments = space.take<T>(count);
    T *const stages = space.take<T>(stages_size(p.n));
    p.packed = fragments;
    s.stages = stages;
    IDI_LAUNCH((pixel_transformer_fragments<T>), (unsigned)ceil_div(count, pack_block), pack_block,
               0, c->stream, p.in, p.n, steps_of(p.n), count, fragments);
    IDI_LAUNCH((pixel_transformer_stages<T>), (unsigned)ceil_div(eights, pack_block), pack_block, 0,
               c->stream, p.in, p.n, steps_of(p.n), eights, stages);
    if (steps_of(p.n) == 8)
        launch_steps<T, 8>(c, s);
    else if (steps_of(p.n) == 13)
        launch_steps<T, 13>(c, s);
    else
        launch_steps<T, 15>(c, s);
}

} // namespace

/* Where the backend was told to prefer it: it is off until a device has shown that it is right and
 * faster. tests/gpu/run.sh and bench/gpu.sh run both. */
bool idi::has_pixel_transformer_gmma(const idi_cuda_call *c)
{
    const idi_pixel_transformer_sizes n = idi_pixel_transformer_sizes_of(c->exec);
    if (!c->prefers_wgmma || c->storage == IDI_F32) return false;
    if (c->device->compute_capability != capability) return false;
    if (n.width >= 240 || n.hidden % 8 != 0 || n.hidden > most_hidden) return false;
    return n.channels == channels && n.out == channels && n.tokens <= 8 * head_lines &&
           shared_bytes_of(steps_of(n), 2) + 1024 <= c->device->shared_bytes;
}

size_t idi::pixel_transformer_gmma_bytes(const idi_cuda_call *c)
{
    const idi_pixel_transformer_sizes n = idi_pixel_transformer_sizes_of(c->exec);
    scratch space(c);
    (void)space.take<uint16_t>(fragments_count(n));
    (void)space.take<uint16_t>(stages_size(n));
    return space.bytes;
}

void idi::launch_pixel_transformer_gmma(const idi_cuda_call *c)
{
    if (c->storage == IDI_F16)
        launch<__half>(c);
    else
        launch<__nv_bfloat16>(c);
}
