/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/activation.c - ops/activation.h as loops. */
#include "cpu/act.h"
#include "cpu/cpu.h"

IDI_CPU_OP(activation)
{
    const idi_activation_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *x = in_real(e, 0);
    real *y = out_real(e, 0);
    for (int64_t i = 0; i < count; i++)
        y[i] = (real)act_value(attr->act, (double)x[i]);
    return IDI_OK;
}

IDI_CPU_OP(activation_grad)
{
    const idi_activation_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const real *dy = in_real(e, 0);
    const real *x = in_real(e, 1);
    const real *y = in_real(e, 2);
    real *dx = out_real(e, 0);
    for (int64_t i = 0; i < count; i++)
        dx[i] = (real)((double)dy[i] *
                       act_slope(attr->act, x ? (double)x[i] : 0.0, y ? (double)y[i] : 0.0));
    return IDI_OK;
}
