/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/batch_stats.c - ops/batch_stats.h as loops. */
#include "ops/batch_stats.h"
#include "cpu/cpu.h"

IDI_CPU_OP(batch_stats)
{
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    for (int64_t c = 0; c < channels; c++) {
        const real *x = in_real(e, 0) + c;
        double sum = 0.0;
        for (int64_t r = 0; r < rows; r++)
            sum += (double)x[r * channels];
        const double mean = sum / (double)rows;
        double squares = 0.0;
        for (int64_t r = 0; r < rows; r++) {
            const double difference = (double)x[r * channels] - mean;
            squares += difference * difference;
        }
        out_real(e, 0)[c] = (real)mean;
        out_real(e, 1)[c] = (real)(squares / (double)(rows - 1));
    }
    return IDI_OK;
}
