/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/root.h - deviations from a variance's root (ops/variance_root.h), a block of rows at a
 * time. */
#ifndef IDI_CPU_FAST_ROOT_H
#define IDI_CPU_FAST_ROOT_H

#include "cpu/fast/panel.h"

#include <math.h>

/* Floats of a packed root. */
static inline int64_t root_floats(int64_t count)
{
    return count * panel_count(count) * PANEL_WIDTH;
}

/* An upper triangular root [count, count], turned: row k of the panels meets z[k]. */
static inline void root_pack(const float *root, int64_t count, float *panels)
{
    for (int64_t p = 0; p < panel_count(count); p++)
        for (int64_t k = 0; k < count; k++)
            for (int64_t j = 0; j < PANEL_WIDTH; j++) {
                const int64_t i = p * PANEL_WIDTH + j;
                panels[(p * count + k) * PANEL_WIDTH + j] = i <= k ? root[i * count + k] : 0.0F;
            }
}

/* rstd[r] = 1/sqrt(|root z_r|^2 + eps) for `rows` rows, a multiple of PANEL_ROWS. */
static inline void root_measure(const float *panels, int64_t count, float eps, const float *z,
                                int64_t stride, int64_t rows, float *rstd)
{
    for (int64_t r = 0; r < rows; r += PANEL_ROWS) {
        panel_lanes squares[PANEL_ROWS] = {0};
        panel_lanes sums[PANEL_ROWS][2];
        for (int64_t p = 0; p < panel_count(count); p++) {
            panel_product(z + r * stride, stride, panels + p * count * PANEL_WIDTH, p * PANEL_WIDTH,
                          count, sums);
            for (int i = 0; i < PANEL_ROWS; i++)
                squares[i] += sums[i][0] * sums[i][0] + sums[i][1] * sums[i][1];
        }
        for (int i = 0; i < PANEL_ROWS; i++)
            rstd[r + i] = 1.0F / sqrtf(panel_sum(squares[i]) + eps);
    }
}

#endif
