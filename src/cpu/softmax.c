/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/softmax.c - ops/softmax.h as loops. */
#include "ops/softmax.h"
#include "cpu/cpu.h"

#include <math.h>

static void group(const real *x, int64_t count, real *y)
{
    double largest = -INFINITY;
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, (double)x[i]);
    for (int64_t i = 0; i < count; i++)
        sum += exp((double)x[i] - largest);
    for (int64_t i = 0; i < count; i++)
        y[i] = (real)(exp((double)x[i] - largest) / sum);
}

IDI_CPU_OP(softmax)
{
    const int64_t groups = ((const idi_softmax_attr *)e->attr)->groups;
    const int64_t count = idi_shape_last(&e->in[0].shape) / groups;
    const int64_t total = idi_shape_rows(&e->in[0].shape) * groups;
    for (int64_t g = 0; g < total; g++)
        group(in_real(e, 0) + g * count, count, out_real(e, 0) + g * count);
    return IDI_OK;
}
