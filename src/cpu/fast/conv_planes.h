/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/conv_planes.h - convolutions on planes: vectors of pixels, however few channels a group
 * has.
 *
 * A few lines of a group's channels are laid out as planes, one a channel, with their zeros round
 * them. With stride S a channel has S*S planes, one for each phase: rows q, columns r of phase
 * (a, b) are pixels (S*q + a - top, S*r + b - left). Then a tap of the kernel is a plane from some
 * offset on, whatever the stride, and all targets' pixels i = row*pitch + column are
 *     target[o][i] += weight[o, tap]*source[offset[tap] + i],
 * in one run over the lines: what falls between the lines, into the last `reach` columns of the
 * pitch, is computed and not looked at. Planes end in room for a whole step of the loops. */
#ifndef IDI_CPU_FAST_CONV_PLANES_H
#define IDI_CPU_FAST_CONV_PLANES_H

#include "cpu/fast/conv2d.h"
#include "cpu/fast/panel.h"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

enum {
    PLANES_TARGETS = 4, /* that share the loads of a source */
    PLANES_VECTORS = 3, /* of each, or taps of a correlation: all sums are in registers */
    PLANES_STEP = PLANES_VECTORS * PANEL_LANES,
    PLANES_TURN = 4 /* pixels and channels that are turned over at once */
};

/* How an image [height, width, channels] lies in planes of `pitch`. */
typedef struct planes {
    int64_t height, width, channels;
    int64_t stride, top, left;
    int64_t pitch;
} planes;

/* Floats from plane to plane: an odd number of cache lines, so that planes of one pixel do not
 * fall into the same places of a cache. */
static inline int64_t planes_size(int64_t rows, int64_t pitch)
{
    enum { LINE = 16 };
    const int64_t lines = (rows * pitch + PLANES_STEP + LINE - 1) / LINE;
    return (lines | 1) * LINE;
}

/* Columns [begin, end) of the planes of phase b that are pixels. */
static inline conv_taps planes_columns(const planes *p, int64_t b)
{
    const int64_t s = p->stride;
    const int64_t begin = conv_min(conv_max((p->left - b + s - 1) / s, 0), p->pitch);
    const int64_t behind = p->width + p->left - b;
    const int64_t end = behind <= 0 ? 0 : conv_min((behind + s - 1) / s, p->pitch);
    return (conv_taps){begin, conv_max(end, begin)};
}

/* to[j*to_step + i] = from[i*from_step + j] for i, j = 0 .. PLANES_TURN - 1. */
static inline void planes_turn_block(const float *from, int64_t from_step, float *restrict to,
                                     int64_t to_step)
{
#ifdef __SSE__
    __m128 a = _mm_loadu_ps(from);
    __m128 b = _mm_loadu_ps(from + from_step);
    __m128 c = _mm_loadu_ps(from + 2 * from_step);
    __m128 d = _mm_loadu_ps(from + 3 * from_step);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + to_step, b);
    _mm_storeu_ps(to + 2 * to_step, c);
    _mm_storeu_ps(to + 3 * to_step, d);
#else
    for (int64_t i = 0; i < PLANES_TURN; i++)
        for (int64_t j = 0; j < PLANES_TURN; j++)
            to[j * to_step + i] = from[i * from_step + j];
#endif
}

/* A matrix [rows, columns], from_step floats from row to row, turned over: pixels to lines of their
 * channels' planes, or back. */
