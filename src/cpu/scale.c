/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/scale.c - ops/scale.h as loops. */
#include "ops/scale.h"
#include "cpu/cpu.h"

IDI_CPU_OP(scale)
{
    const idi_scale_attr *attr = e->attr;
    const real factor = (real)attr->factor;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *x = in_real(e, 0);
    real *y = out_real(e, 0);
    for (int64_t i = 0; i < count; i++)
        y[i] = factor * x[i];
    return IDI_OK;
}
