/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/adam.c - ops/adam.h as loops. */
#include "ops/adam.h"
#include "cpu/cpu.h"

#include <math.h>

/* Reads element i of all inputs before it writes element i of any output: they may be the same. */
IDI_CPU_OP(adam)
{
    const idi_adam_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *rates = in_real(e, 4);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++) {
        const double p = (double)in_real(e, 0)[i];
        const double g = (double)rates[3] * (double)in_real(e, 1)[i];
        const double m = attr->beta1 * (double)in_real(e, 2)[i] + (1.0 - attr->beta1) * g;
        const double v = attr->beta2 * (double)in_real(e, 3)[i] + (1.0 - attr->beta2) * g * g;
        const double step = m / (double)rates[1] / (sqrt(v / (double)rates[2]) + attr->eps) +
                            attr->weight_decay * p;
        out_real(e, 0)[i] = (real)(p - (double)rates[0] * step);
        out_real(e, 1)[i] = (real)m;
        out_real(e, 2)[i] = (real)v;
    }
    return IDI_OK;
}
