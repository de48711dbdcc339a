/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/upsample.c - ops/upsample.h as loops. */
#include "ops/upsample.h"
#include "cpu/cpu.h"

#include <math.h>

/* How much of source line i, of `size`, is in output line o. */
static double share(const idi_upsample_attr *attr, int64_t o, int64_t i, int64_t size)
{
    if (attr->mode == IDI_UPSAMPLE_NEAREST) return o / 2 == i ? 1.0 : 0.0;
    const double source = fmax(0.0, ((double)o + 0.5) / 2.0 - 0.5);
    const int64_t lower = (int64_t)floor(source);
    const int64_t upper = lower + 1 < size ? lower + 1 : size - 1;
    const double fraction = source - (double)lower;
    return (i == lower ? 1.0 - fraction : 0.0) + (i == upper ? fraction : 0.0);
}

static int64_t clamp(int64_t at, int64_t size)
{
    return at < 0 ? 0 : at < size ? at : size - 1;
}

IDI_CPU_OP(upsample)
{
    const int64_t *d = e->in[0].shape.dim; /* N, H, W, C */
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t ox = i / d[3] % (2 * d[2]);
        const int64_t oy = i / (d[3] * 2 * d[2]) % (2 * d[1]);
        const real *x = in_real(e, 0) + i / (4 * d[3] * d[2] * d[1]) * d[1] * d[2] * d[3];
        double sum = 0.0;
        for (int64_t iy = clamp(oy / 2 - 1, d[1]); iy <= clamp(oy / 2 + 1, d[1]); iy++)
            for (int64_t ix = clamp(ox / 2 - 1, d[2]); ix <= clamp(ox / 2 + 1, d[2]); ix++)
                sum += share(e->attr, oy, iy, d[1]) * share(e->attr, ox, ix, d[2]) *
                       (double)x[(iy * d[2] + ix) * d[3] + i % d[3]];
        out_real(e, 0)[i] = (real)sum;
    }
    return IDI_OK;
}

IDI_CPU_OP(upsample_grad)
{
    const int64_t *d = e->out[0].shape.dim; /* N, H, W, C */
    const int64_t count = idi_shape_count(&e->out[0].shape);
    for (int64_t i = 0; i < count; i++) {
        const int64_t ix = i / d[3] % d[2];
        const int64_t iy = i / (d[3] * d[2]) % d[1];
        const real *dy = in_real(e, 0) + i / (d[3] * d[2] * d[1]) * 4 * d[1] * d[2] * d[3];
        double sum = 0.0;
        for (int64_t oy = clamp(2 * iy - 1, 2 * d[1]); oy <= clamp(2 * iy + 2, 2 * d[1]); oy++)
            for (int64_t ox = clamp(2 * ix - 1, 2 * d[2]); ox <= clamp(2 * ix + 2, 2 * d[2]); ox++)
                sum += share(e->attr, oy, iy, d[1]) * share(e->attr, ox, ix, d[2]) *
                       (double)dy[(oy * 2 * d[2] + ox) * d[3] + i % d[3]];
        out_real(e, 0)[i] = (real)sum;
    }
    return IDI_OK;
}
