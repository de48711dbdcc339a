/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/depth.h - the numbers along the inner dimension of a product of panels: floats, or with
 * IDI_FAST_BF16 pairs of bf16, multiplied two at a time and added up in float.
 *
 * A unit is four bytes, one float or one pair, so that rows and panels have the same shape in both
 * forms and are counted in floats: a panel of K numbers is [depth_units(K), PANEL_WIDTH] units,
 * zeros behind number K. */
#ifndef IDI_CPU_FAST_DEPTH_H
#define IDI_CPU_FAST_DEPTH_H

#include "cpu/fast/panel.h"

#include <string.h>

/* Rows of units, `stride` apart. */
typedef struct depth_rows {
    const float *x;
    int64_t stride;
} depth_rows;

#ifdef IDI_FAST_BF16

#include "core/half.h"

#include <immintrin.h>

enum { DEPTH_PER_UNIT = 2 };
typedef uint16_t depth_number;

static inline depth_number depth_number_of(float value)
{
    return idi_bf16_of_float(value);
}

/* A vector's numbers as half as many units. */
static inline void depth_store(float *units, panel_lanes values)
{
    const __m256i numbers = (__m256i)_mm512_cvtneps_pbh((__m512)values);
    _mm256_storeu_si256((__m256i_u *)(void *)units, numbers);
}

/* A row of floats as units, zeros behind the last number. */
static inline void depth_store_row(float *units, const float *values, int64_t count)
{
    for (int64_t k = 0; k < count; k += 2 * PANEL_LANES) {
        const int64_t left = count - k;
        const uint32_t there = left < 2 * PANEL_LANES ? (1U << left) - 1U : UINT32_MAX;
        const __m512 low = _mm512_maskz_loadu_ps((__mmask16)there, values + k);
        const __m512 high =
            _mm512_maskz_loadu_ps((__mmask16)(there >> PANEL_LANES), values + k + PANEL_LANES);
        const int64_t pairs = left < 2 * PANEL_LANES ? (left + 1) / 2 : PANEL_LANES;
        _mm512_mask_storeu_epi32(units + k / 2, (__mmask16)((1U << pairs) - 1U),
                                 (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

/* Units of room that a row of `count` numbers needs to become units. */
static inline int64_t depth_room(int64_t count)
{
    return (count + 1) / 2;
}

/* Rows of `count` floats as units, made in `room`. */
static inline depth_rows depth_rows_of(const float *x, int64_t stride, int64_t rows, int64_t count,
                                       float *room)
{
    for (int64_t r = 0; r < rows; r++)
        depth_store_row(room + r * depth_room(count), x + r * stride, count);
    return (depth_rows){room, depth_room(count)};
}

/* panel_product() of units. */
static __attribute__((noinline, unused)) void depth_product(const float *x, int64_t stride,
                                                            const float *panel, int64_t units,
                                                            panel_lanes sums[PANEL_ROWS][2])
{
    __m512 s[PANEL_ROWS][2] = {0};
    for (int64_t k = 0; k < units; k++) {
        const __m512bh left = (__m512bh)_mm512_loadu_si512(panel + k * PANEL_WIDTH);
        const __m512bh right = (__m512bh)_mm512_loadu_si512(panel + k * PANEL_WIDTH + PANEL_LANES);
#pragma GCC unroll 12
        for (int r = 0; r < PANEL_ROWS; r++) {
            int32_t pair;
            memcpy(&pair, x + r * stride + k, sizeof pair);
            const __m512bh value = (__m512bh)_mm512_set1_epi32(pair);
            s[r][0] = _mm512_dpbf16_ps(s[r][0], value, left);
            s[r][1] = _mm512_dpbf16_ps(s[r][1], value, right);
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < PANEL_ROWS; r++) {
        sums[r][0] = (panel_lanes)s[r][0];
        sums[r][1] = (panel_lanes)s[r][1];
    }
}

#else

enum { DEPTH_PER_UNIT = 1 };
typedef float depth_number;

static inline depth_number depth_number_of(float value)
{
    return value;
}

static inline void depth_store(float *units, panel_lanes values)
{
    panel_store(units, values);
}

static inline int64_t depth_room(int64_t count)
{
    (void)count;
    return 0;
}

static inline depth_rows depth_rows_of(const float *x, int64_t stride, int64_t rows, int64_t count,
                                       float *room)
{
    (void)rows, (void)count, (void)room;
    return (depth_rows){x, stride};
}

static inline void depth_product(const float *x, int64_t stride, const float *panel, int64_t units,
                                 panel_lanes sums[PANEL_ROWS][2])
{
    panel_product(x, stride, panel, 0, units, sums);
}

#endif

static inline int64_t depth_units(int64_t count)
{
    return (count + DEPTH_PER_UNIT - 1) / DEPTH_PER_UNIT;
}

/* Number k of the panel's column j. */
static inline void depth_put(float *panel, int64_t k, int64_t j, float value)
{
    const depth_number number = depth_number_of(value);
    const int64_t unit = k / DEPTH_PER_UNIT * PANEL_WIDTH + j;
    memcpy((char *)(panel + unit) + (size_t)(k % DEPTH_PER_UNIT) * sizeof number, &number,
           sizeof number);
}

/* panel_pack_columns() to numbers first .. of the panel's columns start .. start + count - 1. */
static inline void depth_pack_columns(const panel_source *s, int64_t column, int64_t count,
                                      int64_t first, int64_t start, float *panel)
{
    for (int64_t k = 0; k < s->rows; k++)
        for (int64_t j = 0; j < count; j++)
            depth_put(panel, first + k, start + j,
                      column + j < s->columns
                          ? s->data[k * s->row_step + (column + j) * s->column_step]
                          : 0.0F);
}

/* Zeros as numbers first .. end - 1 of all columns. */
static inline void depth_clear(float *panel, int64_t first, int64_t end)
{
    for (int64_t k = first; k < end; k++)
        for (int64_t j = 0; j < PANEL_WIDTH; j++)
            depth_put(panel, k, j, 0.0F);
}

#endif
