/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/softmax.c - rows on all cores; the exponentials of a row in one loop, whatever its
 * groups. */
#include "ops/softmax.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/softmax.h"

#include <string.h>

IDI_FAST_OP(softmax)
{
    const int64_t width = idi_shape_last(&e->in[0].shape);
    const int64_t groups = ((const idi_softmax_attr *)e->attr)->groups;
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const float *x = e->in[0].data;
    float *y = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        memcpy(y + r * width, x + r * width, (size_t)width * sizeof *y);
        row_softmax(y + r * width, groups, width / groups);
    }
    return IDI_OK;
}
