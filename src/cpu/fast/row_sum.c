/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/row_sum.c - rows in chunks, as column_sums.h has them. */
#include "ops/row_sum.h"
#include "cpu/fast/column_sums.h"
#include "cpu/fast/fast.h"

#include <string.h>

static void sum_chunk(const float *x, int64_t rows, int64_t columns, float *restrict partial)
{
    memset(partial, 0, (size_t)columns * sizeof *partial);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            partial[c] += x[r * columns + c];
}

IDI_FAST_WORKSPACE(row_sum)
{
    return SUM_CHUNKS * (size_t)idi_shape_last(&e->in[0].shape) * sizeof(float);
}

IDI_FAST_OP(row_sum)
{
    const int64_t columns = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    float *partials = e->workspace;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < SUM_CHUNKS; k++) {
        const int64_t begin = sum_chunk_begin(rows, k);
        sum_chunk(x + begin * columns, sum_chunk_begin(rows, k + 1) - begin, columns,
                  partials + k * columns);
    }
    sum_join(partials, columns, columns, e->out[0].data);
    return IDI_OK;
}