static inline void planes_turn(const float *from, int64_t from_step, int64_t rows, int64_t columns,
                               float *restrict to, int64_t to_step)
{
    const int64_t whole_rows = rows - rows % PLANES_TURN;
    const int64_t whole_columns = columns - columns % PLANES_TURN;
    for (int64_t i = 0; i < whole_rows; i += PLANES_TURN) {
        for (int64_t j = 0; j < whole_columns; j += PLANES_TURN)
            planes_turn_block(from + i * from_step + j, from_step, to + j * to_step + i, to_step);
        for (int64_t j = whole_columns; j < columns; j++)
            for (int64_t k = i; k < i + PLANES_TURN; k++)
                to[j * to_step + k] = from[k * from_step + j];
    }
    for (int64_t i = whole_rows; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            to[j * to_step + i] = from[i * from_step + j];
}

/* Planes [count][stride*stride] of `size`, rows first .. first + rows - 1, of an image whose first
 * wanted channel `image` points at; zeros where there is no pixel, and in the room behind. */
static inline void planes_pack(const planes *p, const float *image, int64_t count, int64_t first,
                               int64_t rows, float *out, int64_t size)
{
    const int64_t s = p->stride;
    const int64_t phases = s * s;
    for (int64_t ab = 0; ab < phases; ab++) {
        const conv_taps columns = planes_columns(p, ab % s);
        float *plane = out + ab * size;
        for (int64_t q = 0; q < rows; q++) {
            const int64_t y = s * (first + q) + ab / s - p->top;
            const bool is_inside = y >= 0 && y < p->height;
            const int64_t begin = is_inside ? columns.begin : p->pitch;
            const int64_t end = is_inside ? columns.end : p->pitch;
            for (int64_t c = 0; c < count; c++) {
                conv_zero(plane + c * phases * size + q * p->pitch, begin);
                conv_zero(plane + c * phases * size + q * p->pitch + end, p->pitch - end);
            }
            if (begin < end)
                planes_turn(image + (y * p->width + s * begin + ab % s - p->left) * p->channels,
                            s * p->channels, end - begin, count, plane + q * p->pitch + begin,
                            phases * size);
        }
        for (int64_t c = 0; c < count; c++)
            conv_zero(plane + c * phases * size + rows * p->pitch, size - rows * p->pitch);
    }
}

/* The planes of one phase back: pixels that are none are left out. */
static inline void planes_unpack(const planes *p, int64_t phase, const float *out, int64_t size,
                                 int64_t count, int64_t first, int64_t rows, float *image)
{
    const int64_t s = p->stride;
    const conv_taps columns = planes_columns(p, phase % s);
    for (int64_t q = 0; q < rows; q++) {
        const int64_t y = s * (first + q) + phase / s - p->top;
        if (y < 0 || y >= p->height || columns.begin == columns.end) continue;
        planes_turn(out + q * p->pitch + columns.begin, size, count, columns.end - columns.begin,
                    image + (y * p->width + s * columns.begin + phase % s - p->left) * p->channels,
                    s * p->channels);
    }
}

/* PLANES_TARGETS planes of `size`, `length` pixels of each up to a whole step; weights
 * [taps, PLANES_TARGETS]. */
static __attribute__((noinline)) void planes_combine(const float *source, const int64_t *offsets,
                                                     int64_t taps, const float *weights,
                                                     float *target, int64_t size, int64_t length)
{
    for (int64_t i = 0; i < length; i += PLANES_STEP) {
        panel_lanes sums[PLANES_TARGETS][PLANES_VECTORS];
#pragma GCC unroll 4
        for (int o = 0; o < PLANES_TARGETS; o++)
#pragma GCC unroll 3
            for (int v = 0; v < PLANES_VECTORS; v++)
                sums[o][v] = panel_load(target + o * size + i + v * PANEL_LANES);
        for (int64_t t = 0; t < taps; t++) {
            const float *x = source + offsets[t] + i;
            const panel_lanes x0 = panel_load(x);
            const panel_lanes x1 = panel_load(x + PANEL_LANES);
            const panel_lanes x2 = panel_load(x + 2 * PANEL_LANES);
#pragma GCC unroll 4
            for (int o = 0; o < PLANES_TARGETS; o++) {
                const panel_lanes weight = weights[t * PLANES_TARGETS + o] - (panel_lanes){0};
                sums[o][0] += weight * x0;
                sums[o][1] += weight * x1;
                sums[o][2] += weight * x2;
            }
        }
#pragma GCC unroll 4
        for (int o = 0; o < PLANES_TARGETS; o++)
#pragma GCC unroll 3
            for (int v = 0; v < PLANES_VECTORS; v++)
                panel_store(target + o * size + i + v * PANEL_LANES, sums[o][v]);
    }
}

/* sums[o][v] = the inner product of target plane o and the source from offset v on. */
static __attribute__((noinline)) void
planes_correlate(const float *const target[PLANES_TARGETS],
                 const float *const source[PLANES_VECTORS], int64_t length,
                 float sums_out[PLANES_TARGETS][PLANES_VECTORS])
{
    panel_lanes sums[PLANES_TARGETS][PLANES_VECTORS] = {0};
    for (int64_t i = 0; i < length; i += PANEL_LANES) {
        const panel_lanes x0 = panel_load(source[0] + i);
        const panel_lanes x1 = panel_load(source[1] + i);
        const panel_lanes x2 = panel_load(source[2] + i);
#pragma GCC unroll 4
        for (int o = 0; o < PLANES_TARGETS; o++) {
            const panel_lanes y = panel_load(target[o] + i);
            sums[o][0] += y * x0;
            sums[o][1] += y * x1;
            sums[o][2] += y * x2;
        }
    }
#pragma GCC unroll 4
    for (int o = 0; o < PLANES_TARGETS; o++)
#pragma GCC unroll 3
        for (int v = 0; v < PLANES_VECTORS; v++)
            sums_out[o][v] = panel_sum(sums[o][v]);
}

#endif
