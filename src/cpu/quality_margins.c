/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/quality_margins.c - ops/quality_margins.h as loops. */
#include "ops/quality_margins.h"
#include "cpu/cpu.h"

#include <math.h>

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

IDI_CPU_OP(quality_margins)
{
    const idi_quality_margins_attr *attr = e->attr;
    const double mean = (double)in_real(e, 1)[0];
    const double deviation = sqrt((double)in_real(e, 2)[0]);
    const double margin = (double)in_real(e, 3)[0];
    for (int64_t n = 0; n < e->in[0].shape.dim[0]; n++) {
        const double length = clamp((double)in_real(e, 0)[n], 0.001, 100.0);
        const double quality =
            clamp((length - mean) / (deviation + 0.001) * attr->concentration, -1.0, 1.0);
        out_real(e, 0)[2 * n] = (real)(-margin * quality);
        out_real(e, 0)[2 * n + 1] = (real)(margin + margin * quality);
    }
    return IDI_OK;
}
