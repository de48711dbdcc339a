/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/column_sums.h - sums over the rows of [rows, C] on all cores, with the same bits
 * whatever their number: rows are cut into a fixed number of chunks, each summed in float into a
 * partial of its own; the partials are joined in double. */
#ifndef IDI_CPU_FAST_COLUMN_SUMS_H
#define IDI_CPU_FAST_COLUMN_SUMS_H

#include <stdint.h>

enum { SUM_CHUNKS = 64 };

/* Row at which chunk k of `rows` begins; chunk SUM_CHUNKS begins at `rows`. */
static inline int64_t sum_chunk_begin(int64_t rows, int64_t k)
{
    return rows / SUM_CHUNKS * k + rows % SUM_CHUNKS * k / SUM_CHUNKS;
}

/* out[c] = sum of partials[k][c], partials lying `stride` floats apart; out NULL: nothing. */
static inline void sum_join(const float *partials, int64_t stride, int64_t channels, float *out)
{
    for (int64_t c = 0; out && c < channels; c++) {
        double sum = 0.0;
        for (int64_t k = 0; k < SUM_CHUNKS; k++)
            sum += (double)partials[k * stride + c];
        out[c] = (float)sum;
    }
}

#endif
