/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/panel.h - the inner product of tiled matrix products: some rows times a panel of two
 * vectors' width, all sums in registers.
 *
 * A matrix [K, J] is packed as panels of PANEL_WIDTH columns, each [K, PANEL_WIDTH] and contiguous,
 * zeros behind column J. Rows come in blocks of PANEL_ROWS; a caller pads its tile with rows that
 * it ignores. */
#ifndef IDI_CPU_FAST_PANEL_H
#define IDI_CPU_FAST_PANEL_H

#include <stdint.h>

#if defined(__AVX512F__)
enum { PANEL_LANES = 16, PANEL_ROWS = 12 }; /* 24 of 32 registers are sums */
#elif defined(__AVX2__)
enum { PANEL_LANES = 8, PANEL_ROWS = 6 }; /* 12 of 16 */
#else
enum { PANEL_LANES = 4, PANEL_ROWS = 6 };
#endif
enum { PANEL_WIDTH = 2 * PANEL_LANES };

typedef float panel_lanes __attribute__((vector_size(PANEL_LANES * sizeof(float)), may_alias));
typedef float panel_loose
    __attribute__((vector_size(PANEL_LANES * sizeof(float)), may_alias, aligned(sizeof(float))));

static inline int64_t panel_count(int64_t columns)
{
    return (columns + PANEL_WIDTH - 1) / PANEL_WIDTH;
}

/* sums[r] = rows first .. end - 1 of the panel, weighted with x[r*stride + those]. Not inlined: the
 * caller's variables would push sums out of their registers. */
static __attribute__((noinline, unused)) void panel_product(const float *x, int64_t stride,
                                                            const float *panel, int64_t first,
                                                            int64_t end,
                                                            panel_lanes sums[PANEL_ROWS][2])
{
    panel_lanes s[PANEL_ROWS][2] = {0};
    for (int64_t k = first; k < end; k++) {
        const panel_lanes *row = (const panel_lanes *)(const void *)(panel + k * PANEL_WIDTH);
        const panel_lanes left = row[0];
        const panel_lanes right = row[1];
#pragma GCC unroll 12
        for (int r = 0; r < PANEL_ROWS; r++) {
            const panel_lanes value = x[r * stride + k] - (panel_lanes){0};
            s[r][0] += value * left;
            s[r][1] += value * right;
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < PANEL_ROWS; r++) {
        sums[r][0] = s[r][0];
        sums[r][1] = s[r][1];
    }
}

static inline float panel_sum(panel_lanes a)
{
    float sum = 0.0F;
    for (int i = 0; i < PANEL_LANES; i++)
        sum += a[i];
    return sum;
}

static inline void panel_store(float *target, panel_lanes a)
{
    *(panel_loose *)(void *)target = a;
}

static inline panel_lanes panel_load(const float *source)
{
    return *(const panel_loose *)(const void *)source;
}

static inline void panel_add(float *target, const panel_lanes sums[2])
{
    panel_store(target, panel_load(target) + sums[0]);
    panel_store(target + PANEL_LANES, panel_load(target + PANEL_LANES) + sums[1]);
}

/* A matrix that is going to be packed: element (k, j) is data[k*row_step + j*column_step]. */
typedef struct panel_source {
    const float *data;
    int64_t rows, columns;
    int64_t row_step, column_step;
} panel_source;

/* `count` columns from `column` on, zeros behind the last, into a panel's rows. */
static inline void panel_pack_columns(const panel_source *s, int64_t column, int64_t count,
                                      float *panel)
{
    for (int64_t k = 0; k < s->rows; k++)
        for (int64_t j = 0; j < count; j++)
            panel[k * PANEL_WIDTH + j] =
                column + j < s->columns ? s->data[k * s->row_step + (column + j) * s->column_step]
                                        : 0.0F;
}

/* All of it; a panel has `rows` rows, of which the source fills the first. */
static inline void panel_pack(const panel_source *s, int64_t rows, float *panels)
{
    for (int64_t p = 0; p < panel_count(s->columns); p++)
        panel_pack_columns(s, p * PANEL_WIDTH, PANEL_WIDTH, panels + p * rows * PANEL_WIDTH);
}

#endif
